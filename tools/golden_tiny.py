"""Makes tiny Llama checkpoints and what PyTorch computes on them.

Writes into Tests/PolicyTests/Golden/tiny-untied/ and tiny-tied/ (the second with the head tied to the
embedding and rope_theta 100000):

* config.json, model.safetensors (F32, no tokenizer): random weights
* golden.safetensors, all computed in float64, stored as F32:
  - ids0, ids1 (I64): two sequences of different lengths
  - logits0, logits1 [T, V]; logp0, logp1 [T - 1]: log-probability of each token but the first
  - loss [1]: mean negative log-probability over all predicted tokens of both sequences, nats
  - grad.NAME: gradient of the loss with respect to each parameter
  - adamw.NAME: each parameter after one AdamW step (learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8,
    weight decay 0.01 on matrices, none on norms)
  - losses [10]: the loss before each of ten such steps on the same two sequences

The decoder is written out below, in float64 throughout: transformers rounds to float32 inside its norms and
rotations. Its logits are checked against transformers' before anything is written.

Run: python tools/golden_tiny.py          needs torch, transformers, safetensors
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "Tests/PolicyTests/Golden"
LENGTHS = (13, 22)


def forward(config, theta, weights, ids):
    """Logits [T, V] of one sequence."""
    T, d = len(ids), config.head_dim
    frequency = theta ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angle = torch.arange(T, dtype=torch.float64)[:, None] * frequency
    cosine, sine = angle.cos(), angle.sin()

    def norm(x, name):
        return x * (x.square().mean(-1, keepdim=True) + config.rms_norm_eps).rsqrt() * weights[name]

    def rotate(x):  # [heads, T, d]; pairs are (i, i + d/2)
        a, b = x[..., : d // 2], x[..., d // 2 :]
        return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1)

    x = weights["model.embed_tokens.weight"][ids]
    mask = torch.full((T, T), float("-inf"), dtype=torch.float64).triu(1)
    for layer in range(config.num_hidden_layers):
        p = f"model.layers.{layer}."
        h = norm(x, p + "input_layernorm.weight")

        def heads(name, count):
            return (h @ weights[p + f"self_attn.{name}_proj.weight"].T).view(T, count, d).transpose(0, 1)

        q = rotate(heads("q", config.num_attention_heads))
        k = rotate(heads("k", config.num_key_value_heads))
        v = heads("v", config.num_key_value_heads)
        share = config.num_attention_heads // config.num_key_value_heads
        k, v = k.repeat_interleave(share, 0), v.repeat_interleave(share, 0)
        a = ((q @ k.transpose(1, 2)) / d**0.5 + mask).softmax(-1) @ v
        x = x + a.transpose(0, 1).reshape(T, -1) @ weights[p + "self_attn.o_proj.weight"].T
        h = norm(x, p + "post_attention_layernorm.weight")
        gate = F.silu(h @ weights[p + "mlp.gate_proj.weight"].T)
        up = h @ weights[p + "mlp.up_proj.weight"].T
        x = x + (gate * up) @ weights[p + "mlp.down_proj.weight"].T
    head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])
    return norm(x, "model.norm.weight") @ head.T


def logps(logits, ids):
    return logits[:-1].log_softmax(-1).gather(1, ids[1:, None]).squeeze(1)


def make(name, tied, theta, seed):
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=97, hidden_size=48, intermediate_size=80, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, head_dim=8, max_position_embeddings=64, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": theta}, tie_word_embeddings=tied,
        bos_token_id=1, eos_token_id=2, attn_implementation="eager")
    model = LlamaForCausalLM(config).float().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # Far from the usual start, so that no gradient is small and norms are not all ones.
            if parameter.dim() == 2:
                parameter.normal_(0, 0.15)
            else:
                parameter.uniform_(0.5, 1.5)
    folder = GOLDEN / name
    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().clone().contiguous() for k, v in model.named_parameters()}
    config.save_pretrained(folder)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})

    ids = [torch.randint(0, 97, (length,)) for length in LENGTHS]
    weights = {k: v.double().requires_grad_() for k, v in state.items()}

    def loss():
        predicted = torch.cat([logps(forward(config, theta, weights, one), one) for one in ids])
        return -predicted.mean()

    golden = {}
    for index, one in enumerate(ids):
        logits = forward(config, theta, weights, one).detach()
        theirs = model(one[None]).logits[0].double()
        difference = (logits - theirs).abs().max().item()
        assert difference < 2e-5, f"{name}: differs from transformers by {difference}"
        golden[f"ids{index}"] = one
        golden[f"logits{index}"] = logits
        golden[f"logp{index}"] = logps(logits, one)
    decayed = [v for v in weights.values() if v.dim() == 2]
    others = [v for v in weights.values() if v.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for step in range(10):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        losses.append(value.detach())
        if step == 0:
            golden["loss"] = value.detach().reshape(1)
            golden |= {f"grad.{k}": v.grad.clone() for k, v in weights.items()}
        optimizer.step()
        if step == 0:
            golden |= {f"adamw.{k}": v.detach().clone() for k, v in weights.items()}
    golden["losses"] = torch.stack(losses)
    stored = {k: (v.float() if v.is_floating_point() else v).contiguous() for k, v in golden.items()}
    save_file(stored, folder / "golden.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)
    size = (folder / "golden.safetensors").stat().st_size
    print(f"{name}: loss {losses[0]:.6f} to {losses[-1]:.6f}; golden.safetensors {size} bytes")


if __name__ == "__main__":
    make("tiny-untied", tied=False, theta=10_000.0, seed=1)
    make("tiny-tied", tied=True, theta=100_000.0, seed=2)
