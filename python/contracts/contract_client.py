"""assay_rewards.Client against the real service."""

import json
import urllib.error
import urllib.request

from assay_rewards import Client
from table import URL, attempt, check, finish

RIGHT = {"id": "right", "domain": "math", "prompt": "1+1?", "completion": "\\boxed{2}", "reference": "2"}
WRONG = {**RIGHT, "id": "wrong", "completion": "\\boxed{3}"}
FAULTY = {key: value for key, value in {**RIGHT, "id": "faulty"}.items() if key != "reference"}
NO_ROW = {"id": "no row", "completion": 7}
CODE = {"id": "code", "domain": "code", "prompt": "Add one.",
        "completion": "```python\nprint(int(input()) + 1)\n```",
        "tests": {"kind": "stdio", "cases": [{"stdin": "1\n", "stdout": "2\n"}]}}
VERL = {"data_source": "openai/gsm8k", "ability": "math", "prompt": [{"role": "user", "content": "1+1?"}],
        "completion": "#### 2", "reward_model": {"style": "rule", "ground_truth": "2"},
        "extra_info": {"index": 4}}

client = Client(URL, timeout=60, retries=2)


def rewards(rows, **options):
    return [result.reward for result in client.score(rows, **options)]


def answer_to(path, body, kind="application/json"):
    """(status, the error's code) of a POST of raw bytes."""
    request = urllib.request.Request(URL + path, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, None
    except urllib.error.HTTPError as error:
        return error.code, type(json.loads(error.read())["error"]["code"]).__name__


check("GET /health and /ready", (client.health(), client.ready()), (True, True))
results = client.score([RIGHT, WRONG, CODE, FAULTY, NO_ROW, VERL], ["math-answer"])
check("a reward each, in the order of the rows; a fault is null",
      [r.reward for r in results], [1.0, 0.0, None, None, None, 1.0])
check("ids come back; a row that is none has none", [r.id for r in results[:4]],
      ["right", "wrong", "code", "faulty"])
verdict, fault = results[0].verdicts["math-answer"], results[3].verdicts["math-answer"]
check("the verdict: status, score, reason", [verdict.get(k) for k in ("status", "score", "reason")],
      ["accepted", 1, "equal"])
check("the verdict: details, micros", (verdict["details"]["extracted"], type(verdict["micros"])), ("2", int))
check("a fault: status, reason, message", (fault["status"], bool(fault["reason"]), bool(fault["message"])),
      ("fault", True, True))
check("a row that is none has an error and no verdict", (bool(results[4].error), results[4].verdicts),
      (True, {}))
attempt("without verifiers the domain decides", lambda: [
    "math-answer" in client.score([RIGHT])[0].verdicts, "python-tests" in client.score([CODE])[0].verdicts],
    [True, True])
attempt("weights", lambda: rewards([RIGHT], verifiers=[
    {"name": "math-answer", "weight": 1}, {"name": "think-format", "weight": 3}]), [1.0])
attempt("600 rows", lambda: rewards([RIGHT, WRONG] * 300), [1.0, 0.0] * 300)
attempt("NDJSON: 200 rows in order, faults and bad rows in their places",
        lambda: [r.reward for r in client.score_stream(([RIGHT, WRONG, FAULTY, NO_ROW] * 50))],
        [1.0, 0.0, None, None] * 50)
attempt("text of every kind", lambda: rewards([{**RIGHT, "completion": "π \x00 \u2028 𝄞 \\boxed{2}"}]), [1.0])
attempt("no JSON is 400 with the error object", lambda: answer_to("/v1/score", b"{"), (400, "str"))
attempt("an unknown verifier is 400 with the error object", lambda: answer_to("/v1/score", json.dumps(
    {"rows": [RIGHT], "verifiers": [{"name": "no-such-verifier"}]}).encode()), (400, "str"))
attempt("an unknown route is 404 with the error object", lambda: answer_to("/no/such", b"{}"), (404, "str"))
finish()
