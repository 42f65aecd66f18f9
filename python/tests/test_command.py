import contextlib
import io
import json
import os
import tempfile
import unittest

import context  # noqa: F401, first of all: it sets the path
from assay_rewards.__main__ import main
from fake_server import FakeServer

RIGHT = json.dumps({"id": "a", "domain": "math", "prompt": "", "completion": "2", "reference": "2"})
FAULTY = json.dumps({"id": "b", "domain": "math", "prompt": "", "completion": "2"})


class Command(unittest.TestCase):
    def run_on(self, lines, *options):
        with tempfile.TemporaryDirectory() as folder, FakeServer() as server:
            source, target = os.path.join(folder, "rows.jsonl"), os.path.join(folder, "scored.jsonl")
            with open(source, "wb") as file:
                file.write(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
            status = main(["score", "--input", source, "--output", target, "--url", server.url, *options])
            with open(target, encoding="utf-8") as file:
                return status, [json.loads(line) for line in file]

    def test_exit_status_and_order(self):
        cases = [
            ([RIGHT, "", RIGHT], 0, ["a", "a"]),
            ([RIGHT, FAULTY], 1, ["a", "b"]),
            ([FAULTY, "{", RIGHT], 65, ["b", None, "a"]),
            ([RIGHT, "7"], 65, ["a", None]),
            (['{"completion": "x", "reference": NaN}', RIGHT, b'{"completion": "\xff"}'], 65, [None, "a", None]),
            ([], 0, []),
        ]
        for lines, status, ids in cases:
            with self.subTest(lines=lines):
                found, scored = self.run_on(lines)
                self.assertEqual((found, [row.get("id") for row in scored]), (status, ids))
        self.assertEqual(self.run_on([RIGHT, "{"])[1][1]["line"], 2)

    def test_verifiers(self):
        _, scored = self.run_on([RIGHT], "--verifier", "math-answer", "--verifier", "think-format")
        self.assertEqual(list(scored[0]["verdicts"]), ["math-answer", "think-format"])

    def test_what_goes_wrong(self):
        for arguments, status in [(["score", "--colour"], 64), (["score", "--input", "/no/such/file"], 1)]:
            with self.subTest(arguments=arguments), contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(main(arguments), status)


if __name__ == "__main__":
    unittest.main()
