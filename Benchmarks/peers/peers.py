"""The peers: one function a grader, from a row to True or False, and the worker process that calls it.

    peers.py GRADER < rows.jsonl     a line of JSON a row: {"accepted": ...} or {"error": ...}, and "seconds" of CPU

Each is called as its own project calls it, and gets gold and answer in the form that its project prepares them in; the
comment on a grader says which. A completion is handed over as the model wrote it wherever the grader looks for the
answer itself. Those that know one place only get the answer put there, so that they are not measured on a prompt that
these completions never saw.
"""
import asyncio
import importlib.machinery
import json
import os
import pathlib
import re
import resource
import sys
import time
import types

MEMORY = 4 << 30
PACKAGES = ("math-verify", "inspect-ai", "mathruler", "verl", "lm-eval", "trl")


def bare(*names):
    """Enters packages without running their __init__, which would import torch, transformers or Ray."""
    for name in names:
        top, *below = name.split(".")
        folder = pathlib.Path(importlib.machinery.PathFinder.find_spec(top).submodule_search_locations[0])
        module = types.ModuleType(name)
        module.__path__ = [str(folder.joinpath(*below))]
        sys.modules[name] = module


def boxed(text):
    """What the last \\boxed{} holds; None without one that closes."""
    start = text.rfind("\\boxed{")
    depth = 0
    for end in range(start, len(text) if start >= 0 else start):
        depth += (text[end] == "{") - (text[end] == "}")
        if text[end] == "}" and depth == 0:
            return text[start + len("\\boxed{"):end]
    return None


def bare_gold(row):
    """The gold answer alone, as data sets store it: what a box or #### holds, without dollars around all of it."""
    gold = row["gold"]
    gold = (boxed(gold) or gold.split("####")[-1]).strip()
    inside = re.fullmatch(r"\$([^$]+)\$|\\\((.+)\\\)|\\\[(.+)\\\]", gold, re.DOTALL)
    return next(filter(None, inside.groups())).strip() if inside else gold


def bare_answer(row):
    """The answer alone, for graders that know one place only: a completion's last box, or what it announces last."""
    text = row["pred"]
    if row["pred_kind"] == "answer":
        return text
    announced = re.findall(r"(?:####|answer\s*:|answer\s+is\s*:?)\s*([^\n]+)", text, re.IGNORECASE)
    return boxed(text) or (announced[-1].rstrip(". ") if announced else text)


def in_box(row):
    """A completion as it is; an answer in the \\boxed{} that these graders' prompts ask for."""
    return row["pred"] if row["pred_kind"] == "completion" else "\\boxed{" + row["pred"] + "}"


def in_formula(text):
    """Math-Verify reads LaTeX between dollars, in a box or in a display only: text without any of them gets dollars."""
    return text if re.search(r"\$|\\boxed|\\\(|\\\[", text) else f"${text}$"


def math_verify():
    """Math-Verify as its README calls it: parse() with defaults (LaTeX and plain expressions), gold first.

    Answers alone get dollars as the golds do; it does worse with boxes, and with dollars around LaTeX only.
    """
    from math_verify import parse, verify
    return lambda row: verify(
        parse(in_formula(row["gold"])),
        parse(row["pred"] if row["pred_kind"] == "completion" else in_formula(row["pred"])))


def math_verify_verl():
    """verl's math_verify: gold in a box; LaTeX alone is looked for in it, and every pair of readings is tried.

    verl calls this function in a pool of processes that import all of verl; here it runs in the worker itself.
    """
    bare("verl", "verl.utils", "verl.utils.reward_score")
    from verl.utils.reward_score.math_verify import _verify_in_subprocess
    return lambda row: _verify_in_subprocess("\\boxed{" + bare_gold(row) + "}", in_box(row)) == 1


def math_verify_trl():
    """TRL's accuracy_reward, which is open-r1's: the answer must be LaTeX, boxed or announced.

    It answers None where it can't read the gold answer.
    """
    bare("trl", "trl.rewards")
    from trl.rewards.accuracy_rewards import accuracy_reward

    def grade(row):
        reward = accuracy_reward([[{"content": in_box(row)}]], [in_formula(row["gold"])])[0]
        if reward is None:
            raise ValueError("it can't read the gold answer")
        return reward == 1
    return grade


def inspect_ai():
    """inspect_ai's math(): a target as it is; the answer in a box, which it looks for first."""
    from inspect_ai.model import ModelOutput
    from inspect_ai.scorer import Target, math
    from inspect_ai.solver import TaskState
    score, loop = math(), asyncio.new_event_loop()

    def grade(row):
        output = ModelOutput.from_content("model", in_box(row))
        state = TaskState(model="model", sample_id=0, epoch=0, input="", messages=[], output=output)
        return loop.run_until_complete(score(state, Target(row["gold"]))).value == "C"
    return grade


def prime_math():
    """verl's prime_math, which looks for "answer is" and a box, and wants the gold answer alone."""
    bare("verl", "verl.utils", "verl.utils.reward_score")
    # On the way it imports a class that needs torch and that no grader uses.
    sys.modules["verl.utils.metric"] = types.SimpleNamespace(Metric=object)
    from verl.utils.reward_score.prime_math import compute_score
    return lambda row: bool(compute_score(in_box(row), bare_gold(row))[0])


def math_dapo():
    """verl's math_dapo: the last line "Answer: ..." that DAPO's prompt asks for, in the last 300 characters."""
    bare("verl", "verl.utils", "verl.utils.reward_score")
    from verl.utils.reward_score.math_dapo import compute_score
    return lambda row: compute_score(f"Answer: {bare_answer(row)}", bare_gold(row))["acc"]


def hendrycks():
    """verl's math_reward, which is MATH's own is_equiv: the last box, compared as a normalised string."""
    bare("verl", "verl.utils", "verl.utils.reward_score")
    from verl.utils.reward_score.math_reward import compute_score
    return lambda row: compute_score("\\boxed{" + bare_answer(row) + "}", bare_gold(row)) == 1


def minerva():
    """lm-eval's minerva_math, exact_match: "The final answer is ... I hope it is correct.", as its examples end."""
    bare("lm_eval", "lm_eval.tasks")
    from lm_eval.tasks.minerva_math import utils

    def grade(row):
        text = f"Final Answer: The final answer is {bare_answer(row)}. I hope it is correct."
        answer = utils.normalize_final_answer(utils.get_unnormalized_answer(text))
        return utils.is_equiv(answer, utils.normalize_final_answer(bare_gold(row)))
    return grade


def prm800k():
    """PRM800K's grade_answer as mathruler has it, which EasyR1 calls: the two answers alone."""
    from mathruler.grader import grade_answer
    return lambda row: grade_answer(bare_answer(row), bare_gold(row))


GRADERS = {
    "Math-Verify": math_verify,
    "Math-Verify, verl": math_verify_verl,
    "Math-Verify, TRL and open-r1": math_verify_trl,
    "inspect_ai math": inspect_ai,
    "PRM800K (mathruler)": prm800k,
    "verl prime_math": prime_math,
    "lm-eval minerva_math": minerva,
    "verl math_dapo": math_dapo,
    "Hendrycks (verl math_reward)": hendrycks,
}


def processor_seconds():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main():
    limit_memory()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # some graders print
    grade = GRADERS[sys.argv[1]]()
    # What the first call imports is not timed.
    grade({"gold": "\\frac{1}{2}", "pred": "x + 0.5", "pred_kind": "answer"})
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        row = json.loads(line)
        start = processor_seconds()
        try:
            answer = {"accepted": bool(grade(row))}
        except Exception as error:  # whatever it is, the next row is graded
            answer = {"error": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(answer | {"seconds": processor_seconds() - start}), file=answers, flush=True)


if __name__ == "__main__":
    main()
