"""Two visits of one patient on one day, the second after the first. All in UTC minutes since 1970."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from booking.engine.slots import VisitShape


@dataclass(frozen=True, slots=True)
class Link:
    """How two visits follow each other: so many minutes from the end of the first to the start of the second.

    The patient is in both, so the time that both take, buffers included, never overlaps; and with it neither
    does that of a room or a clinician whom both have.
    """

    first: VisitShape
    second: VisitShape
    least: int
    most: int

    @property
    def shortest_gap(self) -> int:
        """The least that is asked for, or what the buffers between the two need."""
        return max(self.least, self.first.buffer_after + self.second.buffer_before)

    def joins(self, first: int, second: int) -> bool:
        """Tell whether visits that start then follow each other as planned."""
        return self.shortest_gap <= second - first - self.first.duration <= self.most


def pair_starts(firsts: Sequence[int], seconds: Sequence[int], *, link: Link) -> list[tuple[int, int]]:
    """Return every pair that the link joins, as places in the two lists.

    The soonest first comes first, and with it the second that has the shortest wait. Both lists are
    ascending, of one day and one place; a start may stand there several times, once for each clinician.
    That is why the pairs are places and not starts.
    """
    pairs = []
    for place, start in enumerate(firsts):
        end = start + link.first.duration
        begin = bisect_left(seconds, end + link.shortest_gap)
        after_last = bisect_right(seconds, end + link.most)
        pairs += [(place, other) for other in range(begin, after_last)]
    return pairs
