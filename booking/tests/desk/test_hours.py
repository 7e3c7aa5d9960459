"""The hours of a day, as the board shows them and as bookings find them."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.availability import find_slots, to_datetime
from booking.availability.hours import Hours, read_hours
from booking.models import AvailabilityException, Location, Practitioner
from booking.tests import practice
from booking.tests.practice import NOW, TUESDAY


def read(day: date = TUESDAY) -> list[Hours]:
    return read_hours(day=day, now=NOW)


def spell(intervals: Any) -> list[str]:
    zone = practice.NEW_YORK
    return [
        f"{to_datetime(start).astimezone(zone):%H:%M}-{to_datetime(end).astimezone(zone):%H:%M}"
        for start, end in intervals
    ]


def test_day_without_hours_has_nobody(practitioner: Practitioner) -> None:
    assert read(TUESDAY + timedelta(days=4)) == []


def test_weekly_hours_are_open(practitioner: Practitioner, location: Location) -> None:
    [hours] = read()

    assert (hours.practitioner, hours.location) == (practitioner, location)
    assert spell(hours.planned) == spell(hours.open) == ["09:00-17:00"]


def test_absence_is_cut_out_and_named(practitioner: Practitioner) -> None:
    practice.close(practitioner, TUESDAY, starts_at=time(13), ends_at=time(15), note="Teaching")

    [hours] = read()

    assert spell(hours.planned) == ["09:00-17:00"]
    assert spell(hours.open) == ["09:00-13:00", "15:00-17:00"]
    [closing] = hours.closings
    assert closing.label == "Teaching"
    assert spell([(closing.start, closing.end)]) == ["13:00-15:00"]


def test_closure_of_the_practice_leaves_the_hours_and_their_reason(practitioner: Practitioner) -> None:
    practice.close_practice(TUESDAY, name="Snow")

    [hours] = read()

    assert hours.open == []
    assert [closing.label for closing in hours.closings] == ["Snow"]


def test_extra_time_is_open_with_its_note(practitioner: Practitioner, location: Location) -> None:
    saturday = TUESDAY + timedelta(days=4)
    AvailabilityException.objects.create(
        practitioner=practitioner,
        location=location,
        kind="extra",
        first_day=saturday,
        last_day=saturday,
        starts_at=time(9),
        ends_at=time(12),
        note="Saturday hours",
    )

    [hours] = read(saturday)

    assert spell(hours.open) == ["09:00-12:00"]
    assert hours.extra_notes == ["Saturday hours"]


@pytest.mark.parametrize("closed", ["nothing", "here", "elsewhere", "practice", "away", "away_elsewhere"])
def test_what_is_open_is_what_can_be_booked(
    closed: str, practitioner: Practitioner, location: Location, clock: Any
) -> None:
    """A visit of the shortest kind starts at every 5 open minutes, and nowhere else."""
    shortest = practice.make_visit_type(duration=5, start_step=5)
    practitioner.visit_types.add(shortest)
    elsewhere = practice.make_location()
    hours = {"starts_at": time(11), "ends_at": time(13)}
    if closed in ("here", "elsewhere", "practice"):
        place = {"here": location, "elsewhere": elsewhere, "practice": None}[closed]
        practice.close_practice(TUESDAY, location=place, **hours)
    elif closed != "nothing":
        practice.close(
            practitioner, TUESDAY, location=elsewhere if closed == "away_elsewhere" else location, **hours
        )

    slots = find_slots(visit_type=shortest, first_day=TUESDAY, last_day=TUESDAY)

    [shown] = read()
    starts = [start for first, last in shown.open for start in range(first, last, 5)]
    assert [slot.start for slot in slots] == [to_datetime(start) for start in starts]


def test_queries_do_not_grow_with_the_practice(practitioner: Practitioner, location: Location) -> None:
    with CaptureQueriesContext(connection) as few:
        read()
    for _ in range(4):
        practice.make_practitioner(visit_types=[practice.make_visit_type()], location=location)
        practice.close(practitioner, TUESDAY, starts_at=time(9), ends_at=time(10))

    with CaptureQueriesContext(connection) as many:
        assert len(read()) == 5

    assert len(many) == len(few) <= 6


def test_inactive_people_and_places_have_no_hours(practitioner: Practitioner, location: Location) -> None:
    location.is_active = False
    location.save()

    assert read() == []
