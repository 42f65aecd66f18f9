"""verl's `custom_reward_function`: `path=pkg://assay_rewards.verl`, `name=compute_score`.

verl's trainer needs a number for every sample. A judge's fault has none, so it is asked again, and then
`Fault` is raised. `on_fault=NUMBER` in `reward_kwargs` gives that number instead: a choice that only the
user of a run can make, since the policy learns from it. `assay_fault` counts how often.

Imports are absolute: verl may load this file by its path.
"""

import functools
import json
import math
from typing import Any, Dict, List, Optional, Sequence, Union

from assay_rewards.client import Client, Result, VerifierSpec
from assay_rewards.errors import AssayError, BadRow, Fault
from assay_rewards.transport import encode

# The domain of verl's own data sources. Others go by their name, which the service may route, unless
# `domain` says otherwise.
DOMAINS = {
    "openai/gsm8k": "math",
    "lighteval/MATH": "math",
    "DigitalLearningGmbH/MATH-lighteval": "math",
    "HuggingFaceH4/MATH-500": "math",
    "math": "math",
    "math_dapo": "math",
    "math_dapo_reasoning": "math",
    "codecontests": "code",
    "apps": "code",
    "codeforces": "code",
    "taco": "code",
}
DOMAIN_PREFIXES = {"aime": "math", "numina_": "math"}

# Verifiers that say whether the answer is right; `acc` is the first of them that judged.
ANSWER_VERIFIERS = (
    "math-answer", "python-tests", "choice", "exact-match", "countdown", "logic-puzzle", "reasoning-gym")

FAULT_ATTEMPTS = 3

# What verl's reward managers add to the call for models that judge.
FROM_VERL = {"reward_router_address", "reward_model_tokenizer"}

Score = Dict[str, Union[float, int, str]]


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Optional[Dict[str, Any]] = None,
    **kwargs: Any,
) -> Score:
    """One sample's score, as verl's `naive`, `dapo` and `remote` reward managers ask for it.

    Args:
        ground_truth: the gold answer; for code {"inputs", "outputs", "fn_name"?}, also as JSON in a string.
        extra_info: what of it JSON can hold goes along as metadata; `question` or `prompt` is the prompt.
        kwargs: `reward_kwargs` of verl's configuration, as for compute_score_batch.
    Returns: {"score", "acc", "assay_fault", "pred"}, always these four: verl takes the keys of a batch's
        first sample for all. `acc` is 1 where the answer is right; `pred` is the answer that was extracted,
        "" if none, and lets verl report maj@N; `assay_fault` is 0 or 1.
    """
    return compute_score_batch([data_source], [solution_str], [ground_truth], [extra_info], **kwargs)[0]


def compute_score_batch(
    data_sources: Sequence[str],
    solution_strs: Sequence[str],
    ground_truths: Sequence[Any],
    extra_infos: Optional[Sequence[Optional[Dict[str, Any]]]] = None,
    *,
    verifiers: Optional[Sequence[VerifierSpec]] = None,
    domain: Optional[str] = None,
    on_fault: Union[str, float] = "raise",
    url: Optional[str] = None,
    token: Optional[str] = None,
    timeout: float = 300.0,
    retries: int = 6,
    **others: Any,
) -> List[Score]:
    """One score a sample, as verl's `batch` reward manager asks for them.

    Args:
        verifiers: names, or {"name", "weight", "options"}; None: the domain decides.
        domain: of all samples; None: that of the data source.
        on_fault: "raise", or the number that a sample gets which no judge could judge.
        url, token, timeout, retries: as for Client.
    Raises: Fault; BadRow; Unreachable, Overloaded, Refused.
    """
    unknown = sorted(set(others) - FROM_VERL)
    if unknown:
        raise AssayError(
            f"reward_kwargs has “{unknown[0]}”. Use verifiers, domain, on_fault, url, token, timeout or "
            "retries.")
    substitute = number_on_fault(on_fault)
    if extra_infos is None:
        extra_infos = [None] * len(data_sources)
    rows = [
        verl_row(source, solution, truth, extra, domain)
        for source, solution, truth, extra in zip(data_sources, solution_strs, ground_truths, extra_infos)
    ]
    verifiers = None if verifiers is None else [v if isinstance(v, str) else dict(v) for v in verifiers]
    client = client_for(url, token, timeout, retries)
    results = client.score(rows, verifiers)
    for _attempt in range(FAULT_ATTEMPTS - 1):
        missing = [i for i, result in enumerate(results) if result.faults]
        if not missing:
            break
        # With all of their groups.
        wanted = {problem_of(rows[i]) for i in missing}
        missing = [i for i, row in enumerate(rows) if problem_of(row) in wanted]
        for i, again in zip(missing, client.score([rows[i] for i in missing], verifiers)):
            results[i] = again
    return [score(result, rows[i], substitute) for i, result in enumerate(results)]


def problem_of(row: Dict[str, Any]) -> str:
    return str(row.get("id", row["extra_info"].get("index")))


def verl_row(
    source: str, solution: str, truth: Any, extra_info: Optional[Dict[str, Any]], domain: Optional[str]
) -> Dict[str, Any]:
    """The sample in verl's form of a row, with its completion."""
    extra = portable(extra_info or {})
    question = extra.get("question") or extra.get("prompt")
    row = {
        "data_source": source,
        "prompt": question if isinstance(question, (str, list)) else "",
        "completion": solution,
        "reward_model": {"style": "rule", "ground_truth": truth},
        "extra_info": extra,
    }
    ability = domain or domain_of(source)
    if ability:
        row["ability"] = ability
    # One id for the samples of a problem, so that the service levels their abstentions out; it knows `index` for one.
    if "index" not in extra:
        row["id"] = f"{source} {question or ''} {truth}"[:400]
    if isinstance(extra.get("language"), str):
        row["language"] = extra["language"]
    return row


def domain_of(source: str) -> Optional[str]:
    for prefix, domain in DOMAIN_PREFIXES.items():
        if source.startswith(prefix):
            return domain
    return DOMAINS.get(source)


def portable(extra_info: Dict[str, Any]) -> Dict[str, Any]:
    """`extra_info` less what JSON can't hold and what is null; verl adds both."""
    kept = {}
    for key, value in extra_info.items():
        try:
            plain = json.loads(encode(value))
        except (TypeError, ValueError):
            continue
        if plain is not None:
            kept[str(key)] = plain
    return kept


def score(result: Result, row: Dict[str, Any], substitute: Optional[float]) -> Score:
    if result.error is not None:
        raise BadRow(f"A sample of {row['data_source']} is no row: {result.error} Correct the data set.")
    reward = result.reward
    if reward is None:
        if substitute is None:
            raise Fault(
                f"No verdict on a sample of {row['data_source']}: {result.why()} Correct its ground truth, "
                "see the service's log, or set on_fault to the number that such a sample shall have.")
        return {"score": substitute, "acc": substitute, "assay_fault": 1, "pred": ""}
    return {"score": reward, "acc": accuracy(result, reward), "assay_fault": 0, "pred": prediction(result)}


def accuracy(result: Result, reward: float) -> float:
    for name in ANSWER_VERIFIERS:
        status = result.verdicts.get(name, {}).get("status", "abstained")
        if status not in ("abstained", "fault"):
            return float(status == "accepted")
    return reward


def prediction(result: Result) -> str:
    for verdict in result.verdicts.values():
        extracted = (verdict.get("details") or {}).get("extracted")
        if extracted is not None:
            return str(extracted)
    return ""


def number_on_fault(on_fault: Union[str, float]) -> Optional[float]:
    """None for "raise"."""
    if on_fault == "raise":
        return None
    try:
        number = float(on_fault)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(on_fault, bool) or not math.isfinite(number):
        raise AssayError(f"on_fault is “{on_fault}”. Use “raise”, or a number such as 0.0.")
    return number


@functools.lru_cache(maxsize=None)
def client_for(url: Optional[str], token: Optional[str], timeout: float, retries: int) -> Client:
    """One client, and so one set of kept connections, for all calls of a process."""
    return Client(url, token, timeout, retries)
