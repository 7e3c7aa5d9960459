"""Half-open intervals [start, end) on whole numbers, and sets of them.

The engine counts in minutes: UTC minutes since 1970, or minutes of a wall clock. A *set of intervals* is a
list that is sorted, disjoint and merged (touching intervals are joined), so equal sets are equal lists.
Every function returns a new list and leaves its arguments alone. Given intervals that touch, subtract and
intersect keep them apart.

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
from collections.abc import Iterable
from itertools import chain

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
    """Return what of `kept` does not lie in `removed`. Both must be sorted and disjoint."""
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


def intersect(a: Iterable[Interval], b: Iterable[Interval]) -> list[Interval]:
    """Return what lies in both. Both must be sorted and disjoint."""
    common = []
    others = iter(b)
    other_start, other_end = next(others, _NEVER)
    for start, end in a:
        while other_start < end:
            if start < other_end:
                # Not max() and min(): they double the time of this loop, the innermost of find_starts.
                common.append(
                    (start if start > other_start else other_start, end if end < other_end else other_end)
                )
            if other_end > end:
                break  # the same one may reach into the next interval
            other_start, other_end = next(others, _NEVER)
    return common
