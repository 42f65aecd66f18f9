"""The JSON of clients that no registry has: slime, open-instruct, and SandboxFusion's own; as their sources
and documentation have it."""

import requests
from table import URL, attempt, finish

session = requests.Session()


def post(path, body):
    response = session.post(URL + path, json=body, headers={"Content-Type": "application/json"}, timeout=60)
    response.raise_for_status()
    if not response.headers["Content-Type"].startswith("application/json"):
        raise ValueError(f"Content-Type is {response.headers['Content-Type']}: aiohttp's json() refuses it")
    return response.json()


def get(path):
    response = session.get(URL + path, timeout=60)
    return response.status_code, response.json()


def slime(response, label):
    return post("/remote_rm", {"prompt": "1+1?", "response": response, "label": label})


attempt("slime /remote_rm: the body is the number", lambda: [
    slime("\\boxed{2}", "2"), slime("\\boxed{3}", "2")], [1.0, 0.0])
attempt("slime /remote_rm: a conversation as prompt", lambda: post("/remote_rm", {
    "prompt": [{"role": "user", "content": "1+1?"}], "response": "\\boxed{2}", "label": "2"}), 1.0)
# slime retries whatever is no 200 and then gives the sample up, which is what a fault deserves.
attempt("slime /remote_rm: a fault is no 200", lambda: session.post(URL + "/remote_rm", json={
    "prompt": "1+1?", "response": "\\boxed{2}", "label": None}, timeout=60).status_code >= 400, True)

ADD = "def add(a, b): return a + b"
ECHO = "import sys\nfor line in sys.stdin: print(int(line) + 1)"


def results(path, program, tests, seconds=2.0):
    answer = post(path, {"program": program, "tests": tests, "max_execution_time": seconds})
    numbers = all(isinstance(seconds, (int, float)) for seconds in answer["runtimes"])
    return answer["results"], len(answer["runtimes"]) == len(tests) and numbers


attempt("open-instruct /test_program", lambda: results(
    "/test_program", ADD, ["assert add(1, 2) == 3", "assert add(1, 2) == 4", "assert add(0, 0) == 0"]),
    ([1, 0, 1], True))
attempt("open-instruct /test_program: a program that does not compile", lambda: results(
    "/test_program", "def add(:", ["assert add(1, 2) == 3"]), ([0], True))
attempt("open-instruct /test_program: an endless loop fails its test", lambda: results(
    "/test_program", "def f():\n    while True: pass", ["f()"], 1.0), ([0], True))
attempt("open-instruct /test_program: tests as JSON in a string", lambda: post("/test_program", {
    "program": ADD, "tests": '["assert add(1, 2) == 3"]', "max_execution_time": 2.0})["results"], [1])
attempt("open-instruct /test_program_stdio", lambda: results(
    "/test_program_stdio", ECHO,
    [{"input": "1\n", "output": "2\n"}, {"input": "1\n2\n", "output": "2\n4\n"}]),
    ([1, 0], True))


def run_code(**fields):
    return post("/run_code", {"language": "python", **fields})


attempt("SandboxFusion /run_code: only code and language", lambda: [
    run_code(code="print(1)")["run_result"][key] for key in ("status", "return_code", "stdout", "stderr")],
    ["Finished", 0, "1\n", ""])
attempt("SandboxFusion /run_code: all the answer's fields", lambda: sorted(run_code(code="1")),
        ["compile_result", "executor_pod_name", "files", "message", "run_result", "status"])
attempt("SandboxFusion /run_code: execution_time is a number of seconds", lambda: (
    0 <= run_code(code="1")["run_result"]["execution_time"] < 5), True)
attempt("SandboxFusion /run_code: a time limit in fractions of a second", lambda: (
    lambda answer: (answer["status"], answer["run_result"]["status"]))(
        run_code(code="while True: pass", run_timeout=0.5)), ("Failed", "TimeLimitExceeded"))
attempt("SandboxFusion /run_code: stdin null", lambda: run_code(code="print(1)", stdin=None)["status"],
        "Success")
attempt("SandboxFusion /run_code: a crash's traceback is in stderr", lambda: "ZeroDivisionError" in run_code(
    code="1/0")["run_result"]["stderr"], True)


def submit(code):
    cases = [{"input": {"stdin": "1\n"}, "output": {"stdout": "2\n"}},
             {"input": {"stdin": "3\n"}, "output": {"stdout": "4\n"}}]
    answer = post("/submit", {
        "dataset": "assay", "id": 7, "completion": f"So:\n```python\n{code}\n```", "config": {
            "dataset_type": "CommonOJDataset", "language": "python", "run_timeout": 5,
            "provided_data": {"test": cases}, "extra": {"run_all_cases": True}}})
    return answer["accepted"], [test["passed"] for test in answer["tests"]], answer["extracted_code"].strip()


attempt("SandboxFusion /submit: right", lambda: submit("print(int(input()) + 1)"),
        (True, [True, True], "print(int(input()) + 1)"))
attempt("SandboxFusion /submit: wrong in one case", lambda: submit("print(2)"),
        (False, [True, False], "print(2)"))
attempt("SandboxFusion /v1/ping", lambda: get("/v1/ping")[0], 200)
attempt("NeMo-Gym /reverify_mode: a JSON string", lambda: get("/reverify_mode"), (200, "stateless"))
finish()
