#!/usr/bin/env python3
"""Are all requests answered, each with its own verdict? A million of them, some cut off half-way.

    exact.py [--requests N] [--clients N] [--processes N] [--url URL | --assay BINARY]

Without --url a service is started and ended. With it nobody else may ask that service meanwhile, because its counters
are compared with what was sent. Python alone is needed; it is faster where uvloop can be imported.

A row's id tells what its verdict must be: reference k, and the answer k or k + 1, both from a digest of the id.
Clients have roles: the table ROLES of exact_clients.py. An answer that is not understood, that has another id or
verdict, that nobody asked for, or that does not come ends in exit code 1.
"""
import argparse
import asyncio
import collections
import multiprocessing
import os
import pathlib
import sys
import time
import urllib.parse
import urllib.request

from exact_clients import Counts, Crew
from server import Server

TREE = pathlib.Path(__file__).resolve().parent.parent.parent


def work(process, url, requests, numbers, progress, results):
    try:
        from uvloop import run
    except ImportError:
        run = asyncio.run
    counts = run(Crew(process, urllib.parse.urlsplit(url), requests, progress).run(numbers))
    results.put(counts)


def metrics(url):
    """Samples without labels, by name."""
    with urllib.request.urlopen(url + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    samples = collections.defaultdict(float)
    samples.update((name, float(value)) for name, _, value in (line.partition(" ") for line in lines)
                   if name != "#" and "{" not in name)
    return samples


def at_rest(url):
    """The counters once nothing is pending, or as they are after a minute."""
    end = time.monotonic() + 60
    while True:
        found = metrics(url)
        if not found["assay_pending_rows"] or time.monotonic() > end:
            return found
        time.sleep(0.1)


def run(options, url):
    """All counts, and seconds."""
    context = multiprocessing.get_context("spawn")
    results, count = context.Queue(), options.processes
    progress = [context.Value("q", 0, lock=False) for _ in range(count)]
    processes = [
        context.Process(target=work, args=(
            process, url, len(range(process, options.requests, count)), range(process, options.clients, count),
            progress[process], results))
        for process in range(count)]
    began = time.monotonic()
    for process in processes:
        process.start()
    total = Counts()
    for _ in processes:
        while results.empty():
            time.sleep(0.1)
            if sys.stderr.isatty():
                done = sum(value.value for value in progress)
                print(f"\r{done:,} answered, {done / (time.monotonic() - began):,.0f}/s ", end="", file=sys.stderr)
            if any(process.exitcode for process in processes):
                sys.exit("A process of clients broke off.")
        total += results.get()
    seconds = time.monotonic() - began
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    for process in processes:
        process.join()
    return total, seconds


def report(options, url, service=None):
    """Whether all is as it must be."""
    before, memory = at_rest(url), service and service.memory()
    total, seconds = run(options, url)
    after = at_rest(url)
    judged = after["assay_rows_total"] - before["assay_rows_total"]
    faults = after["assay_faults_total"] - before["assay_faults_total"]
    most = total.rows + total.unread_rows
    times = sorted(total.seconds)
    at = {f"p{share:g}": times[min(len(times) - 1, int(len(times) * share / 100))] * 1000
          for share in (50, 90, 99, 99.9, 100) if times}
    print(f"{total.requests:,} requests answered of {options.requests:,}, {total.rows:,} rows, in {seconds:.1f} s: "
          f"{total.requests / seconds:,.0f} requests/s, {total.rows / seconds:,.0f} rows/s")
    print("latency, ms: " + ", ".join(f"{name} {value:.2f}" for name, value in at.items()).replace("p100", "max"))
    print(f"{total.connections:,} connections; cut off on purpose: {total.cut_half:,} requests half-way, "
          f"{total.cut_unread:,} before their answer was read ({total.unread_rows:,} rows); {total.busy:,} times 429")
    print(f"the service judged {judged:,.0f} rows, faults {faults:.0f}; pending rows {after['assay_pending_rows']:.0f}"
          + (f"; its memory {memory:.0f} MB before, {service.memory():.0f} MB after" if service else ""))
    wrong = total.mismatches
    if total.requests != options.requests:
        wrong.append(f"{options.requests - total.requests:,} requests have no answer")
    if not total.rows <= judged <= most:
        wrong.append(f"{judged:,.0f} rows were judged; {total.rows:,} to {most:,} were sent")
    if faults:
        wrong.append(f"{faults:.0f} rows met a fault of the judge")
    if after["assay_pending_rows"]:
        wrong.append(f"{after['assay_pending_rows']:.0f} rows are pending, and nobody waits for them")
    print(f"mismatches: {len(wrong)}")
    for line in wrong[:20]:
        print("  " + line)
    return not wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1_000_000, help="to be answered; those cut off come on top")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--url", help="of a service that runs, http://HOST:PORT")
    parser.add_argument("--assay", type=pathlib.Path, default=TREE / ".build/release/assay")
    options = parser.parse_args()
    options.processes = max(1, min(options.processes, options.clients))
    if options.url:
        sys.exit(not report(options, options.url.rstrip("/")))
    if not options.assay.exists():
        sys.exit(f"There is no {options.assay}; swift build -c release makes it.")
    with Server("Assay", [options.assay.resolve(), "serve", "--port", "PORT"], "/ready") as service:
        sys.exit(not report(options, service.url, service))


if __name__ == "__main__":
    main()
