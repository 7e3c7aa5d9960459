"""From openings and busy time to the moments at which a visit can start. All in UTC minutes since 1970."""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from booking.engine.intervals import Interval, intersect, normalize, subtract, union
from booking.engine.openings import Opening

_ALWAYS: Interval = (-sys.maxsize, sys.maxsize)


@dataclass(frozen=True, slots=True)
class VisitShape:
    """How a kind of visit lies in time, in minutes.

    The buffers keep time free before and after the visit. They may reach out of the opening; the visit itself
    may not.
    """

    duration: int
    buffer_before: int = 0
    buffer_after: int = 0
    start_step: int = 15

    def __post_init__(self) -> None:
        if self.duration <= 0 or self.start_step <= 0 or self.buffer_before < 0 or self.buffer_after < 0:
            raise ValueError(f"not the shape of a visit: {self}")


def find_starts(
    *,
    openings: Sequence[Opening],
    busy: Iterable[Interval],
    shape: VisitShape,
    rooms_busy: Iterable[Iterable[Interval]] | None = None,
    earliest: int,
    latest: int,
    limit: int | None = None,
) -> list[int]:
    """Return the starts from `earliest` through `latest`, ascending, at most `limit` of them.

    At each of them the visit lies within one opening, on its grid; the visit with its buffers touches nothing
    in `busy` (the time others take, their buffers included); and at least one room is free as long, if the
    visit needs one. `rooms_busy` has one entry for each room that would do, so that an empty one offers
    nothing; None means that no room is needed. Openings must be sorted and disjoint, as open_intervals gives
    them; busy times may come in any order and overlap.
    """
    possible = []
    for opening in openings:
        first = max(opening.start, earliest)
        end = min(opening.end - shape.duration, latest) + 1
        if first < end:
            possible.append((first, end))
    blocked = _find_blocked(busy, shape)
    if rooms_busy is not None:
        blocked = union(blocked, _find_roomless(rooms_busy, shape))

    starts: list[int] = []
    opening_starts = [opening.start for opening in openings]
    for first, end in subtract(possible, blocked):
        anchor = openings[bisect_right(opening_starts, first) - 1].anchor
        starts.extend(range(first + (anchor - first) % shape.start_step, end, shape.start_step))
        if limit is not None and len(starts) >= limit:
            return starts[:limit]
    return starts


def _find_blocked(busy: Iterable[Interval], shape: VisitShape) -> list[Interval]:
    """Return the set of starts at which the visit with its buffers would touch a busy time."""
    reach = shape.duration + shape.buffer_after - 1
    before = shape.buffer_before
    return normalize([(start - reach, end + before) for start, end in busy])


def _find_roomless(rooms_busy: Iterable[Iterable[Interval]], shape: VisitShape) -> list[Interval]:
    """Return the set of starts at which every room is taken."""
    return reduce(intersect, [_find_blocked(busy, shape) for busy in rooms_busy], [_ALWAYS])
