"""Reads what Assay writes with the packages that it is written for: transformers, gguf and peft.

    ASSAY_EXPORTS=$PWD/runs/exports swift test --filter ExportTests
    python tools/check_exports.py runs/exports        needs torch, transformers, peft, gguf, safetensors

For each folder of runs/exports/, with model/, an adapter/, GGUF files of each type and Assay's own logits, it checks that

* transformers loads model/ and gives the logits of Assay, and its tokenizer the tokens
* gguf finds the keys that llama.cpp asks for, and the weights of model/ in each type, the rows of q and k as
  convert_hf_to_gguf.py of llama.cpp orders them
* transformers loads the GGUF file, which undoes that order, and gives the same logits
* llama.cpp loads each GGUF file, has its tokens, and gives the log-probabilities of transformers for the likeliest
  next ones, as far as its F16 cache of keys lets it (with the package xllamacpp; left out without it)
* peft loads the adapter and gives the logits of the model into which Assay merged it

Exit status: 0 all agree, 1 something differs (an assertion says what).
"""

import json
import pathlib
import sys
import urllib.request

import gguf
import peft
import torch
import transformers
from gguf import GGMLQuantizationType as Type
from safetensors.torch import load_file

try:
    import xllamacpp
except ImportError:
    xllamacpp = None

KEYS = [
    "general.architecture", "llama.block_count", "llama.context_length", "llama.embedding_length",
    "llama.feed_forward_length", "llama.attention.head_count", "llama.attention.head_count_kv",
    "llama.attention.layer_norm_rms_epsilon", "llama.rope.freq_base", "llama.rope.dimension_count",
    "llama.vocab_size", "general.file_type", "tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.tokens",
    "tokenizer.ggml.token_type", "tokenizer.ggml.merges", "tokenizer.ggml.eos_token_id",
]
# Of a type, the largest error in units of the largest weight of its block or of the weight itself.
TOLERANCES = {Type.F32: 0.0, Type.BF16: 2**-8, Type.Q8_0: 0.57 / 127}


def permuted(weight, heads):
    rows, width = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, width).swapaxes(1, 2).reshape(rows, width)


def check_gguf(path, model):
    reader = gguf.GGUFReader(path)
    missing = [key for key in KEYS if key not in reader.fields]
    assert not missing, f"{path}: no {missing}"
    assert reader.fields["general.architecture"].contents() == "llama"
    config, state = model.config, model.state_dict()
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    wanted = {}
    for name, value in state.items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        if name.endswith("q_proj.weight"):
            value = permuted(value, config.num_attention_heads)
        if name.endswith("k_proj.weight"):
            value = permuted(value, config.num_key_value_heads)
        wanted[names.get_name(name, try_suffixes=(".weight",))] = value
    assert sorted(wanted) == sorted(tensor.name for tensor in reader.tensors), path
    worst, types = 0.0, set()
    for tensor in reader.tensors:
        values = torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy()).float()
        expected = wanted[tensor.name].float()
        assert values.shape == expected.shape, tensor.name
        scale = expected.abs()
        if tensor.tensor_type == Type.Q8_0:
            scale = scale.reshape(-1, 32).amax(1, keepdim=True).expand(-1, 32).reshape(expected.shape)
        error = ((values - expected).abs() / scale.clamp_min(1e-30)).max().item()
        assert error <= TOLERANCES[tensor.tensor_type], f"{path}: {tensor.name} differs by {error}"
        worst, types = max(worst, error), types | {tensor.tensor_type.name}
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    assert len(tokens) == config.vocab_size, f"{path}: {len(tokens)} tokens"
    print(f"  {path.name}: {len(reader.tensors)} tensors of {sorted(types)}; largest relative error {worst:.1e}")


def check_llama(path, tokenizer, model, text):
    """Log-probabilities of llama.cpp are computed with rounded activations where weights are BF16 or Q8_0."""
    if xllamacpp is None:
        return
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx, parameters.n_parallel, parameters.cpuparams.n_threads = 256, 1, 2
    server = xllamacpp.Server(parameters)

    def ask(place, **question):
        request = urllib.request.Request(server.listening_address + place, json.dumps(question).encode())
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    ids = tokenizer(text, add_special_tokens=False).input_ids
    tokens = ask("/tokenize", content=text, add_special=True, parse_special=True)["tokens"]
    assert tokens == ids, f"{path}: llama.cpp has the tokens {tokens}, not {ids}"
    answer = ask("/v1/completions", prompt=ids, max_tokens=1, temperature=0, logprobs=3)
    likeliest = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -1]
    expected = logits.log_softmax(-1)
    found = max(abs(entry["logprob"] - expected[entry["id"]].item()) for entry in likeliest)
    print(f"  {path.name}: log-probabilities of llama.cpp differ by {found:.1e}")
    assert path.stem != "float32" or likeliest[0]["id"] == expected.argmax().item(), path
    assert found < (5e-4 if path.stem == "float32" else 5e-2) * logits.abs().max(), path


def difference(model, ids, expected):
    with torch.no_grad():
        return (model(ids[None]).logits[0] - expected).abs().max().item()


def load(path, **options):
    return transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, **options).eval()


def check(folder):
    print(folder.name)
    expected = load_file(folder / "expected.safetensors")
    ids = expected["ids"].long()
    model = load(folder / "model")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "model")
    text = (folder / "text.txt").read_text()
    assert tokenizer(text, add_special_tokens=False).input_ids == ids.tolist(), "the tokenizer's ids"
    for path in sorted(folder.glob("*.gguf")):
        check_gguf(path, model)
        check_llama(path, tokenizer, model, text)
    size = expected["logits"].abs().max().item()
    found = {
        "model/": difference(model, ids, expected["logits"]),
        "float32.gguf": difference(load(folder, gguf_file="float32.gguf"), ids, expected["logits"]),
        "adapter/": difference(
            peft.PeftModel.from_pretrained(model, folder / "adapter"), ids, expected["adapted"]),
    }
    for name, value in found.items():
        print(f"  {name}: logits differ by {value:.1e} of {size:.3g}")
        assert value < 2e-5 * size, f"{folder.name}: {name}"
    assert (expected["adapted"] - expected["logits"]).abs().max() > 1e-2 * size, "the adapter does nothing"


if __name__ == "__main__":
    transformers.utils.logging.disable_progress_bar()
    for place in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        check(place)
