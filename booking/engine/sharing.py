"""Who takes a visit when any of several could: work spread evenly, and one answer at any one moment."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from booking.engine.intervals import Interval, intersect, normalize

# 2^32 divided by the golden ratio. Steps of it fall evenly whatever their rhythm: a count modulo the number
# of people would give every nine o'clock to the same one.
_GOLDEN = 2_654_435_769
_TURN = 2**32


def measure_share(*, openings: Iterable[Interval], busy: Iterable[Interval]) -> Fraction:
    """Return how much of the open time is taken, from 0 to 1; 1 where nothing is open."""
    hours = list(openings)
    total = _add_up(hours)
    return Fraction(_add_up(intersect(hours, normalize(busy))), total) if total else Fraction(1)


def choose_fairly(start: int, shares: Mapping[int, Fraction | float]) -> int:
    """Return the key of `shares` that takes a visit at `start` (UTC minutes): the one with the least share.

    Equal shares take turns. Whose turn it is hangs on the start alone, so that every listing names the same
    person. Raises ValueError for nobody.
    """
    least = min(shares.values())
    tied = sorted(key for key, share in shares.items() if share == least)
    return tied[(start * _GOLDEN % _TURN) * len(tied) // _TURN]


def _add_up(intervals: Iterable[Interval]) -> int:
    return sum(end - start for start, end in intervals)
