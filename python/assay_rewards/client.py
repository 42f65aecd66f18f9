"""Rows in, results out."""

import asyncio
import itertools
import math
import os
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

from assay_rewards.errors import AssayError, BadRow, Refused
from assay_rewards.transport import JSON, Transport, decode, encode

DEFAULT_URL = "http://127.0.0.1:8080"
ROWS_A_REQUEST = 256  # a retry repeats this much, and no request grows past what a service may accept
# Results of so many rows fit into the buffers of a socket: the service never has to stop reading rows because
# nobody reads its results yet.
ROWS_A_STREAM = 64

Row = Dict[str, Any]
VerifierSpec = Union[str, Dict[str, Any]]


@dataclass(frozen=True)
class Result:
    """What the service says of one row.

    reward: the weighted sum, or None where a judge broke, every verifier abstained, or `error` is set.
    verdicts: verifier name → {"status", "score", "reason", "details", "micros"}; a fault has {"status":
        "fault", "reason", "message"}.
    error: why the row is no row; None for every row that was judged.
    """

    id: Optional[str]
    reward: Optional[float]
    verdicts: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    error: Optional[str] = None

    @property
    def faults(self) -> Dict[str, Dict[str, Any]]:
        """The verdicts that are none: the judge broke."""
        return {name: v for name, v in self.verdicts.items() if v.get("status") == "fault"}

    def why(self) -> str:
        """One line a verifier: `math-answer: equal`. For tables and messages."""
        if self.error is not None:
            return self.error
        return "; ".join(
            f"{name}: {v.get('reason', v.get('status', '?'))}"
            + (f" ({v['message']})" if v.get("message") else "")
            for name, v in self.verdicts.items())

    @classmethod
    def read(cls, value: Any) -> "Result":
        """Raises: Refused where `value` has not the form that the service documents."""
        if not isinstance(value, dict):
            raise Refused(f"The service answered “{value!r:.80}” for a row. {SAME_VERSION}")
        if value.get("error") is not None:
            error = value["error"]
            said = error.get("message", error) if isinstance(error, dict) else error
            return cls(None, None, error=str(said))
        reward = value.get("reward")
        if reward is not None and not is_finite(reward):
            raise Refused(f"The service answered “{reward!r:.80}” for a reward. {SAME_VERSION}")
        identifier = value.get("id")
        return cls(
            id=None if identifier is None else str(identifier),
            reward=None if reward is None else float(reward),
            verdicts=value.get("verdicts") or {})


SAME_VERSION = "See whether the service's version is that of this package."


def parts(rows: Sequence[Row]) -> Iterator[Tuple[int, int]]:
    """Where each request begins and ends: not within the samples of one problem, unless they alone are too many."""
    def problem(index: int) -> Any:
        row = rows[index]
        if not isinstance(row, dict):
            return None
        extra = row.get("extra_info")
        number = extra.get("index") if isinstance(extra, dict) else None
        return (row.get("domain") or row.get("ability"), row.get("data_source"), row.get("id", number), row.get("prompt"))

    start = 0
    while start < len(rows):
        end = min(start + ROWS_A_REQUEST, len(rows))
        cut = end
        while cut < len(rows) and cut > start and problem(cut - 1) == problem(cut):
            cut -= 1
        end = cut if cut > start else end
        yield start, end
        start = end


class Client:
    """Scores rows on a running `assay serve`.

    Threads may share one; it may be pickled (with its token), and used on both sides of a fork.

    Args:
        url: default: ASSAY_URL, then http://127.0.0.1:8080.
        token: default: ASSAY_TOKEN, then none.
        timeout: seconds without a byte of answer before a request is given up.
        retries: further attempts after a 429 (waiting as long as its Retry-After says), a broken connection,
            or a balancer's 502, 503, 504.
    """

    def __init__(
        self, url: Optional[str] = None, token: Optional[str] = None, timeout: float = 300.0, retries: int = 6
    ):
        self.transport = Transport(
            url or os.environ.get("ASSAY_URL") or DEFAULT_URL,
            token or os.environ.get("ASSAY_TOKEN") or None, float(timeout), int(retries))

    def __repr__(self) -> str:
        return f"Client({self.transport.url!r})"

    def score(
        self, rows: Sequence[Row], verifiers: Optional[Sequence[VerifierSpec]] = None
    ) -> List[Result]:
        """One result a row, in the order of the rows.

        Args:
            rows: {"id"?, "domain", "prompt", "completion", "reference"?, "tests"?, ...}, or verl's form.
            verifiers: names, or {"name", "weight", "options"}; None: the row's domain decides.
        Raises: BadRow for what JSON can't hold; Unreachable, Overloaded, Refused.
        """
        results: List[Result] = []
        for start, end in parts(rows):
            part = rows[start:end]
            request: Dict[str, Any] = {"rows": list(part)}
            if verifiers is not None:
                request["verifiers"] = [spec(v) for v in verifiers]
            try:
                answer = self.transport.post("/v1/score", request)
            except (TypeError, ValueError):
                for index, row in enumerate(part):
                    encode_row(row, start + index)  # raises for the row that is to blame
                raise
            found = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(found, list) or len(found) != len(part):
                count = len(found) if isinstance(found, list) else "no"
                raise Refused(f"{self!r} answered {count} results for {len(part)} rows. {SAME_VERSION}")
            results += [Result.read(value) for value in found]
        return results

    def score_stream(self, rows: Iterable[Row]) -> Iterator[Result]:
        """One result a row, in order, as they are judged; `rows` is read as it is needed.

        The row's domain decides by which verifiers. Raises as `score` does.
        """
        numbered = enumerate(rows)
        while window := list(itertools.islice(numbered, ROWS_A_STREAM)):
            lines = [encode_row(row, index) for index, row in window]
            for line in self.transport.lines("/v1/score", lines):
                yield Result.read(decode(line, self.transport.url))

    def health(self) -> bool:
        """Whether the service is alive. Never raises, asks once."""
        return self.answers("/health")

    def ready(self) -> bool:
        """Whether the service takes rows now. Never raises, asks once."""
        return self.answers("/ready")

    def answers(self, path: str) -> bool:
        once = Transport(self.transport.url, self.transport.token, min(self.transport.timeout, 10.0), 0)
        try:
            once.exchange("GET", path, None, JSON)
            return True
        except AssayError:
            return False
        finally:
            once.drop()

    async def score_async(
        self, rows: Sequence[Row], verifiers: Optional[Sequence[VerifierSpec]] = None
    ) -> List[Result]:
        """`score` in a thread: the event loop goes on meanwhile."""
        return await asyncio.to_thread(self.score, rows, verifiers)

    async def score_stream_async(self, rows: Iterable[Row]):
        """`score_stream`, each result awaited in a thread."""
        stream = self.score_stream(rows)
        while (result := await asyncio.to_thread(next, stream, None)) is not None:
            yield result

    async def health_async(self) -> bool:
        return await asyncio.to_thread(self.health)

    async def ready_async(self) -> bool:
        return await asyncio.to_thread(self.ready)


def is_finite(reward: Any) -> bool:
    return isinstance(reward, (int, float)) and not isinstance(reward, bool) and math.isfinite(reward)


def spec(verifier: VerifierSpec) -> Dict[str, Any]:
    """`"math-answer"` as `{"name": "math-answer"}`."""
    return {"name": verifier} if isinstance(verifier, str) else dict(verifier)


def encode_row(row: Row, index: int) -> bytes:
    """One line of NDJSON. Raises: BadRow."""
    try:
        return encode(row)
    except (TypeError, ValueError) as error:
        raise BadRow(f"Row {index} can't be written as JSON: {error}. Leave that field out.") from error
