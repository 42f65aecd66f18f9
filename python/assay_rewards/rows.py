"""Rows from what a trainer holds: prompts, completions, and the columns of its data set."""

import json
from typing import Any, Dict, List, Optional, Sequence, Union

Messages = List[Dict[str, Any]]

# Columns that hold the gold answer, the first that a row fills first.
REFERENCE_COLUMNS = ("reference", "answer", "solution", "ground_truth")
# Keys of one test case by kind of tests. A data set that mixes kinds fills the others with nulls.
CASE_KEYS = {"stdio": ("stdin", "stdout"), "call": ("args", "expected")}


def row(
    index: int,
    prompt: Union[str, Messages, None],
    completion: Union[str, Messages],
    columns: Dict[str, Any],
    domain: str,
    reference_column: Optional[str] = None,
) -> Dict[str, Any]:
    """The row of sample `index` of a batch. Nulls of a column count as absent.

    Args:
        columns: name → one value a sample; other things (a trainer's state, callables) are passed over.
        domain: where no column `domain` says otherwise.
    """

    def cell(name: str) -> Any:
        values = columns.get(name)
        if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__getitem__"):
            return None
        return values[index]

    made: Dict[str, Any] = {
        # A group's samples share their problem's id: the service levels their abstentions out. Where there is none, the
        # prompts tell the problems apart.
        "id": "0" if cell("id") is None else str(cell("id")),
        "domain": cell("domain") or domain,
        "prompt": prompt_of(prompt),
        "completion": completion_text(completion),
    }
    for name in (reference_column,) if reference_column else REFERENCE_COLUMNS:
        if cell(name) is not None:
            # Under its own name GSM8K's worked answer is read as its authors meant it.
            made["answer" if name == "answer" else "reference"] = cell(name)
            break
    tests = structured(cell("tests"))
    if tests is not None:
        made["tests"] = without_foreign_nulls(tests)
    if cell("language") is not None:
        made["language"] = cell("language")
    metadata = structured(cell("metadata"))
    if isinstance(metadata, dict):
        made["metadata"] = metadata
    return made


def completion_text(completion: Union[str, Sequence[Dict[str, Any]]]) -> str:
    """The text to be judged: a plain completion as it is, of messages the assistant's last.

    A chat template's parser may have moved the thoughts into `reasoning_content`; they are put back in their
    tags, where the verifiers look for them.
    """
    if isinstance(completion, str):
        return completion
    said = [m for m in completion if m.get("role", "assistant") == "assistant"]
    if not said:
        return ""
    text = content_text(said[-1].get("content"))
    thoughts = said[-1].get("reasoning_content")
    return f"<think>\n{thoughts}\n</think>\n{text}" if thoughts else text


def prompt_of(prompt: Union[str, Sequence[Dict[str, Any]], None]) -> Union[str, Messages]:
    """A string as it is; messages as `[{"role", "content"}]` of strings."""
    if prompt is None or isinstance(prompt, str):
        return prompt or ""
    return [{"role": m.get("role", "user"), "content": content_text(m.get("content"))} for m in prompt]


def content_text(content: Any) -> str:
    """A message's content: a string, or parts of which the text counts."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(p.get("text") or "" for p in content if isinstance(p, dict) and p.get("type") == "text")


def structured(value: Any) -> Any:
    """An object that a data set holds as JSON in a string; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def without_foreign_nulls(tests: Any) -> Any:
    """`tests` less the nulls of fields that belong to other kinds. A case's own null stays: a function may
    be expected to return None."""
    if not isinstance(tests, dict):
        return tests
    kept = {key: value for key, value in tests.items() if value is not None}
    keys = CASE_KEYS.get(kept.get("kind", ""))
    if keys and "cases" in kept:
        kept["cases"] = [
            {**{key: case.get(key) for key in keys}, **({"or": case["or"]} if case.get("or") is not None else {})}
            for case in kept["cases"] if case is not None]
    for name in ("limits", "comparison"):
        if isinstance(kept.get(name), dict):
            kept[name] = {key: value for key, value in kept[name].items() if value is not None}
    return kept
