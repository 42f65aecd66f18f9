"""Makes 10,000 texts, and of each the ids that Hugging Face's `tokenizers` gives it, as checksums.

Writes into Tests/PolicyTests/Golden/corpus/:

* texts.gz: for each text its length in bytes (UInt32, little-endian) and its bytes. Some are not UTF-8; what is
  encoded is the text that `bytes.decode(errors="replace")` makes of them.
* NAME.crc for each of the tokenizers in Golden/tokenizers/, and smollm2.crc: a CRC-32 (UInt32, little-endian) a
  text, of: the ids as Int32, the text that they decode to, the same without special tokens.

The texts: sentences of 34 languages (Wortschatz Leipzig, CC BY 4.0, as lingua-py has them), questions of MGSM in 11
(CC BY 4.0), pieces of this project's own files, LaTeX, emoji, right-to-left text, combining marks, control
characters, numbers, runs of white space, random code points, broken UTF-8, special tokens in words.

Run: python tools/golden_corpus.py DATA [GGUF]      needs gguf, tokenizers; DATA: the folder with lid_short34/, mgsm/
"""

import gzip
import json
import pathlib
import random
import struct
import sys
import zlib

from tokenizers import Tokenizer

from golden_tokens import GOLDEN, ODD, ROOT, SENTENCES, smollm2, texts as odd_texts

COUNT = 10_000
EMOJI = ["👨‍👩‍👧‍👦", "👩🏽‍🚀", "🏳️‍🌈", "🇫🇷", "🇯🇵🇰🇷", "1️⃣", "❤️‍🔥", "👍🏿", "🧑‍🤝‍🧑", "😀", "🤷🏻‍♀️", "☎️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🫠", "👁️‍🗨️"]
MARKS = ["\u0301", "\u0300", "\u0323", "\u0308", "\u0327", "\u20dd", "\u093c", "\u064b", "\u0651", "\u05b0", "\u3099", "\u0e49", "\u1161", "\u11a8", "\u09be"]
RIGHT_TO_LEFT = ["שָׁלוֹם עֲלֵיכֶם", "ספר טוב 123 ו־abc", "السَّلامُ عَلَيْكُم", "۱۲۳ کتاب خوب", "\u202bמימין\u202c left", "\u2067قلب\u2069", "ܫܠܡܐ", "ދިވެހި"]
CONTROL = ["\x00", "\x07", "\x08", "\x1b[31m", "\x1b[0m", "\x7f", "\x85", "\u200b", "\u200e", "\u2028", "\ufeff", "\r\n", "\x0c", "\ufffe"]
SPECIAL = ["<s>", "</s>", "<unk>", "<0x0A>", "<0xE2>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|user|>", "[INST]", "▁", "▁▁the", "<pad>", "<bos>"]
BROKEN = [b"\x80", b"\xc3", b"\xe2\x96", b"\xf0\x9f\x98", b"\xff", b"\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe0\x80\xaf"]


def latex(source, depth=0):
    """A formula, made by a small grammar."""
    leaf = lambda: source.choice(["x", "y_{1}", "\\alpha", "\\pi", "n!", str(source.randrange(1000)), "\\infty", "3.14", "\\mathbb{R}", "f(x)", "\\vec{v}"])
    if depth > 3 or source.random() < 0.2:
        return leaf()
    inner = lambda: latex(source, depth + 1)
    return source.choice([
        lambda: f"\\frac{{{inner()}}}{{{inner()}}}", lambda: f"\\sqrt{{{inner()}}}", lambda: f"{inner()}^{{{inner()}}}",
        lambda: f"\\left( {inner()} \\right)", lambda: f"{inner()} + {inner()}", lambda: f"{inner()} \\le {inner()}",
        lambda: f"\\sum_{{i=1}}^{{{inner()}}} {inner()}", lambda: f"\\int_0^{{{inner()}}} {inner()} \\, dx",
        lambda: f"\\begin{{pmatrix}} {inner()} & {inner()} \\\\ {inner()} & {inner()} \\end{{pmatrix}}",
        lambda: f"\\text{{where }} {inner()} \\in \\{{{inner()}, \\dots\\}}", lambda: f"{inner()} \\cdot {inner()}"])()


def sources(data):
    """Lists of texts by kind."""
    languages = {}
    with gzip.open(data / "lid_short34/test.jsonl.gz", "rt") as file:
        for line in file:
            row = json.loads(line)
            languages.setdefault(row["lang"], []).append(row["text"])
    sentences = [text for language in sorted(languages) for text in languages[language][:150]]
    questions = [
        json.loads(line)["question"] for path in sorted((data / "mgsm").glob("??.jsonl"))
        for line in path.read_text().splitlines()[:40]]
    code = []
    for pattern in ["Sources/**/*.swift", "sandbox/**/*.c", "tools/*.py", "docs/*.md", "recipes/*.yaml"]:
        for path in sorted(ROOT.glob(pattern)):
            lines = path.read_text().splitlines(keepends=True)
            code += ["".join(lines[start:start + 6]) for start in range(0, len(lines), 6)]
    return sentences, questions, code


def corpus(data):
    source = random.Random(20261127)
    sentences, questions, code = sources(data)
    some = lambda kinds, most: "".join(source.choice(kinds) for _ in range(source.randrange(1, most)))
    words = [word for text in sentences + SENTENCES for word in text.split()]
    some_words = lambda: " ".join(source.choice(words) for _ in range(source.randrange(1, 6)))
    joined = lambda *kinds: "".join(source.choice(["", " ", "  "]).join([some_words(), source.choice(kinds)()]) for _ in range(source.randrange(1, 5)))

    def broken():
        text = bytearray(source.choice([source.choice(sentences), some(EMOJI, 4), some_words()]).encode()[:80])
        for _ in range(source.randrange(1, 5)):
            place = source.randrange(len(text) + 1)
            if source.random() < 0.5:
                text[place:place] = source.choice(BROKEN)
            else:
                del text[place:place + source.randrange(1, 3)]
        return bytes(text)

    kinds = [
        lambda: joined(lambda: some(EMOJI, 4)), lambda: joined(lambda: source.choice(RIGHT_TO_LEFT)),
        lambda: "".join(letter + (some(MARKS, 3) if source.random() < 0.3 else "") for letter in some_words()),
        lambda: joined(lambda: some(CONTROL, 4)), lambda: joined(lambda: source.choice(SPECIAL)), broken,
        lambda: joined(lambda: source.choice([" ", "\n", "\t", "\r\n", "\u3000", " \n"]) * source.randrange(1, 70)),
        lambda: joined(lambda: str(source.randrange(10 ** source.randrange(1, 30)))),
        lambda: "$" + latex(source) + "$ " + some_words(), lambda: "\\[\n" + latex(source) + " = " + latex(source) + "\n\\]\n",
        lambda: joined(lambda: source.choice(ODD)), lambda: source.choice(words) * source.randrange(2, 12)]
    result = sentences + questions + odd_texts(1400) + source.sample(code, 900)
    while len(result) < COUNT:
        result.append(source.choice(kinds)())
    return [text if isinstance(text, bytes) else text.encode() for text in result]


def checksum(tokenizer, text):
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    whole = tokenizer.decode(ids, skip_special_tokens=False) + tokenizer.decode(ids, skip_special_tokens=True)
    return zlib.crc32(struct.pack(f"<{len(ids)}i", *ids) + whole.encode())


def main():
    path = sys.argv[2] if len(sys.argv) > 2 else ROOT / "models/smollm2-135m-instruct.gguf"
    texts = corpus(pathlib.Path(sys.argv[1]))
    assert len(texts) == COUNT, len(texts)
    folder = GOLDEN / "corpus"
    folder.mkdir(exist_ok=True)
    packed = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    (folder / "texts.gz").write_bytes(gzip.compress(packed, 9, mtime=0))
    tokenizers = {file.parent.name: Tokenizer.from_file(str(file)) for file in GOLDEN.glob("tokenizers/*/tokenizer.json")}
    for name, tokenizer in sorted({**tokenizers, "smollm2": smollm2(path)}.items()):
        sums = [checksum(tokenizer, text.decode(errors="replace")) for text in texts]
        (folder / f"{name}.crc").write_bytes(struct.pack(f"<{COUNT}I", *sums))
        print(f"{name}: {COUNT} texts")


if __name__ == "__main__":
    main()
