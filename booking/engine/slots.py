"""From openings and busy time to the moments at which a visit can start. All in UTC minutes since 1970."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from booking.engine.intervals import Interval, intersect, union
from booking.engine.openings import Opening

_NEVER: Interval = (sys.maxsize, sys.maxsize)


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
    rooms_free: Iterable[Interval] | None = None,
    earliest: int,
    latest: int,
    limit: int | None = None,
) -> list[int]:
    """Return the starts from `earliest` through `latest`, ascending, at most `limit` of them.

    At each of them the visit lies within one opening, on its grid; the visit with its buffers touches nothing
    in `busy` (the time others take, their buffers included); and at least one room is free as long, if the
    visit needs one: `rooms_free` is what find_rooms_free says, or None where no room is needed. Openings must
    be sorted and disjoint, as open_intervals gives them; busy times may come in any order and overlap.
    """
    # Ranges of starts, not of time.
    free = _find_free(busy, shape)
    if rooms_free is not None:
        free = intersect(free, rooms_free)
    duration, step = shape.duration, shape.start_step

    starts: list[int] = []
    ranges = iter(free)
    free_from, free_until = next(ranges, _NEVER)
    for opens, closes, anchor in openings:
        # Not max() and min(): they double the time of this loop.
        first = opens if opens > earliest else earliest
        last = closes - duration if closes - duration < latest else latest
        while free_until <= first:
            free_from, free_until = next(ranges, _NEVER)
        while free_from <= last:
            start = first if first > free_from else free_from
            start += (anchor - start) % step
            # A full calendar has few starts in a gap: this is twice as fast there as extending by a range.
            while start < free_until and start <= last:
                starts.append(start)
                start += step
            if free_until > last:
                break  # the same one may reach into the next opening
            free_from, free_until = next(ranges, _NEVER)
        if limit is not None and len(starts) >= limit:
            return starts[:limit]
    return starts


def find_rooms_free(rooms_busy: Iterable[Iterable[Interval]], shape: VisitShape) -> list[Interval]:
    """Return the set of starts at which at least one room is free as long as the visit with its buffers.

    `rooms_busy` has one entry for each room that would do: none at all, and no start is free. A question of
    its own, because everybody at one place shares its rooms.
    """
    return union(*[_find_free(room, shape) for room in rooms_busy])


def _find_free(busy: Iterable[Interval], shape: VisitShape) -> list[Interval]:
    """Return the set of starts at which the visit with its buffers touches no busy time."""
    before = shape.buffer_before
    needed = before + shape.duration + shape.buffer_after
    free = []
    taken_until = -sys.maxsize
    for busy_start, busy_end in sorted(busy):
        if busy_start - taken_until >= needed:
            free.append((taken_until + before, busy_start - needed + before + 1))
        if busy_end > taken_until:
            taken_until = busy_end
    free.append((taken_until + before, sys.maxsize))
    return free
