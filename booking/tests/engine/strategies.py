"""What hypothesis draws for the engine: intervals, zones, days, hours and visits."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import settings
from hypothesis import strategies as st

from booking.engine.intervals import Interval, normalize
from booking.engine.openings import DAY, DateSpan, Opening, WeeklyRule
from booking.engine.slots import VisitShape

# Without a deadline, a busy machine fails no test.
modest = settings(max_examples=40, deadline=None)

NEW_YORK = ZoneInfo("America/New_York")
# Zones that do something others do not: half-hour and two-hour changes, changes at midnight or a minute past
# it, two seasons a year around Ramadan, a whole day left out.
ODD_ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/Santiago",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]
# Days around clock changes of New York and of the odd zones; 2011-12-30 is the day that Apia left out.
ODD_DAYS = [
    date(2026, 11, 1),
    date(2027, 3, 14),
    date(2011, 12, 30),
    date(2010, 11, 7),
    date(2011, 3, 13),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2027, 3, 28),
    date(2026, 10, 25),
    date(2026, 4, 24),
    date(2026, 9, 6),
]

zones = st.one_of(
    st.just("America/New_York"), st.sampled_from(ODD_ZONES), st.sampled_from(sorted(available_timezones()))
).map(ZoneInfo)
days = st.one_of(
    st.sampled_from(ODD_DAYS).flatmap(
        lambda day: st.sampled_from([day - timedelta(days=1), day, day + timedelta(days=1)])
    ),
    st.dates(date(2000, 1, 1), date(2037, 12, 31)),
)
shapes = st.builds(
    VisitShape,
    duration=st.integers(1, 90),
    buffer_before=st.integers(0, 20),
    buffer_after=st.integers(0, 20),
    start_step=st.sampled_from([1, 5, 7, 10, 15, 20, 30, 40, 45, 60]),
)


def intervals(low: int = 0, high: int = 120) -> st.SearchStrategy[Interval]:
    pairs = st.tuples(st.integers(low, high), st.integers(low, high))
    return pairs.filter(lambda pair: pair[0] != pair[1]).map(lambda pair: (min(pair), max(pair)))


def interval_sets(low: int = 0, high: int = 120) -> st.SearchStrategy[list[Interval]]:
    return st.lists(intervals(low, high), max_size=8).map(normalize)


@st.composite
def open_times(draw: st.DrawFn) -> list[Opening]:
    """Openings within 0..480, some of them touching, with anchors at or before their starts."""
    bounds = sorted(draw(st.sets(st.integers(0, 480), min_size=2, max_size=8)))
    kept = [pair for pair in pairwise(bounds) if draw(st.booleans())] or [(bounds[0], bounds[-1])]
    return [Opening(start, end, start - draw(st.sampled_from([0, 0, 7, 30, 100]))) for start, end in kept]


@st.composite
def wall_times(draw: st.DrawFn) -> Interval:
    """Two wall times of a day, often around the hours at which clocks change."""
    step = draw(st.sampled_from([1, 15, 30, 60]))
    starts = draw(st.integers(0, DAY // step - 1))
    ends = draw(st.integers(starts + 1, DAY // step))
    return starts * step, ends * step


@st.composite
def weekly_rules(draw: st.DrawFn, around: date) -> WeeklyRule:
    starts, ends = draw(wall_times())
    validity = st.none() | st.integers(-5, 5).map(lambda delta: around + timedelta(days=delta))
    return WeeklyRule(draw(st.integers(0, 6)), starts, ends, draw(validity), draw(validity))


@st.composite
def date_spans(draw: st.DrawFn, around: date) -> DateSpan:
    first = around + timedelta(days=draw(st.integers(-3, 3)))
    last = first + timedelta(days=draw(st.integers(0, 3)))
    starts, ends = draw(st.just((0, DAY)) | wall_times())
    return DateSpan(first, last, starts, ends)


def list_minutes(some: Iterable[Interval]) -> set[int]:
    return {minute for start, end in some for minute in range(start, end)}
