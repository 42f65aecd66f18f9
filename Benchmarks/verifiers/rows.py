#!/usr/bin/env python3
"""Labelled pairs of gold and answer as rows for `assay score` and `assay verifiers bench`.

    rows.py labelled.jsonl.gz... --out folder

A labelled row is {id, gold, pred, pred_kind, expected}; an answer alone is put behind "Answer: ", as R1's prompt asks
for it. `expected` stays in the row, where Assay does not look.
"""
import argparse
import gzip
import json
import pathlib

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("files", nargs="+", type=pathlib.Path)
parser.add_argument("--out", type=pathlib.Path, required=True)
arguments = parser.parse_args()
arguments.out.mkdir(parents=True, exist_ok=True)
for file in arguments.files:
    opened = gzip.open(file, "rt") if file.suffix == ".gz" else open(file)
    with opened as lines, open(arguments.out / f"{file.name.split('.')[0]}.jsonl", "w") as rows:
        for line in lines:
            row = json.loads(line)
            text = row["pred"] if row["pred_kind"] == "completion" else f"Answer: {row['pred']}"
            rows.write(json.dumps({
                "id": row["id"], "domain": "math", "prompt": "", "completion": text, "reference": row["gold"],
                "metadata": {"expected": row["expected"]}}) + "\n")
