"""No page offers a time for longer than a second after it was taken, however its answer was remembered."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from storm.journal import Act, Offer

# Seconds after somebody was told that the time is theirs: ours, and the machine's.
LONGEST = 1.0
FREEING = ("moved", "cancelled")


class Taken(NamedTuple):
    """A slot is somebody's for certain in this time."""

    since: float
    until: float
    reference: str


def list_stale(offers: Iterable[Offer], acts: Sequence[Act]) -> list[str]:
    """Return which times were offered that had been taken for longer than that."""
    taken = find_taken(acts)
    return [
        f"{slot} was offered {offer.began - since:.1f} s after {reference} was told to have it"
        for offer in offers
        for slot in offer.slots
        for since, until, reference in taken.get(slot, ())
        # Asked for after that second, and answered before anybody may have let go of it.
        if since + LONGEST < offer.began and offer.ended < until
    ]


def find_taken(acts: Sequence[Act]) -> dict[str, list[Taken]]:
    """Return, by slot, from when until when a visit was there for certain."""
    by_reference: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        if act.outcome != "refused":
            by_reference[act.reference].append(act)
    taken: dict[str, list[Taken]] = defaultdict(list)
    for act in acts:
        if act.outcome == "done" and act.slot:
            later = [
                other.began
                for other in by_reference[act.reference]
                # One whose answer was lost may come late.
                if other is not act and other.kind in FREEING
                if other.outcome == "maybe" or other.ended > act.began
            ]
            taken[act.slot].append(Taken(act.ended, min(later, default=math.inf), act.reference))
    return taken
