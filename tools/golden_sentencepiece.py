"""Makes small BPE tokenizers of SentencePiece's kind, as the families that use it write them.

A vocabulary is trained by `sentencepiece` on the texts of tools/golden_corpus.py. Written into
Tests/PolicyTests/Golden/tokenizers/:

* llama-2/, mistral/, gemma/: tokenizer.json with the normaliser, pre-tokenizer and decoder of that family, and
  tokens.jsonl and decoded.jsonl as tools/golden_tokens.py makes them
* llama-2/model.gguf: the same vocabulary with its scores, as llama.cpp stores it; no weights

Merges follow from the scores: the better piece first, of one piece's cuts the one with the longer left part, as
`transformers` does it. The script counts the texts of which `sentencepiece` itself makes other ids.

Run: python tools/golden_sentencepiece.py DATA       needs gguf, sentencepiece, tokenizers; DATA as for
golden_corpus.py, which is to be run again afterwards
"""

import pathlib
import sys
import tempfile

import gguf
import sentencepiece
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from golden_corpus import corpus
from golden_tokens import GOLDEN, texts as odd_texts, write, write_decoded

SPACE = "▁"
CONTROL = 3


def train(texts):
    with tempfile.TemporaryDirectory() as folder:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_prefix=folder + "/m",
            model_type="bpe", vocab_size=1100, byte_fallback=True, split_digits=True, add_dummy_prefix=True,
            remove_extra_whitespaces=False, allow_whitespace_only_pieces=True, normalization_rule_name="identity",
            character_coverage=0.98, max_sentence_length=1 << 16, minloglevel=2)
        return sentencepiece.SentencePieceProcessor(model_file=folder + "/m.model")


def vocabulary(model):
    """Of each id: text, score, type as GGUF numbers them."""
    result = []
    for id in range(model.get_piece_size()):
        kind = 2 if model.is_unknown(id) else CONTROL if model.is_control(id) else 6 if model.is_byte(id) else 1
        result.append((model.id_to_piece(id), model.get_score(id), kind))
    return result


def merges(pieces):
    known = {text for text, _, kind in pieces if kind == 1}
    ranked = [
        (score, cut, len(text) - cut, text) for text, score, kind in pieces if kind == 1
        for cut in range(1, len(text)) if text[:cut] in known and text[cut:] in known]
    ranked.sort(key=lambda entry: entry[:3], reverse=True)
    return [(text[:cut], text[cut:]) for _, cut, _, text in ranked]


def tokenizer(name, pieces):
    model = models.BPE(
        vocab={text: id for id, (text, _, _) in enumerate(pieces)}, merges=merges(pieces), unk_token="<unk>",
        fuse_unk=True, byte_fallback=True)
    result = Tokenizer(model)
    replace = normalizers.Replace(" ", SPACE)
    steps = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    if name == "llama-2":
        result.normalizer = normalizers.Sequence([normalizers.Prepend(SPACE), replace])
    elif name == "mistral":
        result.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="first", split=False)
    else:
        result.normalizer = replace
        result.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    if name != "gemma":
        steps.append(decoders.Strip(" ", 1, 0))
    result.decoder = decoders.Sequence(steps)
    result.add_special_tokens([AddedToken(text, normalized=False) for text, _, kind in pieces if kind in (2, CONTROL)])
    return result


def write_gguf(path, pieces, extra):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    pieces = pieces + [(text, 0.0, kind) for text, kind in extra]
    writer.add_token_list([text for text, _, _ in pieces])
    writer.add_token_scores([score for _, score, _ in pieces])
    writer.add_token_types([kind for _, _, kind in pieces])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    path.chmod(0o644)


def main():
    texts = [text.decode(errors="replace") for text in corpus(pathlib.Path(sys.argv[1]))]
    # Scripts of few letters: thousands of characters would fill so small a vocabulary.
    model = train([text for text in texts if all("\0" < letter < "\u0600" for letter in text)])
    pieces = vocabulary(model)
    plain = tokenizer("llama-2", pieces)
    # Only where no special token is written out: the model takes their text for text.
    compared = [text for text in texts if "<" not in text and "\0" not in text and text]
    others = [text for text in compared if plain.encode(text, add_special_tokens=False).ids != model.encode(text)]
    print(f"sentencepiece itself: other ids for {len(others)} of {len(compared)} texts", others[:3])
    some = odd_texts(1000)
    for name in ["llama-2", "mistral", "gemma"]:
        small = tokenizer(name, pieces)
        if name != "llama-2":
            small.add_special_tokens([AddedToken("<|user|>", normalized=False, rstrip=True)])
            small.add_tokens([
                AddedToken("cat", single_word=True, normalized=False), AddedToken("é ", normalized=True),
                AddedToken("print", lstrip=True, normalized=False), AddedToken("  \n", normalized=False)])
        else:
            # What the GGUF file can say, too.
            small.add_special_tokens([AddedToken("<|user|>", normalized=False)])
            small.add_tokens([AddedToken("  \n", normalized=False)])
        folder = GOLDEN / "tokenizers" / name
        folder.mkdir(parents=True, exist_ok=True)
        small.save(str(folder / "tokenizer.json"))
        write(folder / "tokens.jsonl", small, some[:160] + some[-90:])
        write_decoded(folder / "decoded.jsonl", small)
    write_gguf(GOLDEN / "tokenizers/llama-2/model.gguf", pieces, [("<|user|>", CONTROL), ("  \n", 4)])


if __name__ == "__main__":
    main()
