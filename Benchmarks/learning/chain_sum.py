#!/usr/bin/env python3
"""Writes reasoning-gym's chain_sum as rows: two to four terms of one digit.

    python Benchmarks/learning/chain_sum.py --count 3000 --seed 1 > chain_sum.jsonl

Exit status 69 when reasoning-gym is not installed.
"""
import argparse
import json
import sys

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--count", type=int, default=100)
parser.add_argument("--seed", type=int, default=0)
options = parser.parse_args()
try:
    import reasoning_gym
except ImportError:
    print("reasoning-gym is not installed: pip install reasoning-gym==0.1.25", file=sys.stderr)
    sys.exit(69)
items = reasoning_gym.create_dataset(
    "chain_sum", size=options.count, seed=options.seed, min_terms=2, max_terms=4, min_digits=1, max_digits=1)
for index, item in enumerate(items):
    print(json.dumps({
        "id": f"chain_sum/{options.seed}/{index}", "domain": "math", "prompt": item["question"],
        "reference": item["answer"]}))
