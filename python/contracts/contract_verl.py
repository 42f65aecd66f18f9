"""verl's own code against the service: its SandboxFusion client on /run_code, and its reward manager with
this package's compute_score. Nothing of verl is replaced."""

import asyncio

import tiny_model
import torch
from omegaconf import OmegaConf
from table import URL, attempt, finish, one_of
from verl import DataProto
from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager
from verl.trainer.ppo.reward import get_custom_reward_fn
from verl.utils.reward_score import default_compute_score
from verl.utils.reward_score.sandbox_fusion.utils import check_correctness

RUN_CODE = URL + "/run_code"
ADD_ONE = "print(int(input()) + 1)"


def outcomes(code, inputs, outputs, fn_name=None, timeout=5, **options):
    tests = {"inputs": inputs, "outputs": outputs, "fn_name": fn_name}
    if "assert_case" in options:
        tests["assert_case"] = options.pop("assert_case")
    return check_correctness(RUN_CODE, tests, code, timeout=timeout, **options)[0]


PROGRAMS = [
    # promise, program, inputs, outputs, function, expected
    ("stdin: right, wrong, and newlines at the end", ADD_ONE, ["1", "2\n", "3"], ["2", "4", "4\n\n"], None,
     [True, False, True]),
    ("stdin: a crash", "raise ValueError('no')", ["1"], ["2"], None, [-2]),
    ("stdin: exit status 3", "import sys; print(2); sys.exit(3)", ["1"], ["2"], None, [-2]),
    ("stdin: an endless loop", "while True: pass", ["1"], ["2"], None, [-3]),
    ("stdin: asleep", "import time; time.sleep(60)", ["1"], ["2"], None, [-3]),
    ("stdin: no input at all", "print(input() if False else 'x')", [None], ["x"], None, [True]),
    ("stdin: an input that is no string", "print(input())", [7], ["7"], None, [True]),
    ("stdin: no expected output, it need only run", "print('x')", [""], [None], None, [True]),
    ("stdin: blanks at a line's end count", "print('x ')", [""], ["x"], None, [False]),
    ("stdin: UTF-8 both ways", "print(input()[::-1])", ["añ𝄞π"], ["π𝄞ña"], None, [True]),
    ("stdin: what is written on stderr is no matter", "import sys; print('a', file=sys.stderr); print(1)",
     [""], ["1"], None, [True]),
    ("stdin: a megabyte of output", "print('x' * 1000000)", [""], ["x" * 1000000], None, [True]),
    ("function: right and wrong", "def f(a, b): return a + b", ["1\n2", "1\n3"], ["3", "3"], "f",
     [True, False]),
    ("function: a method of Solution", "class Solution:\n    def f(self, a): return a * 2", ["[1]"],
     ["[1, 1]"], "f", [True]),
    ("function: None, True, a dictionary", "def f(a): return a", ["null", "true", '{"a": 1}'],
     ["null", "true", '{"a": 1}'], "f", [True, True, True]),
    ("function: one that raises prints nothing and exits with 0", "def f(a): raise ValueError", ["1"], ["1"],
     "f", [False]),
    ("function: an endless loop", "def f(a):\n    while True: pass", ["1"], ["1"], "f", [-3]),
]
for promise, code, inputs, outputs, function, expected in PROGRAMS:
    seconds = 2 if expected == [-3] else 5
    attempt(f"check_correctness, {promise}",
            lambda: outcomes(code, inputs, outputs, function, seconds), expected)
# SandboxFusion itself has no compile step for Python, and says -2; a server that has one says -4.
attempt("check_correctness, a program that does not compile", lambda: outcomes("def f(:", ["1"], ["1"])[0],
        one_of(-4, -2))
attempt("check_correctness, assert_case: held and broken", lambda: outcomes(
    "def f(): return 1", ["", ""], [None, None], assert_case=["assert f() == 1", "assert f() == 2"]),
    [True, -2])
attempt("check_correctness, 64 cases at once: none refused", lambda: outcomes(
    ADD_ONE, [str(i) for i in range(64)], [str(i + 1) for i in range(64)], timeout=30), [True] * 64)
attempt("check_correctness, memory_limit_MB null, as verl's default sends it", lambda: outcomes(
    ADD_ONE, ["1"], ["2"], memory_limit_mb=None), [True])
attempt("check_correctness, a gigabyte where 256 MB are allowed", lambda: outcomes(
    "x = bytearray(10**9); print(1)", [""], ["1"], memory_limit_mb=256), [-2])
attempt("default_compute_score, taco by sandbox_fusion_url: share of cases", lambda: default_compute_score(
    "taco", f"```python\n{ADD_ONE}\n```", '{"inputs": ["1", "2"], "outputs": ["2", "4"]}',
    sandbox_fusion_url=RUN_CODE, memory_limit_mb=1024), 0.5)


def managed(text, data_source, ground_truth, **reward_kwargs):
    """What verl's reward manager says of one sample, with compute_score loaded as its trainer does."""
    config = OmegaConf.create({"reward": {"custom_reward_function": {
        "path": "pkg://assay_rewards.verl", "name": "compute_score",
        "reward_kwargs": {"url": URL, **reward_kwargs}}}})
    tokenizer = tiny_model.tokenizer()
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    mask = torch.ones(1, 2 * ids.shape[1], dtype=torch.long)
    data = DataProto.from_dict(
        tensors={"prompts": ids, "responses": ids, "attention_mask": mask},
        non_tensors={"data_source": [data_source], "reward_model": [{"ground_truth": ground_truth}],
                     "extra_info": [{"index": 0, "question": "what is one and one"}]})

    async def run():
        return await NaiveRewardManager(config, tokenizer, get_custom_reward_fn(config)).run_single(data)

    return asyncio.run(run())


def scored(score, acc, fault, pred):
    extra = {"score": score, "acc": acc, "assay_fault": fault, "pred": pred}
    return {"reward_score": score, "reward_extra_info": extra}


MATH = {"verifiers": ["math-answer"]}
attempt("reward manager, a right answer", lambda: managed(
    "is \\boxed{2}", "openai/gsm8k", "2", **MATH), scored(1.0, 1.0, 0, "2"))
attempt("reward manager, a wrong answer", lambda: managed(
    "is \\boxed{3}", "openai/gsm8k", "2", **MATH), scored(0.0, 0.0, 0, "3"))
attempt("reward manager, the domain of openai/gsm8k decides", lambda: managed(
    "is \\boxed{2}", "openai/gsm8k", "2")["reward_extra_info"]["acc"], 1.0)


def names_what_to_do(found):
    """assay_rewards.Fault, whose message says what to correct"""
    return type(found).__name__ == "Fault" and "ground truth" in str(found)


attempt("reward manager, a fault stops the run", lambda: managed(
    "is \\boxed{2}", "openai/gsm8k", None, **MATH), names_what_to_do)
attempt("reward manager, a fault is a number only on request", lambda: managed(
    "is \\boxed{2}", "openai/gsm8k", None, on_fault=-0.5, **MATH), scored(-0.5, -0.5, 1, ""))
finish()
