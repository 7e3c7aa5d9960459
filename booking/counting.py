"""What is counted of visits, for clinic/watching: what happened to them, and why somebody was refused."""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from django.db import transaction
from prometheus_client import Counter

from booking.engine.rules import Refusal

logger = logging.getLogger(__name__)

EVENTS = Counter(
    "clinic_visit_events", "What was done to visits (held, booked, moved…), and by whom.", ["event", "by"]
)
REFUSALS = Counter(
    "clinic_refusals",
    "Why a time was not given: a rule, or the guard of the database.",
    ["reason"],
)
OVERLAP, BUSY = "database", "busy"

_is_counting = True


def stop_counting() -> None:
    """For the rest of this process, for example where there is no room for the counts."""
    global _is_counting
    _is_counting = False


def count(add: Callable[[], None]) -> None:
    """Call `add`, which counts something. Nothing that goes wrong there may stand in the way of a patient."""
    if not _is_counting:
        return
    try:
        add()
    except Exception as error:
        logger.warning("This process counts no more for the metrics: %s.", type(error).__name__)
        stop_counting()


def count_event(*, kind: str, by: str) -> None:
    """Count it once the running transaction stands; one that is tried again would count twice."""
    transaction.on_commit(partial(count, lambda: EVENTS.labels(event=kind, by=by).inc()), robust=True)


def count_refusals(refusals: Iterable[Refusal]) -> None:
    for refusal in refusals:
        count_refusal(refusal.code)


def count_refusal(reason: str) -> None:
    count(lambda: REFUSALS.labels(reason=reason).inc())
