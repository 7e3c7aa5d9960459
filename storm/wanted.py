"""What was asked for: no Django here."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Wanted:
    """`seconds` of load, by so many clients of each role (the names are storm.client's)."""

    seconds: float
    seed: int
    clients: dict[str, int]
    kills: Collection[str]
    drain_seconds: float
