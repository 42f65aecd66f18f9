"""Rewards from a running `assay serve`.

    rows ─► Client.score ─► POST /v1/score ─► Result (reward, a verdict per verifier)
              ▲        ▲
    trl.RemoteReward  verl.compute_score

Knows rows, results and HTTP. Does not know how anything is judged, and needs nothing but the standard
library. Read client.py first. A fault of a judge is `reward is None` all the way; it is never a zero.
"""

from assay_rewards.client import Client, Result
from assay_rewards.errors import AssayError, BadRow, Fault, Overloaded, Refused, Unreachable
from assay_rewards.trl import RemoteReward

__version__ = "0.1.0"

__all__ = [
    "AssayError",
    "BadRow",
    "Client",
    "Fault",
    "Overloaded",
    "Refused",
    "RemoteReward",
    "Result",
    "Unreachable",
]
