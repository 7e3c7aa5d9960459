"""The visits that stand on the books before anything is timed: as many, at the same times, on both sides.

Imports nothing of ours: a peer's own Python reads it too.
"""

import random
from collections.abc import Iterator
from datetime import date, time, timedelta

CLINICIANS = 8
OPENS, CLOSES = 9, 17
MINUTES = 20
COMING, PAST = range(1, 61), range(-400, 0)
VISITS_EACH = 1_000
# Nobody has a visit there; the timed bookings do. A peer may open no more than 90 days.
FREE = range(61, 89)

Place = tuple[int, date, time]
"""Number of the clinician, day, and when the visit begins on the clinic's clock."""


def list_workdays(today: date, days: range) -> list[date]:
    wanted = (today + timedelta(days=offset) for offset in days)
    return [day for day in wanted if day.weekday() < 5]


def list_places(today: date, days: range) -> Iterator[Place]:
    for day in list_workdays(today, days):
        for minute in range(OPENS * 60, CLOSES * 60, MINUTES):
            for number in range(CLINICIANS):
                yield number, day, time(*divmod(minute, 60))


def draw_visits(today: date) -> list[Place]:
    """A thousand in the coming sixty days, a thousand in the year before."""
    dice = random.Random(2026)
    return [
        place for days in (COMING, PAST) for place in dice.sample(list(list_places(today, days)), VISITS_EACH)
    ]
