"""The trainers' own routes of the stand-in server, in their documented forms."""

import json
import resource
import subprocess
import sys


def run_code(body):
    """SandboxFusion. A program that does not compile is told apart by `compile_result`."""
    try:
        compile(body["code"], "program", "exec")
    except SyntaxError as error:
        failed = {"status": "Error", "execution_time": 0.0, "return_code": 1, "stdout": "",
                  "stderr": str(error)}
        return {"status": "Failed", "message": "", "compile_result": failed, "run_result": None,
                "executor_pod_name": None, "files": {}}
    run = execute(
        body["code"], body.get("stdin"), body.get("run_timeout", 10), body.get("memory_limit_MB") or -1)
    is_fine = run["status"] == "Finished" and run["return_code"] == 0
    return {"status": "Success" if is_fine else "Failed", "message": "", "compile_result": None,
            "run_result": run, "executor_pod_name": None, "files": {}}


def execute(code, stdin, seconds, megabytes=-1):
    def limit_memory():
        if megabytes > 0:
            resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20,) * 2)

    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], input=stdin or "", text=True, capture_output=True,
            timeout=seconds, preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        return {"status": "TimeLimitExceeded", "execution_time": float(seconds), "return_code": None,
                "stdout": "", "stderr": ""}
    return {"status": "Finished", "execution_time": 0.02, "return_code": done.returncode,
            "stdout": done.stdout, "stderr": done.stderr}


def passes(code, tests):
    """Whether a program passes tests of kind stdio or assert, or {inputs, outputs}."""
    if "asserts" in tests:
        return execute(code + "\n" + "\n".join(tests["asserts"]), None, 5)["return_code"] == 0
    cases = tests.get("cases") or [
        {"stdin": stdin, "stdout": stdout} for stdin, stdout in zip(tests["inputs"], tests["outputs"])]
    return all(execute(code, c["stdin"], 5)["stdout"].strip() == c["stdout"].strip() for c in cases)


def reward_of(prompt, completion, label):
    import fake_server  # the two import each other

    label = label if isinstance(label, dict) else {"reference": label}
    domain = "code" if "tests" in label else "math"
    row = {"domain": domain, "prompt": prompt, "completion": completion, **label}
    return fake_server.score_row(row, 0, None)["reward"]


def get_reward(body):
    """OpenRLHF. `query` holds prompt and response."""
    rewards = []
    for query, prompt, label in zip(body["query"], body["prompts"], body["labels"]):
        response = query[len(prompt):] if query.startswith(prompt) else query
        rewards.append(reward_of(prompt, response.replace("<eos>", ""), label or None))
    faults = [float(reward is None) for reward in rewards]
    rewards = [reward or 0.0 for reward in rewards]  # OpenRLHF stops without a number
    return {"rewards": rewards, "scores": rewards, "extra_logs": {"assay_fault": faults}}


def remote_rm(body):
    """slime: the whole body is the reward; a fault is an error, after which slime asks again."""
    reward = reward_of(body["prompt"], body["response"], body["label"])
    if reward is None:
        return 500, {}, {"error": {"code": "fault", "message": "There is no verdict."}}
    return 200, {}, reward


def submit(body):
    cases = body["config"]["provided_data"]["test"]
    code = body["completion"].split("```python\n")[-1].split("```")[0]
    runs = [execute(code, case["input"]["stdin"], 5) for case in cases]
    passed = [r["stdout"].strip() == c["output"]["stdout"].strip() for r, c in zip(runs, cases)]
    tests = [{"passed": ok, "exec_info": {"status": "Success", "run_result": r}, "test_info": c}
             for ok, r, c in zip(passed, runs, cases)]
    return {"id": body["id"], "accepted": all(passed), "extracted_code": code, "full_code": code,
            "test_code": None, "tests": tests, "extracted_type": "fenced", "extra": None}


def program_results(body):
    """open-instruct: one assertion a test; the tests also as JSON in a string."""
    tests = json.loads(body["tests"]) if isinstance(body["tests"], str) else body["tests"]
    runs = [execute(body["program"] + "\n" + test, None, body["max_execution_time"]) for test in tests]
    results = [int(run["return_code"] == 0) for run in runs]
    return {"results": results, "runtimes": [0.02] * len(results)}


def program_stdio_results(body):
    results = []
    for test in body["tests"]:
        run = execute(body["program"], test["input"], body["max_execution_time"])
        results.append(int(run["stdout"].strip() == test["output"].strip()))
    return {"results": results, "runtimes": [0.02] * len(results)}


def verify(body):
    """NeMo-Gym: the whole request comes back with a reward."""
    said = [part["text"] for item in body["response"]["output"] if item["type"] == "message"
            for part in item["content"] if part["type"] == "output_text"]
    metadata = body.get("verifier_metadata") or {}
    if "unit_tests" in metadata:
        reward = reward_of("", "".join(said), {"tests": metadata["unit_tests"]})
    else:
        reward = reward_of("", "".join(said), body.get("expected_answer") or None)
    if reward is None:
        return {**body, "reward": 0.0, "_ng_failure_class": "judge_failed"}
    return {**body, "reward": reward}


def aggregate_metrics(body):
    rewards = [item["reward"] for item in body["verify_responses"]]
    mean = sum(rewards) / len(rewards)
    metrics = {"mean/reward": mean}
    return {"group_level_metrics": [], "agent_metrics": metrics, "key_metrics": metrics}


ROUTES = {
    ("POST", "/run_code"): run_code,
    ("POST", "/submit"): submit,
    ("POST", "/get_reward"): get_reward,
    ("POST", "/remote_rm"): remote_rm,
    ("POST", "/test_program"): program_results,
    ("POST", "/test_program_stdio"): program_stdio_results,
    ("POST", "/seed_session"): lambda body: {},
    ("POST", "/verify"): verify,
    ("POST", "/aggregate_metrics"): aggregate_metrics,
    ("GET", "/reverify_mode"): lambda body: "stateless",
}
