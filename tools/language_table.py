#!/usr/bin/env python3
"""Writes Sources/CLanguageTable/table.bin from the model of py3langid 0.4.0 (PyPI, BSD-3-Clause).

    pip install py3langid==0.4.0 numpy && tools/language_table.py

Kept: n-grams of lower-case letters, blanks and apostrophes of four scripts that several languages share, where they
tell languages apart; a script that one language writes needs no table. The layout is in CLanguageTable.h.
"""
import collections
import io
import lzma
import pathlib
import struct
import zlib

import numpy
import py3langid

SCRIPTS = {
    "latin": "en de fr es pt it ca gl nl af da no sv fi et hu pl cs sk sl hr ro sq tr az eu is lt lv tl id ms vi sw "
             "cy ga eo mt la so ha yo zu xh",
    "cyrillic": "ru uk bg be mk sr kk mn ky",
    "devanagari": "hi mr ne",
    "arabic": "ar fa ur ps ug",
}
# The best language's lead over the median one, in logarithms of probability, below which an n-gram is left out: where
# few languages share a script, small leads tell them apart (Russian from Ukrainian).
LEAST = {"latin": 4, "cyrillic": 0, "devanagari": 1.5, "arabic": 0}
# Steps of a weight in logarithms of probability are 1 / STEPS; 15 steps below the best are as bad as any.
STEPS = 1.5
TARGET = pathlib.Path(__file__).parent.parent / "Sources/CLanguageTable/table.bin"


def model():
    """n-gram -> log-probabilities by language; the languages."""
    packed = pathlib.Path(py3langid.__file__).parent / "data/model.npz.xz"
    arrays = numpy.load(io.BytesIO(lzma.open(packed).read()))
    rows, row_of, feature_of = arrays["nextmove"].reshape(-1, 256), arrays["nextmove_row"], arrays["out_feat"]
    weights = arrays["ptc"].astype(numpy.float32)
    # The shortest path from the start to a state of the automaton is the n-gram that it stands for.
    paths, queue = {0: b""}, collections.deque([0])
    while queue:
        state = queue.popleft()
        for byte, following in enumerate(rows[row_of[state]].tolist()):
            if following not in paths:
                paths[following] = paths[state] + bytes([byte])
                queue.append(following)
    grams = {}
    for state, path in paths.items():
        feature = int(feature_of[state])
        if feature >= 0 and (feature not in grams or len(path) < len(grams[feature])):
            grams[feature] = path
    return {gram: weights[feature] for feature, gram in grams.items()}, [str(name) for name in arrays["classes"]]


def script(gram):
    """The script that an n-gram's bytes are of; `fragment` for bytes in the middle of characters."""
    if all(byte < 0x80 for byte in gram):
        return "latin"
    if any(0xD0 <= byte <= 0xD4 for byte in gram):
        return "cyrillic"
    if 0xE0 in gram:
        return "devanagari" if b"\xe0\xa4" in gram or b"\xe0\xa5" in gram else None
    if any(0xD8 <= byte <= 0xDB for byte in gram):
        return "arabic"
    if any(0xC3 <= byte <= 0xC9 or byte in (0xE1, 0xCC) for byte in gram):
        return "latin"
    return "fragment"


def is_kept(gram, name):
    letters = all(97 <= byte <= 122 or byte >= 0x80 or byte in b" '" for byte in gram)
    kind = script(gram)
    inside = kind == "fragment" and (name != "latin" or any(0x80 <= byte <= 0xBF for byte in gram))
    return letters and len(gram) <= 5 and (kind == name or inside)


def main():
    grams, classes = model()
    place = {name: classes.index(name) for name in " ".join(SCRIPTS.values()).split()}
    out = b""
    for name, languages in SCRIPTS.items():
        languages = languages.split()
        columns = [place[language] for language in languages]
        keys, rows = [], []
        for gram in sorted(grams):
            row = grams[gram][columns]
            if not is_kept(gram, name) or row.max() - numpy.median(row) < LEAST[name]:
                continue
            steps = numpy.clip(numpy.round((row.max() - row) * STEPS), 0, 15).astype(numpy.uint8)
            keys.append(gram.ljust(5, b"\0"))
            rows.append(numpy.pad(steps, (0, len(steps) % 2)))
        # A column at a time compresses best.
        table = numpy.array(rows).T
        out += struct.pack("<2I", len(languages), len(rows))
        out += b"".join(language.encode().ljust(4, b"\0") for language in languages)
        out += numpy.frombuffer(b"".join(keys), numpy.uint8).reshape(-1, 5).T.tobytes()
        out += (table[0::2] | table[1::2] << 4).tobytes()
        print(f"{name}: {len(languages)} languages, {len(rows)} n-grams")
    packed = struct.pack("<I", len(out)) + zlib.compress(out, 9)
    TARGET.write_bytes(packed)
    print(f"{TARGET.name}: {len(packed)} bytes, {len(out)} unpacked")


main()
