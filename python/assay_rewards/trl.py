"""Reward functions for TRL's GRPOTrainer and its relatives.

In Python: `GRPOTrainer(..., reward_funcs=[RemoteReward(["math-answer"])])`. On TRL's command line by dotted
path: `--reward_funcs assay_rewards.trl.math_reward assay_rewards.trl.think_format_reward`.

A reward is None where a judge broke: TRL makes it NaN and leaves the sample out of the group's mean. A
service that can't be reached stops the run, after the client's retries.
"""

from typing import Any, Callable, List, Optional, Sequence

from assay_rewards.client import Client, VerifierSpec
from assay_rewards.errors import BadRow
from assay_rewards.rows import row


class RemoteReward:
    """A reward function: completions in, one number or None for each out.

    A picklable instance: TRL's asynchronous trainers send it to another process. It connects at its first
    call, so a module may hold one where no service runs.

    Args:
        verifiers: names, or {"name", "weight", "options"}; None: the row's domain decides.
        url, token: as for Client.
        domain: of rows whose data set has no column `domain`.
        name: under which TRL logs it, as `rewards/NAME/mean`.
        reference_column: the column of the gold answer; default: the first of `reference`, `answer`,
            `solution`, `ground_truth` that is filled.
        timeout, retries: as for Client.
    """

    def __init__(
        self,
        verifiers: Optional[Sequence[VerifierSpec]] = None,
        url: Optional[str] = None,
        token: Optional[str] = None,
        domain: str = "math",
        name: str = "assay",
        reference_column: Optional[str] = None,
        timeout: float = 300.0,
        retries: int = 6,
    ):
        self.verifiers = verifiers
        self.domain = domain
        self.reference_column = reference_column
        self.__name__ = name
        self._connection = {"url": url, "token": token, "timeout": timeout, "retries": retries}
        self._client: Optional[Client] = None

    def __repr__(self) -> str:
        return f"RemoteReward({self.verifiers!r}, domain={self.domain!r}, name={self.__name__!r})"

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(**self._connection)
        return self._client

    def __call__(
        self,
        prompts: Optional[Sequence[Any]] = None,
        completions: Sequence[Any] = (),
        log_metric: Optional[Callable[[str, float], None]] = None,
        log_extra: Optional[Callable[[str, List[Any]], None]] = None,
        **columns: Any,
    ) -> List[Optional[float]]:
        """
        Args:
            prompts, completions: strings or lists of messages, one a sample.
            log_metric: gets `assay/faults`, the number of samples that no judge could judge.
            log_extra: gets the column `NAME/why`, a line a sample for TRL's table of completions.
            columns: the data set's; used are `id`, `domain`, `tests`, `language`, `metadata` and
                that of the reference.
        Raises: BadRow where the service took a sample for no row; Unreachable, Overloaded, Refused.
        """
        rows = [
            row(i, prompts[i] if prompts else None, completion, columns, self.domain, self.reference_column)
            for i, completion in enumerate(completions)
        ]
        results = self.client.score(rows, self.verifiers)
        for index, result in enumerate(results):
            if result.error is not None:
                raise BadRow(f"Sample {index} is no row: {result.error} Correct the data set's columns.")
        if log_metric is not None:
            log_metric("assay/faults", float(sum(bool(result.faults) for result in results)))
        if log_extra is not None:
            log_extra(f"{self.__name__}/why", [result.why() for result in results])
        return [result.reward for result in results]


math_reward = RemoteReward(["math-answer"], domain="math", name="math_reward")
code_reward = RemoteReward(["python-tests"], domain="code", name="code_reward")
# Logic puzzles are of several kinds: the domain decides which verifiers judge them.
logic_reward = RemoteReward(domain="logic", name="logic_reward")
think_format_reward = RemoteReward(["think-format"], name="think_format_reward")
