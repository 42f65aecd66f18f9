"""One boxed answer, after some words: a reward for form, as a TRL reward function."""
import re


def boxed_once(completions, least_words=3, **kwargs):
    """1 for a completion that thinks in at least so many words and then boxes one answer, else 0."""
    return [float(_is_boxed_once(_text(completion), least_words)) for completion in completions]


def _text(completion):
    return completion if isinstance(completion, str) else completion[-1]["content"]


def _is_boxed_once(text, least_words):
    found = re.findall(r"\\boxed\{([^{}]+)\}", text)
    if len(found) != 1 or text.count("\\boxed") != 1 or re.search(r"\bor\b", found[0]):
        return False
    before = text[: text.index("\\boxed")]
    return len(re.findall(r"[^\W\d_]{2,}", before)) >= least_words
