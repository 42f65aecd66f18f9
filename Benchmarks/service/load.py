#!/usr/bin/env python3
"""Assay's service and its peers under load, in turn: a Markdown table of medians. run.sh makes the environment.

    load.py [--assay BINARY] [--seconds N] [--rounds N] [--corpora DIR] [--sample N] [--sandboxfusion DIR]

One pair of servers at a time, each in its own processes, the load from wrk in another. All bodies are sent once before
anything is timed, and the answers compared; then each is loaded for a while, unmeasured; then they take turns.
"""
import argparse
import dataclasses
import gzip
import itertools
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

from server import Server

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "peers"))
import peers  # noqa: E402  the same pairs reach Math-Verify here as there

BATCH = 64
# A run goes on until about so many requests are answered: what is half done at its end counts for nothing.
LEAST_REQUESTS = 60
LONGEST_RUN = 90
# SandboxFusion's /run_code over HTTP, isolation `none`, 8 in flight: programs a second, as once measured on a machine
# with 2 cores of AMD EPYC (Zen 5).
RECORDED_SANDBOXFUSION = 78


@dataclasses.dataclass
class Side:
    """One server's part of a comparison: the same work in its own dialect."""
    server: Server
    path: str
    bodies: list

    def load(self, connections, seconds):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("".join(body + "\n" for body in self.bodies))
            file.flush()
            spent, began = self.server.cpu_seconds(), time.monotonic()
            text = subprocess.run(
                ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s",
                 "--timeout", "600s", "--script", HERE / "cycle.lua", f"http://127.0.0.1:{self.server.port}",
                 "--", file.name, self.path], check=True, capture_output=True, text=True).stdout
            spent, took = self.server.cpu_seconds() - spent, time.monotonic() - began
        self.server.settle()
        found = re.search(r"^RESULT (.*)$", text, re.MULTILINE)
        if not found:
            sys.exit(f"wrk says nothing that is understood:\n{text}")
        result = json.loads(found[1])
        if result["failed"]:
            sys.exit(f"{self.server.name}: {result['failed']} requests failed.\n{text}")
        return Run(result["requests"] / (result["us"] / 1e6), spent / took,
                   [result[key] / 1000 for key in ("p50", "p90", "p99", "max")])


@dataclasses.dataclass
class Run:
    rate: float
    busy: float
    milliseconds: list


def milliseconds(runs):
    """Medians over the rounds; of the maxima the largest."""
    values = [statistics.median(run.milliseconds[at] for run in runs) for at in range(3)]
    values.append(max(run.milliseconds[3] for run in runs))
    return " / ".join(number(value) for value in values)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def compare(title, sides, connections, options):
    """A line of the table, and Assay's rate."""
    lengths = []
    for side in sides:
        rate = side.load(connections, max(1, min(3, options.seconds))).rate
        lengths.append(round(min(LONGEST_RUN, max(options.seconds, LEAST_REQUESTS / max(rate, 1)))))
        progress(f"{title}: {side.server.name} warm, about {number(rate)}/s")
    runs = [[] for _ in sides]
    for turn in range(options.rounds):
        for side, seconds, into in zip(sides, lengths, runs):
            into.append(side.load(connections, seconds))
            progress(f"{title}: round {turn + 1}, {side.server.name}, {number(into[-1].rate)}/s")
    theirs, ours = runs
    ratio = statistics.median(b.rate / a.rate for a, b in zip(theirs, ours))
    rates = [statistics.median(run.rate for run in side) for side in runs]
    busy = [statistics.median(run.busy for run in side) for side in runs]
    print(f"| {title} | {connections} | {number(rates[0])} | {number(rates[1])} | {ratio:.1f}x "
          f"| {milliseconds(theirs)} | {milliseconds(ours)} | {busy[0]:.1f}, {busy[1]:.1f} |", flush=True)
    return rates[1]


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def pairs(options):
    """Labelled pairs, the same ones every time: right and wrong answers of each corpus in turn."""
    if not options.corpora:
        return [json.loads(line) for line in (HERE / "pairs.jsonl").read_text().splitlines()]
    groups = []
    for path in sorted(options.corpora.glob("*.jsonl.gz")):
        # Hostile inputs and the graders' own tests are no ordinary traffic: Benchmarks/peers has them.
        if "hard" in path.name or "tests" in path.name:
            continue
        with gzip.open(path, "rt") as lines:
            rows = [json.loads(line) for line in lines]
        for expected in (True, False):
            group = [row for row in rows if row.get("expected") is expected and "gold" in row]
            random.Random(f"{path.name} {expected}").shuffle(group)
            groups.append(group)
    mixed = [row for row in itertools.chain(*itertools.zip_longest(*groups)) if row]
    if not mixed:
        sys.exit(f"{options.corpora} has no *.jsonl.gz of {{gold, pred, pred_kind, expected}}.")
    sample = mixed[:options.sample]
    random.Random(1).shuffle(sample)
    return sample


def for_peer(row):
    """As Benchmarks/peers calls Math-Verify: formulas between dollars, completions as they are."""
    pred = row["pred"] if row["pred_kind"] == "completion" else peers.in_formula(row["pred"])
    return {"gold": peers.in_formula(row["gold"]), "pred": pred}


def for_assay(row, number):
    text = row["pred"] if row["pred_kind"] == "completion" else f"Answer: {row['pred']}"
    return {"id": str(number), "domain": "math", "reference": row["gold"], "completion": text}


def math(options, assay):
    rows = pairs(options)
    theirs = [for_peer(row) for row in rows]
    ours = [for_assay(row, number) for number, row in enumerate(rows)]
    name = "FastAPI + Math-Verify"
    with Server(name, [sys.executable, HERE / "peer.py", "math", "--port", "PORT"], "/ready") as peer:
        singly = [Side(peer, "/score", [json.dumps(row) for row in theirs]),
                  Side(assay, "/v1/score", [json.dumps({"rows": [row]}) for row in ours])]
        rewards = [[peer.post("/score", body)["reward"] for body in singly[0].bodies],
                   [assay.post("/v1/score", body)["results"][0]["reward"] for body in singly[1].bodies]]
        right = [sum(reward == row["expected"] for reward, row in zip(side, rows)) for side in rewards]
        batches = [Side(peer, "/score_batch", [json.dumps(part) for part in cut(theirs)]),
                   Side(assay, "/v1/score", [json.dumps({"rows": part}) for part in cut(ours)])]
        for row in ours:  # what stands in batches is judged as what stands alone
            row["reward"] = rewards[1][int(row["id"])]
        for part, body, peers_body in zip(cut(ours), batches[1].bodies, batches[0].bodies):
            results = assay.post("/v1/score", body)["results"]
            assert [(result["id"], result["reward"]) for result in results] == \
                [(row["id"], row["reward"]) for row in part], "Assay judges a batch otherwise than its rows"
            assert len(peer.post("/score_batch", peers_body)["rewards"]) == len(part)
        compare(f"math, one row a request; {name}", singly, 16, options)
        compare(f"the same, one request at a time; {name}", singly, 1, options)
        compare(f"math, {BATCH} rows a request; {name}", batches, 8, options)
    return (f"Math: {len(rows)} pairs, {sum(row['expected'] for row in rows)} of them with a right answer. Right "
            f"verdicts: {right[0]} by the peer, {right[1]} by Assay.")


def cut(rows):
    """Whole batches; what is left over is filled up from the beginning."""
    count = -(-len(rows) // BATCH)
    endless = itertools.cycle(rows)
    return [list(itertools.islice(endless, BATCH)) for _ in range(count)]


def code(options, assay):
    program = {"code": "print('one line')", "language": "python"}
    output = "one line\n"
    ours = Side(assay, "/run_code", [json.dumps(program)])
    assert assay.post("/run_code", ours.bodies[0])["run_result"]["stdout"] == output
    with Server("FastAPI + python3 -c", [sys.executable, HERE / "peer.py", "code", "--port", "PORT"], "/ready") as peer:
        theirs = Side(peer, "/run_code", ours.bodies)
        assert peer.post("/run_code", theirs.bodies[0])["stdout"] == output
        rate = compare("programs of one line; FastAPI + `python3 -I -S -c`, no isolation", [theirs, ours], 8, options)
    if not options.sandboxfusion:
        print(f"| programs of one line; SandboxFusion, isolation `none` | 8 | {RECORDED_SANDBOXFUSION} (recorded, not "
              f"of this run) | {number(rate)} | {rate / RECORDED_SANDBOXFUSION:.1f}x | | | |", flush=True)
        return
    folder = options.sandboxfusion.resolve()
    python = next((path for path in [folder / ".venv/bin/python"] if path.exists()), "python3")
    command = [python, "-m", "uvicorn", "sandbox.server.server:app", "--host", "127.0.0.1", "--port", "PORT",
               "--log-level", "warning"]
    with Server("SandboxFusion", command, "/v1/ping", folder) as peer:
        theirs = Side(peer, "/run_code", ours.bodies)
        assert peer.post("/run_code", theirs.bodies[0])["run_result"]["stdout"] == output
        compare("programs of one line; SandboxFusion, as its checkout is set up", [theirs, ours], 8, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", type=pathlib.Path, default=TREE / ".build/release/assay")
    parser.add_argument("--seconds", type=int, default=5, help="of one measured run, at least")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--corpora", type=pathlib.Path, help="labelled pairs, *.jsonl.gz; default: pairs.jsonl")
    parser.add_argument("--sample", type=int, default=256, help="pairs taken of the corpora")
    parser.add_argument("--only", choices=["math", "code"], help="one half")
    parser.add_argument("--sandboxfusion", type=pathlib.Path, help="a checkout whose server starts")
    options = parser.parse_args()
    if not options.assay.exists():
        sys.exit(f"There is no {options.assay}; swift build -c release makes it.")
    if options.seconds < 1 or options.rounds < 1:
        sys.exit("--seconds and --rounds are at least 1.")
    print("| work; peer | in flight | peer, requests/s | Assay, requests/s | ratio | peer, ms: p50 / p90 / p99 / max "
          "| Assay, ms | processors busy: peer, Assay |\n"
          "| --- | --: | --: | --: | --: | --: | --: | --: |", flush=True)
    command = [options.assay.resolve(), "serve", "--port", "PORT"]
    note = ""
    with Server("Assay", command, "/ready") as assay:
        if options.only != "code":
            note = math(options, assay)
        if options.only != "math":
            code(options, assay)
    progress("")
    print(f"\n{note} Medians of {options.rounds} rounds of at least {options.seconds} s; ratio: the median of the "
          f"rounds' ratios.".strip())


if __name__ == "__main__":
    main()
