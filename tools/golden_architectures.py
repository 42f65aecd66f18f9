"""Makes tiny checkpoints of the architectures that Assay knows, and what transformers computes on them.

Writes into Tests/PolicyTests/Golden/architectures/NAME/, for each NAME of MODELS below:

* config.json, model.safetensors (F32, no tokenizer): random weights, as `save_pretrained` writes them
* golden.safetensors, all computed in float64, stored as F32, with the names of golden_tiny.py:
  - ids0, ids1 (I64): two sequences of different lengths
  - logits0, logits1 [T, V]; logp0, logp1 [T - 1]: log-probability of each token but the first
  - hidden0.I [T, H]: of ids0, the residual stream before layer I; the last one: after the last layer and its norm
  - loss [1]: mean negative log-probability over all predicted tokens of both sequences, nats
  - grad.NAME: gradient of the loss with respect to each parameter, by its name in model.safetensors; no
    gradient for buffers, such as e_score_correction_bias of DeepSeek V3

transformers rounds to float32 inside norms, rotations, softmax and routers, whatever the weights are. So it runs
under `Precise`, which turns each float32 that it asks for into float64. It also runs as it is, in float32: the
difference of its logits is printed, and that each peculiarity of an architecture changes them is checked.

Run: python tools/golden_architectures.py [NAME ...]        needs torch, transformers, safetensors
"""

import pathlib
import shutil
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file
from torch.overrides import TorchFunctionMode

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "Tests/PolicyTests/Golden/architectures"
LENGTHS = (13, 22)
SIZES = {
    "vocab_size": 64, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2,
    "pad_token_id": None,
}
# Class, what differs from SIZES, and changes of the configuration that must change the logits.
MODELS = {
    "llama-3": (
        "Llama",
        {
            "rms_norm_eps": 1e-5, "tie_word_embeddings": False,
            # Of the four frequencies, the first stays, the last two are slowed down, the second is in between.
            "rope_parameters": {
                "rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 32},
        },
        [
            {"rope_parameters": {"rope_type": "default", "rope_theta": 100.0}},
            {"rope_parameters": {
                "rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0, "low_freq_factor": 2.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 32}},
            {"rope_parameters": {
                "rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 3.0, "original_max_position_embeddings": 32}},
        ]),
    "qwen2": (
        "Qwen2", {"num_attention_heads": 3, "num_key_value_heads": 1, "tie_word_embeddings": True}, []),
    "qwen3": (
        "Qwen3", {"head_dim": 10, "tie_word_embeddings": False}, []),
    "mistral": (
        "Mistral", {"sliding_window": 5, "tie_word_embeddings": False},
        [{"sliding_window": None}, {"sliding_window": 4}, {"sliding_window": 6}]),
    "gemma": (
        "Gemma", {"num_key_value_heads": 1, "head_dim": 10, "hidden_act": "gelu_pytorch_tanh"},
        [{"hidden_act": "gelu_python"}, {"hidden_act": "silu"}]),
    "gemma-2": (
        "Gemma2",
        {
            "head_dim": 10, "sliding_window": 5, "query_pre_attn_scalar": 12, "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 5.0, "hidden_activation": "gelu_pytorch_tanh"},
        [
            {"sliding_window": 6}, {"query_pre_attn_scalar": 10}, {"attn_logit_softcapping": None},
            {"final_logit_softcapping": None}, {"hidden_activation": "gelu"}]),
    "deepseek-v3": (
        "DeepseekV3",
        {
            "num_hidden_layers": 3, "num_key_value_heads": 4, "head_dim": None, "q_lora_rank": 12,
            "kv_lora_rank": 10, "qk_nope_head_dim": 6, "qk_rope_head_dim": 4, "v_head_dim": 8,
            "rope_interleave": True, "first_k_dense_replace": 1, "moe_intermediate_size": 8,
            "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 3, "n_group": 4,
            "topk_group": 2, "norm_topk_prob": True, "routed_scaling_factor": 2.5, "num_nextn_predict_layers": 0},
        [
            {"rope_interleave": False}, {"norm_topk_prob": False}, {"topk_group": 4}, {"topk_group": 3},
            {"num_experts_per_tok": 2}, {"routed_scaling_factor": 1.0}]),
    # What the model above leaves out: queries without a latent, halves rotated, one group, gates that are not normed,
    # several shared experts.
    "deepseek-v3-direct": (
        "DeepseekV3",
        {
            "num_key_value_heads": 4, "head_dim": None, "q_lora_rank": None, "kv_lora_rank": 10,
            "qk_nope_head_dim": 6, "qk_rope_head_dim": 4, "v_head_dim": 12, "rope_interleave": False,
            "first_k_dense_replace": 0, "moe_intermediate_size": 6, "n_routed_experts": 5, "n_shared_experts": 2,
            "num_experts_per_tok": 2, "n_group": 1, "topk_group": 1, "norm_topk_prob": False,
            "routed_scaling_factor": 1.5, "num_nextn_predict_layers": 0},
        [{"rope_interleave": True}, {"norm_topk_prob": True}, {"num_experts_per_tok": 3}]),
}


class Precise(TorchFunctionMode):
    """Float64 wherever float32 is asked for."""

    def __torch_function__(self, function, types, arguments=(), options=None):
        def wide(value):
            return torch.float64 if value is torch.float32 else value

        if function is torch.Tensor.float:
            return arguments[0].double()
        options = {key: wide(value) for key, value in (options or {}).items()}
        return function(*map(wide, arguments), **options)


def build(kind, settings, state=None):
    """A model with random weights, or with those of `state`, of the default type."""
    settings = {key: value for key, value in (SIZES | settings).items() if key != "head_dim" or value}
    config = getattr(transformers, kind + "Config")(
        **settings, attn_implementation="eager", experts_implementation="eager")
    model = getattr(transformers, kind + "ForCausalLM")(config).eval()
    if state is not None:
        model.load_state_dict(state)
    return model


def randomise(model):
    """Far from the usual start, so that no gradient is small, norms are not ones, and choices are clear."""
    state = model.state_dict()
    for name, value in state.items():
        if name.endswith("e_score_correction_bias"):
            value.uniform_(-0.3, 0.3)
        elif "gate.weight" in name:
            value.normal_(0, 0.4)
        elif value.dim() >= 2:
            # Queries and keys larger, so that attention is far from uniform.
            value.normal_(0, 0.5 if any(part in name for part in ("q_", "k_", "kv_a")) else 0.25)
        elif name.endswith("bias"):
            value.normal_(0, 0.5)
        elif type(model).__name__.startswith("Gemma"):
            value.uniform_(-0.5, 0.5)
        else:
            value.uniform_(0.5, 1.5)
    return state


def logps(logits, ids):
    return logits[:-1].log_softmax(-1).gather(1, ids[1:, None]).squeeze(1)


def by_file_name(model, values):
    """`values`, by the names of parameters, under the names and in the parts of `save_pretrained`."""
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        for name, parameter in model.named_parameters():
            parameter.copy_(values[name])
        model.save_pretrained(folder)
        return load_file(pathlib.Path(folder) / "model.safetensors")


def make(name):
    kind, settings, changes = MODELS[name]
    torch.manual_seed(sum(name.encode()))
    state = {key: value.clone() for key, value in randomise(build(kind, settings)).items()}
    ids = [torch.randint(0, SIZES["vocab_size"], (length,)) for length in LENGTHS]

    single = build(kind, settings, state)
    with torch.no_grad():
        theirs = [single(one[None]).logits[0] for one in ids]
        least = float("inf")
        for change in changes:
            other = build(kind, settings | change, state)
            moved = max((other(one[None]).logits[0] - logits).abs().max() for one, logits in zip(ids, theirs))
            assert moved > 3e-4, f"{name}: {change} changes logits by {moved}"
            least = min(least, moved.item())

    torch.set_default_dtype(torch.float64)
    with Precise():
        model = build(kind, settings, state)
        assert all(value.dtype == torch.float64 for value in model.state_dict().values())
        outputs = [model(one[None], output_hidden_states=True) for one in ids]
        logits = [one.logits[0] for one in outputs]
        assert logits[0].dtype == torch.float64
        predicted = [logps(values, one) for values, one in zip(logits, ids)]
        loss = -torch.cat(predicted).mean()
        loss.backward()
    torch.set_default_dtype(torch.float32)
    golden = {"loss": loss.detach().reshape(1)}
    for index in range(len(ids)):
        golden |= {
            f"ids{index}": ids[index], f"logits{index}": logits[index].detach(),
            f"logp{index}": predicted[index].detach()}
    golden |= {f"hidden0.{i}": value[0].detach() for i, value in enumerate(outputs[0].hidden_states)}
    difference = max((a - b).abs().max().item() for a, b in zip(logits, theirs))
    assert difference < 1e-4, f"{name}: float32 differs by {difference}"

    folder = GOLDEN / name
    shutil.rmtree(folder, ignore_errors=True)
    single.save_pretrained(folder)
    stored = set(load_file(folder / "model.safetensors"))
    gradients = {key: value.grad.float() for key, value in model.named_parameters()}
    by_name = by_file_name(single, gradients)
    golden |= {f"grad.{key}": value for key, value in by_name.items() if "e_score_correction_bias" not in key}
    assert set(by_name) == stored
    silent = [key for key, value in by_name.items() if not value.abs().max() > 0]
    assert not silent, f"{name}: no gradient in {silent}"
    save_file(
        {key: (value.float() if value.is_floating_point() else value).contiguous() for key, value in golden.items()},
        folder / "golden.safetensors")
    (folder / "generation_config.json").unlink(missing_ok=True)
    for file in folder.iterdir():
        file.chmod(0o644)
    sizes = ", ".join(f"{file.name} {file.stat().st_size}" for file in sorted(folder.iterdir()))
    print(f"{name}: loss {loss:.6f}; float32 differs by {difference:.1e}; a change by {least:.1e}; {sizes}")


if __name__ == "__main__":
    transformers.utils.logging.disable_progress_bar()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    for name in sys.argv[1:] or MODELS:
        make(name)
