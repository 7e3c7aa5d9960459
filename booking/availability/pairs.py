"""The two visits of a chain, as they can be booked on one day at one place."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from booking.availability.reading import read_calendar
from booking.availability.slots import Slot, to_minutes
from booking.engine.chaining import pair_starts
from booking.models import Chain, Location, Patient, Practitioner

# Where, and on which local day.
_Key = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two slots that can be booked together now. Computed, never stored."""

    first: Slot
    second: Slot

    @property
    def wait(self) -> int:
        """Minutes from the end of the first visit to the start of the second."""
        return to_minutes(self.second.start) - to_minutes(self.first.end)


def find_pairs(
    *,
    chain: Chain,
    first_day: date,
    last_day: date,
    first_with: Practitioner | None = None,
    second_with: Practitioner | None = None,
    location: Location | None = None,
    patient: Patient | None = None,
    now: datetime | None = None,
) -> list[Pair]:
    """Return every pair of the local days first_day to last_day, by the first start and then by the wait.

    `first_with` and `second_with` narrow down who sees the patient. What each visit takes is asked of the
    same rules as a visit alone; neither is in the other's way, because the patient is in both.
    """
    if not chain.is_active:
        return []
    firsts, seconds = (
        read_calendar(
            visit_type=visit_type,
            first_day=first_day,
            last_day=last_day,
            practitioner=practitioner,
            location=location,
            patient=patient,
            now=now,
        ).slots()
        for visit_type, practitioner in ((chain.first, first_with), (chain.second, second_with))
    )
    later = _sort_by_day(seconds)
    pairs = []
    for key, earlier in _sort_by_day(firsts).items():
        some = later[key]
        starts = [to_minutes(slot.start) for slot in earlier], [to_minutes(slot.start) for slot in some]
        pairs += [Pair(earlier[one], some[other]) for one, other in pair_starts(*starts, link=chain.link)]
    pairs.sort(key=lambda pair: (pair.first.start, pair.second.start))
    return pairs


def choose_shortest(pairs: Iterable[Pair]) -> list[Pair]:
    """Return of each first visit (start, clinician and place) the pair with the shortest wait."""
    by_first = groupby(
        sorted(pairs, key=lambda pair: (pair.first.start, pair.first.key, pair.second.start)),
        key=lambda pair: pair.first.key,
    )
    return [next(some) for _, some in by_first]


def _sort_by_day(slots: Iterable[Slot]) -> dict[_Key, list[Slot]]:
    days: dict[_Key, list[Slot]] = defaultdict(list)
    for slot in slots:
        days[slot.location.pk, slot.local_start.date()].append(slot)
    return days
