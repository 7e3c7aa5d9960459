"""What is counted of visits, for clinic/watching: what happened to them, and why somebody was refused."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from prometheus_client import Counter

from booking.engine.rules import Refusal

EVENTS = Counter(
    "clinic_visit_events", "What was done to visits (held, booked, moved…), and by whom.", ["event", "by"]
)
REFUSALS = Counter(
    "clinic_refusals",
    "Why a time was not given: a rule, or the guard of the database.",
    ["reason"],
)
OVERLAP, BUSY = "database", "busy"


def count_event(*, kind: str, by: str) -> None:
    """Count it once the running transaction stands; one that is tried again would count twice."""
    transaction.on_commit(partial(EVENTS.labels(event=kind, by=by).inc), robust=True)


def count_refusals(refusals: Iterable[Refusal]) -> None:
    for refusal in refusals:
        count_refusal(refusal.code)


def count_refusal(reason: str) -> None:
    REFUSALS.labels(reason=reason).inc()
