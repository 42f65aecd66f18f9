"""Makes what transformers computes for SmolLM2-135M-Instruct on four short prompts, in fp32 on the CPU.

The weights are those of the GGUF file that tools/smollm2.sh fetches, dequantised by the `gguf` package and put
into LlamaForCausalLM, so that a difference is one of the computation and not of the weights.

Writes Tests/PolicyTests/Golden/smollm2-logits.safetensors, for prompt i of 0...3:

* idsI (I64) [T]: its tokens; prompt 3 is a conversation in the chat template
* argmaxI (I64) [T], logsumexpI (F32) [T]: of the logits at each position
* logitsI (F32) [T, 256]: at the vocabulary ids of the tensor "vocabulary" (I64) [256]
* next0 (I64) [24]: what greedy decoding appends to prompt 0

and with --full FILE the logits of all ids, logitsI [T, V].

Run: python tools/golden_smollm2.py [--gguf FILE] [--full FILE]        needs torch, transformers, gguf
"""

import argparse
import pathlib

import gguf
import numpy
import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

from golden_tokens import GOLDEN, ROOT, smollm2

PROMPTS = [
    "The capital of France is Paris, and the capital of",
    "def add(a, b):\n    return a + b\n\nprint(add(2, 3))",
    "Größe 12345.678 — naïve “quotes”",
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is 3+4?<|im_end|>\n<|im_start|>assistant\n",
]


def model(reader):
    def field(name):
        return reader.fields["llama." + name].contents()

    heads, pairs = field("attention.head_count"), field("attention.head_count_kv")
    config = LlamaConfig(
        vocab_size=field("vocab_size"), hidden_size=field("embedding_length"),
        intermediate_size=field("feed_forward_length"), num_hidden_layers=field("block_count"),
        num_attention_heads=heads, num_key_value_heads=pairs, max_position_embeddings=field("context_length"),
        rms_norm_eps=field("attention.layer_norm_rms_epsilon"), tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": field("rope.freq_base")},
        attn_implementation="eager")
    short = {
        "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    state = {}
    for tensor in reader.tensors:
        value = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32))
        parts = tensor.name.split(".")
        if parts[0] != "blk":
            name = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}[parts[0]]
        else:
            name = f"model.layers.{parts[1]}.{short[parts[2]]}"
        if parts[-2] in ("attn_q", "attn_k"):
            # llama.cpp stores the rows of a head as pairs (0, d/2), (1, d/2 + 1), ...
            count = heads if parts[-2] == "attn_q" else pairs
            rows, width = value.shape
            value = value.view(count, rows // count // 2, 2, width).transpose(1, 2).reshape(rows, width)
        state[name + ".weight"] = value.contiguous()
    result = LlamaForCausalLM(config).float().eval()
    missing, unexpected = result.load_state_dict(state, strict=False)
    assert missing in ([], ["lm_head.weight"]) and unexpected == [], (missing, unexpected)
    result.tie_weights()
    return result


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gguf", default=ROOT / "models/smollm2-135m-instruct.gguf", type=pathlib.Path)
    parser.add_argument("--full", type=pathlib.Path)
    arguments = parser.parse_args()
    decoder = model(gguf.GGUFReader(arguments.gguf))
    tokenizer = smollm2(arguments.gguf)
    generator = torch.Generator().manual_seed(1)
    vocabulary = torch.randperm(decoder.config.vocab_size, generator=generator)[:256].sort().values
    golden, full = {"vocabulary": vocabulary}, {}
    for index, prompt in enumerate(PROMPTS):
        ids = torch.tensor(tokenizer.encode(prompt, add_special_tokens=False).ids)
        logits = decoder(ids[None]).logits[0]
        golden[f"ids{index}"] = ids
        golden[f"argmax{index}"] = logits.argmax(-1)
        golden[f"logsumexp{index}"] = logits.logsumexp(-1)
        golden[f"logits{index}"] = logits[:, vocabulary].contiguous()
        full[f"logits{index}"] = logits
        gap = logits.topk(2).values
        print(f"prompt {index}: {len(ids)} tokens, least lead of the argmax {(gap[:, 0] - gap[:, 1]).min():.4f}")
    ids = golden["ids0"]
    while len(ids) < len(golden["ids0"]) + 24:
        ids = torch.cat([ids, decoder(ids[None]).logits[0, -1].argmax()[None]])
    golden["next0"] = ids[len(golden["ids0"]):].contiguous()
    print(repr(tokenizer.decode(golden["next0"].tolist())))
    path = GOLDEN / "smollm2-logits.safetensors"
    save_file(golden, path)
    path.chmod(0o644)
    print(f"{path.name}: {path.stat().st_size} bytes")
    if arguments.full:
        save_file(full, arguments.full)


if __name__ == "__main__":
    main()
