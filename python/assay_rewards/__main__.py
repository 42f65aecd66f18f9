"""`python -m assay_rewards score --input rows.jsonl`: rows scored by a running service."""

import argparse
import gzip
import json
import sys
from typing import Any, BinaryIO, Dict, List, Optional, TextIO

from assay_rewards.client import Client, Result
from assay_rewards.errors import AssayError


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit status, as `assay score` has it: 0 all judged, 1 a fault or no service, 65 bad lines, 64 usage."""
    parser = argparse.ArgumentParser(
        prog="assay-rewards",
        description="Scores rows on a running `assay serve`. Its token is read from ASSAY_TOKEN.",
        epilog="example: assay-rewards score --input rows.jsonl --verifier math-answer > scored.jsonl")
    parser.add_argument("command", choices=["score"])
    parser.add_argument("--input", default="-", help="rows as JSON Lines, also .gz; - is standard input")
    parser.add_argument("--output", default="-", help="one object a row, in order; - is standard output")
    parser.add_argument("--url", help="default: ASSAY_URL, then http://127.0.0.1:8080")
    parser.add_argument("--verifier", action="append", help="by name, several times; default: by domain")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as exit:
        return 64 if exit.code else 0
    try:
        with opened(options.input, "rb") as lines, opened(options.output, "w") as output:
            return score(Client(options.url), lines, output, options.verifier)
    except (AssayError, OSError) as error:
        print(f"assay-rewards: {error}", file=sys.stderr)
        return 1


def no_json(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def score(client: Client, lines: BinaryIO, output: TextIO, verifiers: Optional[List[str]]) -> int:
    rows, places, bad = [], [], {}
    texts = [(number, text) for number, text in enumerate(lines, 1) if text.strip()]
    for number, text in texts:
        try:
            rows.append(json.loads(text.decode(), parse_constant=no_json))
            places.append(number)
        except ValueError as error:  # and UnicodeDecodeError, which is one
            bad[number] = f"no JSON: {error}"
    judged = dict(zip(places, client.score(rows, verifiers)))
    status = 0
    for number, _ in texts:
        result = judged.get(number)
        error = bad.get(number) if result is None else result.error
        if error is not None:
            status = 65
            answer: Dict[str, Any] = {"line": number, "error": error}
        else:
            answer = as_object(result)
            status = status or int(bool(result.faults))
        output.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return status


def as_object(result: Result) -> Dict[str, Any]:
    return {"id": result.id, "reward": result.reward, "verdicts": result.verdicts}


def opened(path: str, mode: str):
    encoding = None if "b" in mode else "utf-8"
    if path == "-":
        stream = sys.stdout if "w" in mode else sys.stdin
        return open(stream.fileno(), mode, encoding=encoding, closefd=False)
    if path.endswith(".gz"):
        return gzip.open(path, mode if "b" in mode else mode + "t", encoding=encoding)
    return open(path, mode, encoding=encoding)


if __name__ == "__main__":
    sys.exit(main())
