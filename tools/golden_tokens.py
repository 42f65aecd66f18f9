"""Makes texts with the token ids that Hugging Face's `tokenizers` gives them.

Writes into Tests/PolicyTests/Golden/:

* smollm2-tokens.jsonl: 1,000 texts with their ids in SmolLM2's vocabulary, one object {"text", "ids"} a line.
  The vocabulary itself comes from the GGUF file that tools/smollm2.sh fetches.
* tokenizers/NAME/tokenizer.json: a small byte-level BPE tokenizer, trained on those texts, for each way of
  splitting text that Assay knows, and tokenizers/NAME/tokens.jsonl: 250 of the texts with their ids in it.
* tokenizers/NAME/decoded.jsonl: random ids, many of them parts of a character, with the text that they make,
  with special tokens ("text") and without them ("plain").

The texts are made here, from a fixed seed: words of several scripts, code, numbers, white space, control
characters, emoji, combining marks, unassigned and private code points, written-out special tokens.

Run: python tools/golden_tokens.py [GGUF]          needs gguf, tokenizers; GGUF defaults to models/'s
"""

import json
import pathlib
import random
import sys

import gguf
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "Tests/PolicyTests/Golden"

SENTENCES = [
    "The cat sat on the mat, didn't it?", "I'll say we've won; they'd say you're lost.", "It's 5 o'clock: don't panic!",
    "A train leaves at 09:45 and arrives 3 hours 27 minutes later.", "WE'RE SHOUTING, I'M SURE, IT'S LOUD, YOU'LL SEE.",
    "Größe, Übermut und Straßenlärm.", "L’été, où l’on s’en va à la mer — n’est-ce pas ?", "¿Dónde está el niño? ¡Mañana!",
    "Žluťoučký kůň skočil přes řeku.", "Съешь ещё этих мягких булок.", "Ξέρεις πού είναι η θάλασσα;", "שלום עולם, מה שלומך?",
    "مرحبا بالعالم، كيف الحال؟", "नमस्ते दुनिया, क्या हाल है?", "সব মানুষ সমান।", "ภาษาไทยไม่มีช่องว่าง", "我们今天去公园散步吧。", "東京の天気は晴れです。",
    "한국어 문장을 하나 적는다.", "አዲስ አበባ ትልቅ ከተማ ናት።", "გამარჯობა მსოფლიო", "Ողջույն աշխարհ", "Chữ Việt có nhiều dấu.", "தமிழ் மொழி", "ਪੰਜਾਬੀ ਬੋਲੀ",
    "def add(a, b):\n    return a + b\n", "for i in range(10):\n\tprint(f\"{i:>3}\")\n\n", "if (x <= 3 && y != 0) { z += 1; }",
    "SELECT name, COUNT(*) FROM people WHERE age >= 18 GROUP BY name;", "<div class=\"a b\">&nbsp;</div><!-- note -->",
    "https://example.org/path?query=1&other=two#part", "\\frac{1}{2} + \\sqrt{x^2} \\leq \\boxed{42}", "{\"key\": [1, 2.5, -3e10, null, true]}",
    "let x = y ?? z // nothing", "#include <stdio.h>\r\nint main(void) { return 0; }\r\n", "C:\\Users\\name\\file.txt", "a_b-c.d@e.f, g/h",
    "x = 4x² − 7x + 3 ≠ 0 ⇒ x ∈ {¾, 1}", "1/2 ½ ⅓ 10⁻³ Ⅳ ① ㊿ ٣٤٥ १२३ 𝟘𝟙", "3.14159265358979 1,000,000 0x1F4A9 1e-10 007", "<think>\nFirst, 3 + 4 = 7.\n</think>\nAnswer: 7",
]
ODD = [
    " ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1f", "\x00", "\x01", "\x7f", "\x85", "\xa0", "\u1680", "\u180e",
    "\u2000", "\u2003", "\u2009", "\u200a", "\u200b", "\u200d", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff", "\ufffd", "\ufffe",
    "é", "e\u0301", "a\u0300\u0323", "ﬁ", "ǅ", "ſ", "'ſ", "İ", "ß", "ª", "º", "²", "Å", "ʰ", "\u0345", "\u093f", "\u20dd", "々", "〇", "ー", "゛", "\U00020000",
    "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1eb\U0001f1f7", "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\u0378", "\ue000", "\U000e0001",
    "\U000f0000", "\U0010ffff", "\U0001e900", "\U00010348", "\U0001d400", "…", "—", "’", "“", "€", "‰", "→", "\u0600", "\u00ad", "_", "‿", "'", "\"", "''", "'s", "'S",
    "'t", "'re", "'RE", "'ve", "'m", "'ll", "'LL", "'d", "'x", "’s", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|im_", "|>", "<repo_name>", "<file_sep", "0", "7", "42", "1234567890",
    "½", "Ⅻ", "٣", "௧", "㊿", "𝟡", "a", "Z", "the", " the", "tion", "ing", "!", "!!!", "...", "=", "==", "(", ")", "[[", "{}", "#", "$", "%", "&", "*", "+", "/", ";", "\\", "^", "`", "~",
]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def texts(count):
    source = random.Random(20240607)
    result = ["", *ODD, *SENTENCES]
    words = [word for sentence in SENTENCES for word in sentence.split(" ")]

    def odd():
        return source.choice(ODD)

    def code_point():
        while True:
            value = source.randrange(0x110000) if source.random() < 0.3 else source.randrange(0x3000)
            if not 0xD800 <= value < 0xE000:
                return chr(value)

    kinds = [
        lambda: "".join(odd() for _ in range(source.randrange(2, 12))),
        lambda: " ".join(source.choice(words) for _ in range(source.randrange(2, 20))),
        lambda: "".join(source.choice([odd, lambda: source.choice(words), lambda: " "])() for _ in range(source.randrange(3, 16))),
        lambda: "".join(code_point() for _ in range(source.randrange(2, 16))),
        lambda: source.choice(words) * source.randrange(2, 9),
        lambda: " " * source.randrange(1, 40) + source.choice(words) + "\n" * source.randrange(4) + "\t" * source.randrange(4),
        lambda: f"{source.randrange(10**source.randrange(1, 12))}{source.choice('+-*/=, .')}{source.random():.{source.randrange(9)}f}",
        lambda: "".join(source.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") for _ in range(source.randrange(5, 60))),
    ]
    seen = set(result)
    while len(result) < count:
        text = kinds[len(result) % len(kinds)]()
        if text not in seen:
            seen.add(text)
            result.append(text)
    return result[:count]


def write(path, tokenizer, texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        for text in texts:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            # Python's default of escaping keeps the file plain ASCII, line separators of Unicode included.
            file.write(json.dumps({"text": text, "ids": ids}, separators=(",", ":")) + "\n")
    print(f"{path.relative_to(ROOT)}: {len(texts)} texts, {path.stat().st_size} bytes")


def write_decoded(path, tokenizer):
    source = random.Random(7)
    with path.open("w") as file:
        for _ in range(60):
            ids = [source.randrange(tokenizer.get_vocab_size()) for _ in range(source.randrange(1, 25))]
            row = {
                "ids": ids, "text": tokenizer.decode(ids, skip_special_tokens=False),
                "plain": tokenizer.decode(ids, skip_special_tokens=True)}
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


def smollm2(path):
    """As tokenizer.json of HuggingFaceTB/SmolLM2-135M-Instruct has it."""
    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token, kind in zip(tokens, kinds) if kind == 3])
    return tokenizer


def small(name, texts):
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    split = {
        "gpt-2": [pre_tokenizers.ByteLevel(add_prefix_space=False)],
        "smollm": [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)],
        "llama-3": [pre_tokenizers.Split(Regex(LLAMA3), "isolated"), bytes_only],
        "qwen2": [pre_tokenizers.Split(Regex(LLAMA3.replace("{1,3}", "")), "isolated"), bytes_only],
    }[name]
    tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama-3"))
    tokenizer.pre_tokenizer = split[0] if len(split) == 1 else pre_tokenizers.Sequence(split)
    if name == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|endoftext|>"],
        min_frequency=2, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    # Every kind of added token that changes how text is cut. The space keeps the decoder from taking the é of
    # one for the symbol of the byte 0xe9.
    tokenizer.add_special_tokens([AddedToken("<|im_start|>", normalized=False), AddedToken("<|im_end|>", rstrip=True)])
    tokenizer.add_tokens([
        AddedToken("cat", single_word=True, normalized=False), AddedToken("é ", normalized=True),
        AddedToken("print", lstrip=True, normalized=False), AddedToken("\n\n\n", normalized=False)])
    return tokenizer


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else ROOT / "models/smollm2-135m-instruct.gguf"
    all_texts = texts(1000)
    write(GOLDEN / "smollm2-tokens.jsonl", smollm2(path), all_texts)
    for name in ["gpt-2", "smollm", "llama-3", "qwen2"]:
        tokenizer = small(name, all_texts)
        folder = GOLDEN / "tokenizers" / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(folder / "tokenizer.json"))
        write(folder / "tokens.jsonl", tokenizer, all_texts[:160] + all_texts[-90:])
        write_decoded(folder / "decoded.jsonl", tokenizer)


if __name__ == "__main__":
    main()
