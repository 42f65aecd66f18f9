#!/usr/bin/env python3
"""Writes logic items of reasoning-gym as rows for a recipe's `tasks`, to be judged by this folder's plugin.

    python plugins/reasoning-gym-logic/generate.py --count 500 --seed 1 > logic.jsonl
    python plugins/reasoning-gym-logic/generate.py --dataset knights_knaves n_people=3 --count 200 > knights.jsonl

Items whose own reference the package's scorer does not pay in full once they are JSON are left out, and counted on
standard error. Exit status 69 when reasoning-gym is not installed.
"""
import argparse
import json
import sys

DATASETS = ["aiw", "circuit_logic", "knights_knaves", "propositional_logic", "self_reference", "syllogism", "zebra_puzzles"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", nargs="+", action="append", metavar=("NAME", "KEY=VALUE"),
                        help="a data set with its options; may be given several times; all of logic when absent")
    parser.add_argument("--count", type=int, default=100, help="items of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--domain", default="logic", help="whose rewards judge the rows")
    given = parser.parse_args()
    try:
        import reasoning_gym
    except ImportError:
        print("reasoning-gym is not installed: pip install reasoning-gym==0.1.25", file=sys.stderr)
        sys.exit(69)
    for name, *pairs in given.dataset or [[name] for name in DATASETS]:
        options = {key: json.loads(value) for key, value in (pair.split("=", 1) for pair in pairs)}
        dataset = reasoning_gym.create_dataset(name, size=given.count, seed=given.seed, **options)
        score = reasoning_gym.get_score_answer_fn(name)
        left_out = 0
        for index, item in enumerate(dataset):
            metadata = json.loads(json.dumps({"source_dataset": name, **item["metadata"]}, default=str))
            # Where many answers are right there is none of its own, but an example.
            answer = item["answer"] or metadata.get("example_answer")
            if not isinstance(answer, str) or not paid(score, answer, metadata):
                left_out += 1
                continue
            print(json.dumps({
                "id": f"{name}/{given.seed}/{index}", "domain": given.domain, "prompt": item["question"],
                "reference": answer, "metadata": metadata}))
        if left_out:
            print(f"{name}: {left_out} of {given.count} items left out", file=sys.stderr)


def paid(score, answer, metadata):
    try:
        return score(answer, {"question": "", "answer": answer, "metadata": metadata}) >= 0.999
    except Exception:
        return False


if __name__ == "__main__":
    main()
