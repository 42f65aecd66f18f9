"""A stand-in for `assay serve`: the documented forms, and toy judges that are enough to test a client with.

    with FakeServer(token="secret") as server:
        Client(server.url, "secret")

`python3 python/tests/fake_server.py 8080` runs one to try the contracts against. It runs the programs it is
sent, without a sandbox: for tests only.
"""

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fake_routes

DOMAIN_VERIFIERS = {"math": "math-answer", "code": "python-tests", "logic": "exact-match"}


class FakeServer:
    """Listens on a free port of the loopback until the block ends.

    token: what a request must carry, None for nothing.
    script: answers given before any scoring: (status, headers, body) or "close", one a request.
    requests: every request so far: (method, path, headers, parsed body, the client's address).
    """

    def __init__(self, token=None, port=0):
        self.token = token
        self.script = []
        self.requests = []
        self.cut_after = None  # lines of an NDJSON answer before the connection is cut, once
        bound = type("Bound", (Handler,), {"server_state": self})
        self.http = Listener(("127.0.0.1", port), bound)
        self.url = "http://127.0.0.1:%d" % self.http.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # trainers connect by the dozen at once


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_state = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.handle_request("GET", b"")

    def do_POST(self):
        self.handle_request("POST", self.rfile.read(int(self.headers["Content-Length"])))

    def handle_request(self, method, body):
        state = self.server_state
        is_stream = self.headers.get("Content-Type") == "application/x-ndjson"
        try:
            lines = body.split(b"\n") if is_stream else [body or b"null"]
            values = [json.loads(line) for line in lines if line]
            value = values if is_stream else values[0]
        except ValueError:
            return self.reply(*error(400, "bad-json", "The body is no JSON."))
        state.requests.append((method, self.path, dict(self.headers), value, self.client_address))
        if state.script:
            planned = state.script.pop(0)
            if planned == "close":
                self.close_connection = True
                self.connection.close()
                return
            return self.reply(*planned)
        if state.token and self.headers.get("Authorization") != "Bearer " + state.token:
            return self.reply(*error(401, "unauthorized", "The token is missing or wrong."))
        if self.path == "/v1/score" and is_stream:
            return self.stream([score_row(row, index, None) for index, row in enumerate(value)])
        if self.path == "/v1/score":
            verifiers = value.get("verifiers")
            unknown = [v["name"] for v in verifiers or [] if v["name"] not in JUDGES]
            if unknown:
                return self.reply(*error(400, "unknown-verifier", f"There is no {unknown[0]}."))
            results = [score_row(row, i, verifiers) for i, row in enumerate(value["rows"])]
            return self.reply(200, {}, {"results": results})
        if self.path in ("/health", "/ready", "/v1/ping"):
            return self.reply(200, {}, {"status": "ok"})
        route = fake_routes.ROUTES.get((method, self.path))
        if route is None:
            return self.reply(*error(404, "no-route", f"There is no {self.path}."))
        answer = route(value)
        return self.reply(*answer) if isinstance(answer, tuple) else self.reply(200, {}, answer)

    def reply(self, status, headers, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, results):
        cut, self.server_state.cut_after = self.server_state.cut_after, None
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for result in results[:cut]:
            line = json.dumps(result).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()
        if cut is None:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True


def error(status, code, message, **headers):
    return status, headers, {"error": {"code": code, "message": message}}


def overloaded(seconds):
    return 429, {"Retry-After": seconds}, {"error": {"code": "overloaded", "message": "Too many rows wait."}}


def score_row(row, index, verifiers):
    """The toy judges: equality with what stands in the last box, tests of programs, an opening <think>."""
    if not isinstance(row, dict) or not isinstance(row.get("completion"), str):
        return {"index": index, "error": "The row has no completion."}
    names = [v["name"] for v in verifiers] if verifiers else [DOMAIN_VERIFIERS[domain_of(row)]]
    verdicts = {name: JUDGES[name](row) for name in names}
    weights = {v["name"]: v.get("weight", 1) for v in verifiers or []}
    scores = [(weights.get(name, 1), v.get("score")) for name, v in verdicts.items()]
    is_faulty = any(score is None for _, score in scores)
    reward = None if is_faulty else sum(w * s for w, s in scores) / sum(w for w, _ in scores)
    return {"id": str(row.get("id", index)), "reward": reward, "verdicts": verdicts}


def domain_of(row):
    return row.get("domain") or row.get("ability") or ("code" if tests_of(row) else "math")


def reference_of(row):
    if row.get("reference") is not None:
        return row["reference"]
    if row.get("reward_model"):
        return row["reward_model"].get("ground_truth")
    answer = row.get("answer")
    return answer.split("####")[-1].strip() if isinstance(answer, str) else answer


def tests_of(row):
    if row.get("tests"):
        return row["tests"]
    truth = (row.get("reward_model") or {}).get("ground_truth")
    if isinstance(truth, str) and truth.startswith("{"):
        truth = json.loads(truth)
    return truth if isinstance(truth, dict) and "inputs" in truth else None


def math_answer(row):
    reference = reference_of(row)
    if reference is None:
        return fault("unreadable-reference", "The row has no reference.")
    found = re.findall(r"\\boxed\{([^{}]*)\}|(-?[0-9]+)", row["completion"].split("</think>")[-1])
    answer = next((box or number for box, number in reversed(found)), None)
    is_right = answer is not None and answer == str(reference)
    return verdict(is_right, "equal" if is_right else "wrong-answer", extracted=answer)


def python_tests(row):
    tests = tests_of(row)
    if not tests:
        return fault("unreadable-tests", "The row has no tests.")
    code = re.findall(r"```python\n(.*?)```", row["completion"], re.S)
    is_right = bool(code) and fake_routes.passes(code[-1], tests)
    return verdict(is_right, "passed" if is_right else "failed")


def think_format(row):
    is_right = re.fullmatch(r"<think>.+</think>.+", row["completion"], re.S) is not None
    return verdict(is_right, "well-formed" if is_right else "malformed")


def exact_match(row):
    is_right = row["completion"].strip() == str(reference_of(row))
    return verdict(is_right, "equal" if is_right else "wrong-answer")


def verdict(is_right, reason, **details):
    details = {key: value for key, value in details.items() if value is not None}
    return {"status": "accepted" if is_right else "rejected", "score": int(is_right), "reason": reason,
            "details": details, "micros": 7}


def fault(reason, message):
    return {"status": "fault", "reason": reason, "message": message}


JUDGES = {"math-answer": math_answer, "python-tests": python_tests, "think-format": think_format,
          "exact-match": exact_match}


if __name__ == "__main__":
    with FakeServer(port=int(sys.argv[1])) as running:
        print("listening on", running.url, flush=True)
        threading.Event().wait()
