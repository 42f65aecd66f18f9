"""Writes tokenizer.json files with vocabularies of real size for compare.py.

* smollm2/: the 49,152 tokens of SmolLM2's GGUF file, where tools/smollm2.sh fetched it
* llama-3/, qwen2/: the 130,072 tokens of Mistral's Tekken, split as Llama 3 and Qwen 2 split text
* llama-2/, mistral/, gemma/: the 32,000 pieces of Mistral 7B with the steps of the three families

Tekken and the pieces come with the package mistral-common (Apache-2.0).

Run: python vocabularies.py FOLDER
"""

import base64
import json
import pathlib
import sys

import mistral_common
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import golden_sentencepiece as pieces  # noqa: E402
from golden_tokens import LLAMA3, smollm2  # noqa: E402


def byte_symbols():
    """The character that stands for each byte: printing ones for themselves, the others from U+0100 on."""
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printing]
    return {**{byte: chr(byte) for byte in printing}, **{byte: chr(256 + place) for place, byte in enumerate(others)}}


def tekken(path):
    """Vocabulary and merges: a token's rank is its id."""
    data = json.loads(path.read_text())
    count = data["config"]["default_vocab_size"] - data["config"]["default_num_special_tokens"]
    ranks = {base64.b64decode(entry["token_bytes"]): entry["rank"] for entry in data["vocab"][:count]}
    symbols = byte_symbols()
    text = lambda token: "".join(symbols[byte] for byte in token)
    merges = []
    for token in sorted(ranks, key=ranks.get):
        cuts = [(token[:cut], token[cut:]) for cut in range(1, len(token))]
        known = [cut for cut in cuts if cut[0] in ranks and cut[1] in ranks]
        merges += [(text(left), text(right)) for left, right in sorted(known, key=lambda cut: (ranks[cut[0]], ranks[cut[1]]))]
    return {text(token): rank for token, rank in ranks.items()}, merges


def byte_level(name, vocabulary, merges):
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=name == "llama-3"))
    pattern = LLAMA3 if name == "llama-3" else LLAMA3.replace("{1,3}", "")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    if name == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens([AddedToken(text, normalized=False) for text in ["<|im_start|>", "<|im_end|>"]])
    return tokenizer


def main():
    data = pathlib.Path(mistral_common.__file__).parent / "data"
    vocabulary, merges = tekken(data / "tekken_240718.json")
    model = sentencepiece.SentencePieceProcessor()
    model.LoadFromSerializedProto((data / "tokenizer.model.v1").read_bytes())
    made = {name: byte_level(name, vocabulary, merges) for name in ["llama-3", "qwen2"]}
    made |= {name: pieces.tokenizer(name, pieces.vocabulary(model)) for name in ["llama-2", "mistral", "gemma"]}
    gguf = ROOT / "models/smollm2-135m-instruct.gguf"
    if gguf.exists():
        made["smollm2"] = smollm2(gguf)
    for name, tokenizer in made.items():
        folder = pathlib.Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    main()
