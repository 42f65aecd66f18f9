"""Times Assay's tokenizer and Hugging Face's `tokenizers` (Rust) on the same texts, in turns, on one core.

The texts are the 10,000 of the tests. Both encode a text at a time; of `tokenizers`, `encode` and
`encode_batch_fast`, which leaves out offsets, are timed, and the faster counts. Printed per tokenizer: medians of
MB/s, the ratio of each turn's times as median and range, the ratio of a first turn, in which neither has met a
word before, and whether all ids are the same.

Run: Benchmarks/tokenizer/run.sh, which calls compare.py BENCH FOLDER... ; each FOLDER holds a tokenizer.json
"""

import gzip
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer  # noqa: E402  (reads the environment)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TURNS = int(os.environ.get("TURNS", "7"))


def texts():
    packed = gzip.decompress((ROOT / "Tests/PolicyTests/Golden/corpus/texts.gz").read_bytes())
    result, place = [], 0
    while place < len(packed):
        end = place + 4 + struct.unpack_from("<I", packed, place)[0]
        result.append(packed[place + 4:end].decode(errors="replace"))
        place = end
    return result


def fnv(ids):
    result = 0xCBF29CE484222325
    for tokens in ids:
        for id in tokens:
            result = (result ^ id) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return result


def seconds(body):
    start = time.perf_counter()
    result = body()
    return time.perf_counter() - start, result


def turn(tokenizer, texts, ours):
    """Seconds of: their encode, their encode_batch_fast, our encoding; their decoding, our decoding."""
    alone, encodings = seconds(lambda: [tokenizer.encode(text, add_special_tokens=False) for text in texts])
    batch, _ = seconds(lambda: tokenizer.encode_batch_fast(texts, add_special_tokens=False))
    ids = [encoding.ids for encoding in encodings]
    decoding, _ = seconds(lambda: [tokenizer.decode(tokens, skip_special_tokens=False) for tokens in ids])
    ours.stdin.write("\n")
    ours.stdin.flush()
    encoded, decoded, count, hash = ours.stdout.readline().split()
    same = int(count) == sum(map(len, ids)) and int(hash) == fnv(ids)
    return (alone, batch, float(encoded), decoding, float(decoded)), same


def report(name, first, turns, size):
    columns = list(zip(*turns))
    faster = lambda times: min(times[:2]) / times[2]
    ratio = [faster(times) for times in turns]
    rates = [size / statistics.median(column) for column in columns]
    back = statistics.median(theirs / ours for *_, theirs, ours in turns)
    print(
        f"{name:14} encode {rates[0]:6.2f}  batch_fast {rates[1]:6.2f}  assay {rates[2]:6.2f} MB/s   "
        f"x{statistics.median(ratio):.2f} ({min(ratio):.2f} to {max(ratio):.2f}), first x{first[0] / first[2]:.2f}   decoding x{back:.2f}", end="   ")


def main():
    bench, folders = sys.argv[1], [pathlib.Path(folder) for folder in sys.argv[2:]]
    all_texts = texts()
    size = sum(len(text.encode()) for text in all_texts) / 1e6
    with tempfile.NamedTemporaryFile() as file:
        for text in all_texts:
            data = text.encode()
            file.write(struct.pack("<I", len(data)) + data)
        file.flush()
        for folder in folders:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            ours = subprocess.Popen([bench, folder, file.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            first, _ = turn(tokenizer, all_texts, ours)
            results = [turn(tokenizer, all_texts, ours) for _ in range(TURNS)]
            ours.stdin.close()
            ours.wait()
            report(folder.name, first, [times for times, _ in results], size)
            print("same ids" if all(same for _, same in results) else "OTHER IDS", flush=True)


if __name__ == "__main__":
    main()
