"""Makes a tiny GGUF file of the Llama family with each type of weight that Assay reads, and what is in it.

Writes into Tests/PolicyTests/Golden/quantised/:

* model.gguf: one layer, its weights random, each in a type of its own; a byte-level tokenizer
* expected.safetensors (F32): the weights by their Hugging Face names, as the `gguf` package dequantises them,
  rows of q and k in Hugging Face's order; of the two matrices of the vocabulary the first and last four rows

Run: python tools/golden_gguf.py        needs gguf, torch, safetensors
"""

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import save_file
from tokenizers import pre_tokenizers

from golden_tokens import GOLDEN

HIDDEN, MIDDLE, HEADS, PAIRS, DIMENSION = 256, 32, 4, 2, 8
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["Ġ t", "h e", "Ġt he"]
# Bytes of a block, and where its scales are.
BLOCKS = {Type.Q4_K: (144, (0, 2)), Type.Q5_K: (176, (0, 2)), Type.Q6_K: (210, (208,))}
# Name in GGUF, in Hugging Face, shape, type.
TENSORS = [
    ("token_embd", "model.embed_tokens", (262, HIDDEN), Type.Q8_0),
    ("output_norm", "model.norm", (HIDDEN,), Type.F32),
    ("output", "lm_head", (262, HIDDEN), Type.Q5_K),
    ("blk.0.attn_norm", "model.layers.0.input_layernorm", (HIDDEN,), Type.F32),
    ("blk.0.attn_q", "model.layers.0.self_attn.q_proj", (HEADS * DIMENSION, HIDDEN), Type.Q4_0),
    ("blk.0.attn_k", "model.layers.0.self_attn.k_proj", (PAIRS * DIMENSION, HIDDEN), Type.Q4_1),
    ("blk.0.attn_v", "model.layers.0.self_attn.v_proj", (PAIRS * DIMENSION, HIDDEN), Type.Q5_0),
    ("blk.0.attn_output", "model.layers.0.self_attn.o_proj", (HIDDEN, HEADS * DIMENSION), Type.Q5_1),
    ("blk.0.ffn_norm", "model.layers.0.post_attention_layernorm", (HIDDEN,), Type.F16),
    ("blk.0.ffn_gate", "model.layers.0.mlp.gate_proj", (MIDDLE, HIDDEN), Type.Q4_K),
    ("blk.0.ffn_up", "model.layers.0.mlp.up_proj", (MIDDLE, HIDDEN), Type.Q6_K),
    ("blk.0.ffn_down", "model.layers.0.mlp.down_proj", (HIDDEN, MIDDLE), Type.BF16),
]


def stored(random, shape, type):
    """Bytes of a tensor [rows, bytes of a row]; as the file has them."""
    if type in BLOCKS:
        # The package can't quantise to these: random blocks, with scales that are ordinary numbers.
        size, scales = BLOCKS[type]
        blocks = random.integers(0, 256, (shape[0] * shape[1] // 256, size), dtype=numpy.uint8)
        for place in scales:
            scale = random.uniform(0.001, 0.01, len(blocks)).astype("<f2")
            blocks[:, place:place + 2] = scale.view(numpy.uint8).reshape(-1, 2)
        return blocks.reshape(shape[0], -1)
    values = random.normal(0, 0.1, shape).astype(numpy.float32)
    # Subnormal halves, and what a sign can get wrong.
    values.reshape(-1)[:4] = [3e-7, -3e-7, 0.0, -0.0]
    return gguf.quants.quantize(values, type)


def main():
    random = numpy.random.default_rng(5)
    folder = GOLDEN / "quantised"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(MIDDLE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(PAIRS)
    writer.add_key_length(DIMENSION)
    writer.add_value_length(DIMENSION)
    writer.add_rope_dimension_count(DIMENSION)
    writer.add_rope_freq_base(50000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    tokens = SPECIAL + sorted(pre_tokenizers.ByteLevel.alphabet()) + [merge.replace(" ", "") for merge in MERGES]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(SPECIAL) + [1] * (len(tokens) - len(SPECIAL)))
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}")
    writer.add_array("test.nested", [[1, 2], [3]])
    expected = {}
    for name, theirs, shape, type in TENSORS:
        data = stored(random, shape, type)
        value = torch.from_numpy(gguf.quants.dequantize(data, type).astype(numpy.float32)).reshape(shape)
        if name.endswith("attn_q") or name.endswith("attn_k"):
            # llama.cpp stores the rows of a head as pairs (0, d/2), (1, d/2 + 1), ...
            value = value.view(-1, DIMENSION // 2, 2, HIDDEN).transpose(1, 2).reshape(shape)
        if shape[0] == 262:
            value = torch.cat([value[:4], value[-4:]])
        expected[theirs + ".weight"] = value.contiguous()
        writer.add_tensor(name + ".weight", data, raw_dtype=type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, folder / "expected.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
