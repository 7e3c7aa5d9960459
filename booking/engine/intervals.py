"""Half-open intervals [start, end) on whole numbers, and sets of them.

The engine counts in minutes: UTC minutes since 1970, or minutes of a wall clock. A *set of intervals* is a
list that is sorted, disjoint and merged (touching intervals are joined), so equal sets are equal lists.
Every function returns a new list and leaves its arguments alone.

Which intervals overlap the one at the top:

                        |========|
    before        |--|  |        |          no
    just before      |--|        |          no: touching is not overlapping
    across the start  |----|     |          yes
    inside              |  |--|  |          yes
    the same            |--------|          yes
    around           |--------------|       yes
    across the end      |     |-----|       yes
    just after          |        |--|       no
    after               |        |   |--|   no
"""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter

Interval = tuple[int, int]

_NEVER: Interval = (sys.maxsize, sys.maxsize)


def normalize(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the set of these intervals, which may come in any order and overlap.

    Raises ValueError when one of them does not start before it ends: silently dropped, a visit stored the
    wrong way round would free its own time.
    """
    ordered = sorted(intervals)
    if not ordered:
        return []
    merged = []
    start, end = ordered[0]
    for next_start, next_end in ordered:
        if next_start >= next_end:
            raise ValueError(f"interval does not start before it ends: ({next_start}, {next_end})")
        if next_start > end:
            merged.append((start, end))
            start, end = next_start, next_end
        elif next_end > end:
            end = next_end
    merged.append((start, end))
    return merged


def union(*sets: Iterable[Interval]) -> list[Interval]:
    return normalize(chain.from_iterable(sets))


def subtract(kept: Iterable[Interval], removed: Iterable[Interval]) -> list[Interval]:
    """Return what of `kept` does not lie in `removed`.

    Both must be sorted and disjoint. Intervals of `kept` that touch are allowed and stay apart.
    """
    remaining = []
    holes = iter(removed)
    hole_start, hole_end = next(holes, _NEVER)
    for start, end in kept:
        while hole_start < end:
            if hole_start > start:
                remaining.append((start, hole_start))
            if hole_end > start:
                start = hole_end
            if start >= end:
                break  # the same hole may reach into the next interval
            hole_start, hole_end = next(holes, _NEVER)
        if start < end:
            remaining.append((start, end))
    return remaining


def intersect(a: Sequence[Interval], b: Sequence[Interval]) -> list[Interval]:
    """Return what lies in both sets."""
    common = []
    i = j = 0
    while i < len(a) and j < len(b):
        start = max(a[i][0], b[j][0])
        end = min(a[i][1], b[j][1])
        if start < end:
            common.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return common


def contains(intervals: Sequence[Interval], wanted: Interval) -> bool:
    """Say whether the whole of `wanted` lies inside one interval of the set."""
    position = bisect_right(intervals, wanted[0], key=itemgetter(0))
    return position > 0 and wanted[1] <= intervals[position - 1][1]
