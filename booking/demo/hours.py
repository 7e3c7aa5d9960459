"""When the demo practice is open: weekly hours, time away, extra and kept time, holidays. All invented."""

import calendar
from collections.abc import Iterator
from datetime import date, time, timedelta

from booking.blocking import BlockedTime, Repeat, block_time
from booking.models import (
    AvailabilityException,
    AvailabilityRule,
    Closure,
    KeptTime,
    Location,
    Practitioner,
    VisitType,
)

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def add_hours(
    practitioner: Practitioner, location: Location, *, weekdays: list[str], spans: tuple[str, ...]
) -> None:
    AvailabilityRule.objects.bulk_create(
        AvailabilityRule(
            practitioner=practitioner,
            location=location,
            weekday=WEEKDAYS.index(weekday),
            starts_at=time.fromisoformat(span.split("-")[0]),
            ends_at=time.fromisoformat(span.split("-")[1]),
        )
        for weekday in weekdays
        for span in spans
    )


def make_exceptions(*, today: date, locations: dict[str, Location]) -> None:
    """Somebody away, somebody away every second Wednesday afternoon, a Saturday morning of extra time."""
    monday = today - timedelta(days=today.weekday())
    people = {practitioner.slug: practitioner for practitioner in Practitioner.objects.all()}
    AvailabilityException.objects.create(
        practitioner=people["amara-osei"],
        first_day=monday + timedelta(weeks=2),
        last_day=monday + timedelta(weeks=2, days=2),
        note="Conference",
    )
    wednesday = monday + timedelta(weeks=1, days=2)
    block_time(
        practitioners=[people["lena-fischer"]],
        block=BlockedTime(
            kind=AvailabilityException.Kind.CLOSED,
            first_day=wednesday,
            last_day=wednesday,
            starts_at=time(13),
            ends_at=time(17),
            note="Teaching",
        ),
        repeat=Repeat(every_weeks=2, until=wednesday + timedelta(weeks=16)),
    )
    AvailabilityException.objects.create(
        practitioner=people["mateo-santos"],
        location=locations["alder-street"],
        kind=AvailabilityException.Kind.EXTRA,
        first_day=monday + timedelta(weeks=1, days=5),
        last_day=monday + timedelta(weeks=1, days=5),
        starts_at=time(9),
        ends_at=time(12),
        note="Saturday hours",
    )


def keep_time(visit_types: dict[str, VisitType]) -> None:
    """Half an afternoon a week for people who were here before, open to everybody the day before."""
    kept = KeptTime.objects.create(
        name="Returning patients",
        practitioner=Practitioner.objects.get(slug="lena-fischer"),
        weekday=WEEKDAYS.index("Thu"),
        starts_at=time(13),
        ends_at=time(15),
        released_hours=24,
    )
    kept.visit_types.set([visit_types["follow-up"], visit_types["telehealth-follow-up"]])


def list_closures(*, today: date) -> list[Closure]:
    """Return the practice's holidays from a month before `today` to a year after it, unsaved."""
    return [
        Closure(name=name, first_day=day, last_day=day)
        for year in range(today.year - 1, today.year + 2)
        for name, day in _list_holidays(year)
        if today - timedelta(days=31) <= day <= today + timedelta(days=365)
    ]


def _list_holidays(year: int) -> Iterator[tuple[str, date]]:
    yield "New Year's Day", date(year, 1, 1)
    yield "Memorial Day", _find_weekday(year, 5, calendar.MONDAY, -1)
    yield "Independence Day", date(year, 7, 4)
    yield "Labor Day", _find_weekday(year, 9, calendar.MONDAY, 0)
    thanksgiving = _find_weekday(year, 11, calendar.THURSDAY, 3)
    yield "Thanksgiving", thanksgiving
    yield "Day after Thanksgiving", thanksgiving + timedelta(days=1)
    yield "Christmas Eve", date(year, 12, 24)
    yield "Christmas Day", date(year, 12, 25)


def _find_weekday(year: int, month: int, weekday: int, index: int) -> date:
    """Return the weekday of a month by its index: 0 is the first of them, -1 the last."""
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    return [week[weekday] for week in weeks if week[weekday].month == month][index]
