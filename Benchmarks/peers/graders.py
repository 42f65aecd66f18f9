#!/usr/bin/env python3
"""Assay and its peers on labelled pairs: a Markdown table for each corpus. run.sh makes the environment and calls this.

    graders.py CORPUS_DIR [--sample N] [--only GRADER]... [--assay BINARY] [--limit SECONDS] [--verdicts FILE]

A corpus is a file *.jsonl.gz of {id, source, gold, pred, pred_kind, expected}; labelled-outputs is divided by source.
A peer runs in a process of its own, with 4 GB, and a pair gets --limit seconds: a process that takes longer or dies is
replaced; such a pair is never right, and neither accepted nor rejected. A grader that refuses a pair (an exception or
a fault, mostly because it can't read the gold answer) has not accepted it. The column "failed" counts all of them.

Times are CPU seconds of one call, those of its child processes too, or the limit where a pair hung. Assay's verdicts
are those of `assay score`, and its times those of `assay verifiers bench`, on rows that rows.py makes.
"""
import argparse
import collections
import contextlib
import dataclasses
import gzip
import importlib.metadata
import json
import math
import os
import pathlib
import random
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import peers

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
DISPUTED = TREE / "Tests/VerifiersTests/disputed.jsonl"
START_LIMIT = 120
# A call that took this long may have left a thread behind that slows what follows; the next pair gets a new process.
SUSPECT = 1.0


@dataclasses.dataclass
class Outcome:
    """What a grader says of a pair; failure is "hang" or "crash" (accepted is then None), or why it refused."""
    accepted: bool | None
    failure: str = ""
    seconds: float = 0


class Unavailable(Exception):
    """A grader that can't be imported here."""


class Peer:
    """A grader of peers.py in a process that may hang, crash and eat memory."""

    def __init__(self, name, limit):
        self.name, self.limit, self.process = name, limit, None

    def start(self):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, HERE / "peers.py", self.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.log, start_new_session=True)
        if self.line(START_LIMIT) != b"ready\n":
            self.stop()
            self.log.seek(0)
            raise Unavailable((self.log.read().decode(errors="replace").strip().splitlines() or ["no answer"])[-1])

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)  # those that the grader forked as well
            self.process.wait()
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    def line(self, seconds):
        """The next line; None after that time, and empty where the process is gone."""
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline() if ready else None

    def grade(self, row):
        if not self.process:
            self.start()
        began = time.monotonic()
        try:
            self.process.stdin.write(json.dumps(row).encode() + b"\n")
            self.process.stdin.flush()
            line = self.line(self.limit)
        except BrokenPipeError:
            line = b""
        took = time.monotonic() - began
        if not line or took > SUSPECT:
            self.stop()
        if line is None:
            return Outcome(None, "hang", self.limit)
        if not line:
            return Outcome(None, "crash", took)
        answer = json.loads(line)
        return Outcome(answer.get("accepted", False), answer.get("error", ""), answer["seconds"])


def assay(binary, rows, folder):
    """Assay's outcomes for rows, and the times that its own bench takes: median, p99, slowest and pairs a second."""
    if not binary.exists():
        raise Unavailable(f"no {binary}; swift build -c release makes it")
    labelled = folder / "pairs.jsonl"
    labelled.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = folder / "rows"
    subprocess.run([sys.executable, TREE / "Benchmarks/verifiers/rows.py", labelled, "--out", made], check=True)
    verdicts = folder / "verdicts.jsonl"
    verdicts.unlink(missing_ok=True)
    subprocess.run(["timeout", "600", binary, "score", "--verifier", "math-answer", "--jobs", "1",
                    "--input", made / "pairs.jsonl", "--output", verdicts],
                   stderr=subprocess.DEVNULL, preexec_fn=peers.limit_memory)
    said = {}
    for line in verdicts.read_text().splitlines() if verdicts.exists() else ():
        answer = json.loads(line)
        verdict = answer.get("verdicts", {}).get("math-answer", {})
        fault = verdict.get("message", "") if verdict.get("status") == "fault" else ""
        said[answer["id"]] = Outcome(verdict.get("status") == "accepted", fault)
    outcomes = [said.get(row["id"], Outcome(None, "crash")) for row in rows]
    text = subprocess.run([binary, "verifiers", "bench", "--rounds", "3", made / "pairs.jsonl"],
                          capture_output=True, text=True).stdout
    found = re.search(r"median ([\d.]+) µs, p99 ([\d.]+) µs, slowest ([\d.]+) µs.*?, ([\d.]+) rows/s", text)
    times = [float(number) for number in found.groups()] if found else [math.nan] * 4
    return outcomes, (times[0] / 1e6, times[1] / 1e6, times[2] / 1e6, times[3])


def peer(name, limit, rows):
    grader = Peer(name, limit)
    outcomes = []
    try:
        for number, row in enumerate(rows):
            outcomes.append(grader.grade(row))
            if number % 100 == 99:
                progress(f"{name}: {number + 1} of {len(rows)}")
    finally:
        grader.stop()
    seconds = sorted(outcome.seconds for outcome in outcomes)
    p99 = seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)]
    return outcomes, (statistics.median(seconds), p99, seconds[-1], len(seconds) / max(sum(seconds), 1e-9))


def corpora(folder, sample):
    """The tables: (title, rows), at most `sample` rows drawn for each, the same ones every time."""
    files = sorted(folder.glob("*.jsonl.gz"))
    if not files:
        sys.exit(f"no *.jsonl.gz in {folder}")
    for file in files:
        tables = collections.defaultdict(list)
        title = file.name.split(".")[0]
        with gzip.open(file, "rt") as lines:
            for line in lines:
                row = json.loads(line)
                divided = f"{title}: {row['source'].split('(')[0].strip()}" if title == "labelled-outputs" else title
                tables[divided].append(row)
        for divided, rows in sorted(tables.items()):
            chosen = range(len(rows))
            if sample and sample < len(rows):
                chosen = sorted(random.Random(1).sample(chosen, sample))
            yield divided, [rows[i] for i in chosen]


def percent(part, whole):
    return f"{100 * part / whole:.1f}" if whole else "–"


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def judged(pairs):
    """Right, wrongly accepted of those that are wrong, wrongly rejected of those that are right; in percent."""
    wrong = [outcome for row, outcome in pairs if not row["expected"]]
    right = [outcome for row, outcome in pairs if row["expected"]]
    return (percent(sum(outcome.accepted == row["expected"] for row, outcome in pairs), len(pairs)),
            percent(sum(outcome.accepted is True for outcome in wrong), len(wrong)),
            percent(sum(outcome.accepted is False for outcome in right), len(right)))


def table_row(name, rows, disputed, outcomes, times):
    pairs = list(zip(rows, outcomes))
    kinds = collections.Counter(
        {"hang": "hung", "crash": "crashed"}.get(outcome.failure, "refused") for outcome in outcomes if outcome.failure)
    silent = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    agreed = judged([(row, outcome) for row, outcome in pairs if row["id"] not in disputed])
    both = [all_rows if all_rows == without else f"{all_rows} ({without})"
            for all_rows, without in zip(judged(pairs), agreed)]
    median, p99, slowest, rate = times
    return [name, *both, silent or "0", duration(median), duration(p99), duration(slowest), f"{rate:,.0f}"]


def summary(results):
    """One table of all: right % (wrongly accepted / wrongly rejected in %), of all rows."""
    titles = list(dict.fromkeys(title for title, _ in results))
    print("\n### Right % (wrongly accepted / wrongly rejected)\n\n| grader | "
          + " | ".join(titles) + " |\n" + "| --- " * (len(titles) + 1) + "|")
    for name in dict.fromkeys(name for _, name in results):
        cells = [results.get((title, name)) for title in titles]
        print(f"| {name} | " + " | ".join("{} ({} / {})".format(*cell) if cell else "" for cell in cells) + " |")


def progress(text):
    print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=pathlib.Path)
    parser.add_argument("--sample", type=int, help="at most this many pairs for a table")
    parser.add_argument("--only", action="append", choices=["Assay", *peers.GRADERS], help="may be given several times")
    built = TREE / ".build/release/assay"
    parser.add_argument("--assay", type=pathlib.Path, default=built if built.exists() else TREE / ".build/debug/assay")
    parser.add_argument("--limit", type=float, default=10, help="seconds of wall clock for a pair")
    parser.add_argument("--verdicts", type=pathlib.Path, help="write all verdicts here, as JSON lines")
    arguments = parser.parse_args()

    disputed = {json.loads(line)["id"] for line in DISPUTED.read_text().splitlines()} if DISPUTED.exists() else set()
    names = [name for name in ["Assay", *peers.GRADERS] if not arguments.only or name in arguments.only]
    log = open(arguments.verdicts or os.devnull, "w")
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in peers.PACKAGES)
    print(f"Assay ({arguments.assay.parent.name} build), {versions}. In brackets without the rows of disputed.jsonl.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # and stop the peer
    results = {}
    for title, rows in corpora(arguments.corpora, arguments.sample):
        count = sum(row["id"] in disputed for row in rows)
        print(f"\n### {title}: {len(rows)} pairs, {sum(row['expected'] for row in rows)} of them to accept, "
              f"{count} disputed\n")
        print("| grader | right % | wrongly accepted % | wrongly rejected % | failed "
              "| median | p99 | slowest | pairs/s |\n" + "| --- " * 9 + "|", flush=True)
        for name in names:
            progress(f"{title}: {name}")
            try:
                if name == "Assay":
                    with tempfile.TemporaryDirectory() as folder:
                        outcomes, times = assay(arguments.assay, rows, pathlib.Path(folder))
                else:
                    outcomes, times = peer(name, arguments.limit, rows)
            except Unavailable as reason:
                progress(f"{name} is left out: {reason}")
                continue
            print("| " + " | ".join(table_row(name, rows, disputed, outcomes, times)) + " |", flush=True)
            results[title, name] = judged(list(zip(rows, outcomes)))
            for row, outcome in zip(rows, outcomes):
                print(json.dumps({"grader": name, "corpus": title, "id": row["id"], "expected": row["expected"],
                                  **dataclasses.asdict(outcome)}), file=log, flush=True)
    summary(results)


if __name__ == "__main__":
    main()
