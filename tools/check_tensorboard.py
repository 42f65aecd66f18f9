#!/usr/bin/env python3
"""Compares a run's TensorBoard event files, read by TensorBoard itself, with its metrics.

    python3 -m venv /tmp/tensorboard && /tmp/tensorboard/bin/pip install tensorboard
    /tmp/tensorboard/bin/python tools/check_tensorboard.py runs/spark

Every scalar must be there once, in the order of the rows, and equal as a float of 32 bits; nothing else may be there.
Exit status: 0 all equal, 1 a difference.
"""

import collections
import json
import pathlib
import struct
import sys

from tensorboard.backend.event_processing import event_accumulator


def rows(file):
    """The whole lines of a file of rows."""
    return [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{") and line.endswith("}")]


def single(value):
    """The nearest float of 32 bits."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def expected(folder):
    """By name: step and value of each row that has it."""
    found = collections.defaultdict(list)
    times = folder / "timings.jsonl"
    clocks = rows(times) if times.exists() else []
    for index, row in enumerate(rows(folder / "metrics.jsonl")):
        for name, value in (clocks[index] | row if index < len(clocks) else row).items():
            if isinstance(value, (int, float)) and name != "step":
                found[name].append((row["step"], single(value)))
    return found


def main(folder):
    board = event_accumulator.EventAccumulator(str(folder), size_guidance={event_accumulator.SCALARS: 0})
    board.Reload()
    wanted, tags = expected(folder), set(board.Tags()["scalars"])
    faults = [f"{name}: only in {'metrics.jsonl' if name in wanted else 'the event file'}" for name in tags ^ set(wanted)]
    count = 0
    for name in sorted(tags & set(wanted)):
        # Events of one step are told apart by when they were written; the accumulator keeps them in that order.
        shown = [(event.step, event.value) for event in board.Scalars(name)]
        count += len(shown)
        if shown != wanted[name]:
            faults.append(f"{name}: {len(shown)} values, {len(wanted[name])} expected, first difference "
                          f"{next((pair for pair in zip(shown, wanted[name]) if pair[0] != pair[1]), 'in their number')}")
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{count} scalars under {len(tags)} names, {len(faults)} differences.")
    return 1 if faults or not count else 0


if len(sys.argv) != 2:
    sys.exit(__doc__)
sys.exit(main(pathlib.Path(sys.argv[1])))
