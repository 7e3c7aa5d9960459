"""How fast the engine is: free starts with one practitioner over 90 days with 20 visits a day.

`python -m benchmarks.bench_engine` times the whole path from weekly rules to starts, as booking/availability
goes it, beside a floor: the least code that gets the same starts out of the same busy times. The floor is
handed the openings and knows no rules, zones, rooms or notice. All parts run in turns in one process, and the
results must be equal before anything is timed.
"""

import random
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from booking.engine import openings as engine_openings
from booking.engine.intervals import Interval
from booking.engine.openings import DateSpan, Opening, WeeklyRule, open_intervals
from booking.engine.slots import VisitShape, find_starts

DAYS = 90
VISITS_A_DAY = 20
ROUNDS = 400
ALLOWED = 2.5
"""How many times the floor the whole path may take."""

WHOLE, FLOOR = "rules to starts", "floor: merge, walk the gaps"

ZONE = ZoneInfo("America/New_York")
# Daylight saving time ends within these days.
FIRST = date(2026, 9, 14)
LAST = FIRST + timedelta(days=DAYS - 1)
# With its buffer a visit takes 20 minutes: nine open hours have room for 27 of them, and 20 are booked.
SHAPE = VisitShape(duration=15, buffer_after=5, start_step=20)
OPENS, NOON, ONE, CLOSES = 8 * 60, 12 * 60, 13 * 60, 18 * 60
RULES = [
    *(WeeklyRule(weekday, OPENS, NOON) for weekday in range(7)),
    *(WeeklyRule(weekday, ONE, CLOSES) for weekday in range(6)),
    WeeklyRule(6, ONE, CLOSES, valid_to=date(2026, 10, 31)),
    WeeklyRule(6, ONE, CLOSES, valid_from=date(2026, 11, 1)),
]
EXTRA = [
    DateSpan(date(2026, 9, 23), date(2026, 9, 23), CLOSES, CLOSES + 60),
    DateSpan(date(2026, 10, 24), date(2026, 10, 24), NOON, ONE),
]
CLOSED = [
    DateSpan(date(2026, 10, 12), date(2026, 10, 12)),
    DateSpan(date(2026, 11, 26), date(2026, 11, 27)),
    DateSpan(date(2026, 10, 20), date(2026, 10, 20), ONE, ONE + 90),
    DateSpan(date(2026, 12, 7), date(2026, 12, 9), OPENS, NOON),
]


def open_days() -> list[Opening]:
    return open_intervals(first=FIRST, last=LAST, zone=ZONE, rules=RULES, extra=EXTRA, closed=CLOSED)


def find_free(openings: Sequence[Opening], busy: list[Interval]) -> list[int]:
    return find_starts(openings=openings, busy=busy, shape=SHAPE, earliest=0, latest=sys.maxsize)


def book_visits() -> list[Interval]:
    """Busy times of 20 visits on each of the days, closed ones too, ordered as the database returns them."""
    dice = random.Random(2026)
    busy: list[Interval] = []
    for day in range(DAYS):
        on_this_day = FIRST + timedelta(days=day)
        hours = open_intervals(first=on_this_day, last=on_this_day, zone=ZONE, rules=RULES)
        places = [start for opening in hours for start in range(opening.start, opening.end, 20)]
        busy += [(start, start + 20) for start in sorted(dice.sample(places, VISITS_A_DAY))]
    return busy


def merge_plainly(busy: list[Interval]) -> list[Interval]:
    merged = []
    ordered = sorted(busy)
    start, end = ordered[0]
    for next_start, next_end in ordered:
        if next_start > end:
            merged.append((start, end))
            start, end = next_start, next_end
        elif next_end > end:
            end = next_end
    merged.append((start, end))
    return merged


def find_free_plainly(openings: Sequence[Opening], busy: list[Interval]) -> list[int]:
    duration, step = SHAPE.duration, SHAPE.start_step
    with_buffer = duration + SHAPE.buffer_after
    taken = iter([*merge_plainly(busy), (sys.maxsize, sys.maxsize)])
    busy_start, busy_end = next(taken)
    starts = []
    for at, closes, anchor in openings:
        while at < closes:
            while busy_end <= at:
                busy_start, busy_end = next(taken)
            at += (anchor - at) % step
            while at + duration <= closes and at + with_buffer <= busy_start:
                starts.append(at)
                at += step
            if busy_start >= closes:
                break
            at = busy_end
    return starts


def open_days_anew() -> list[Opening]:
    """The openings as the first request of a day makes them, before the zone's clock changes are known."""
    engine_openings._list_stretches.cache_clear()
    return open_days()


def run() -> list[tuple[str, float]]:
    """Return the name of each part and its median milliseconds."""
    openings, busy = open_days(), book_visits()
    if find_free(openings, busy) != find_free_plainly(openings, busy):
        sys.exit("The engine and its floor disagree, so there is nothing to compare.")
    parts: dict[str, Callable[[], object]] = {
        WHOLE: lambda: find_free(open_days(), busy),
        "  rules to openings": open_days,
        "  openings to starts": lambda: find_free(openings, busy),
        "rules to starts, first of a day": lambda: find_free(open_days_anew(), busy),
        FLOOR: lambda: find_free_plainly(openings, busy),
        "  merge alone": lambda: merge_plainly(busy),
    }
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(ROUNDS):
        for name, part in parts.items():
            began = perf_counter()
            part()
            times[name].append((perf_counter() - began) * 1000)
    return [(name, median(taken)) for name, taken in times.items()]


def main() -> int:
    busy = book_visits()
    print(
        f"Free starts with one practitioner: {DAYS} days, {len(busy):,} visits, "
        f"{len(find_free(open_days(), busy)):,} starts found, median of {ROUNDS}"
    )
    print(f"{'':36}{'ms':>8}{'times the floor':>18}")
    medians = dict(run())
    for name, milliseconds in medians.items():
        print(f"{name:36}{milliseconds:8.3f}{milliseconds / medians[FLOOR]:18.2f}")
    print(f"At most {ALLOWED:g} times the floor is allowed from rules to starts.")
    return 1 if medians[WHOLE] > ALLOWED * medians[FLOOR] else 0


if __name__ == "__main__":
    sys.exit(main())
