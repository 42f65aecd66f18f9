"""Logic items of reasoning-gym, judged by the package's own scorers."""
import re

try:
    import reasoning_gym
except ImportError as error:
    raise ImportError(
        "reasoning-gym is not installed for this interpreter: pip install reasoning-gym==0.1.25, or name one that "
        "has it as “python” in plugin.json") from error

_scorers = {}


def compute_score(data_source, solution_str, ground_truth, extra_info, partial=False):
    """The package's score of the answer behind the thoughts; unless `partial`, what is not all right earns nothing.

    The rows are those that generate.py writes: `metadata` is the item's own, with `source_dataset` in it.
    """
    name = extra_info["source_dataset"]
    if name not in _scorers:
        _scorers[name] = reasoning_gym.get_score_answer_fn(name)
    answer = extract(solution_str)
    # Several of the package's scorers look for the right answer somewhere in the text: a list of all would be paid.
    if answer is None or name != "propositional_logic" and len(answer.split()) > len(ground_truth.split()):
        return {"score": 0.0, "pred": ""}
    item = {"question": "", "answer": ground_truth, "metadata": extra_info}
    score = float(_scorers[name](answer, item))
    return {"score": score if partial or score >= 0.999 else 0.0, "pred": answer, "package_score": score}


def extract(text):
    """What stands in the one <answer>, behind the one “Answer:”, or else all behind the thoughts; None for two."""
    text = text.rsplit("</think>", 1)[-1]
    for pattern in (r"<answer>(.*?)</answer>", r"(?:^|\n)\s*Answer:([^\n]*)"):
        found = re.findall(pattern, text, re.DOTALL)
        if len(found) > 1:
            return None
        if found:
            return found[0].strip()
    return text.strip() or None
