"""What each report says of a small practice whose numbers are known by hand."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from booking.models import (
    AccessFigure,
    Appointment,
    CameFrom,
    Location,
    Practitioner,
    VisitType,
    WaitlistEntry,
    WaitlistOffer,
)
from booking.models.appointment import Status
from booking.reports import REPORTS, access
from booking.reports.span import Span
from booking.reports.table import find_percentile, percent
from booking.tests import practice
from booking.tests.practice import at
from outbox import queue
from outbox.models import OutboxMessage, State

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 10, 5)
OCTOBER = Span(first=date(2026, 10, 1), last=date(2026, 10, 31))


def add_visit(
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    day: date,
    clock: str,
    **fields: Any,
) -> Appointment:
    """Write a visit of 40 minutes as it would stand by now, booked ten days before."""
    start = at(clock, day, location.zone)
    end = start + timedelta(minutes=40)
    return Appointment.objects.create(
        **{
            "visit_type": visit_type,
            "practitioner": practitioner,
            "location": location,
            "patient": practice.make_patient(),
            "status": Status.FULFILLED,
            "start": start,
            "end": end,
            "busy_start": start,
            "busy_end": end,
            "booked_at": start - timedelta(days=10),
            **fields,
        }
    )


@pytest.fixture
def add(visit_type: VisitType, practitioner: Practitioner, location: Location, clock: Any) -> Any:
    def add(day: date, at_clock: str, **fields: Any) -> Appointment:
        kind = fields.pop("visit_type", visit_type)
        return add_visit(kind, practitioner, location, day, at_clock, **fields)

    return add


def read(name: str, span: Span = OCTOBER) -> list[list[Any]]:
    return REPORTS[name].read(span).rows


# --- Each report ------------------------------------------------------------------------


def test_utilisation_is_booked_of_open_time_by_week(add: Any, practitioner: Practitioner):
    week = Span(first=MONDAY, last=MONDAY + timedelta(days=6))
    practice.close(practitioner, MONDAY + timedelta(days=1))
    for clock in ("09:00", "10:00", "11:00"):
        add(MONDAY, clock)
    add(MONDAY, "12:00", status=Status.NOSHOW)
    add(MONDAY, "13:00", status=Status.CANCELLED, cancelled_at=practice.NOW)

    # Four days of eight hours; four visits of forty minutes, one of them missed.
    assert read("utilisation", week) == [["Oct 5, 2026", 32.0, 2.7, 0.7, 8.3]]


def test_week_in_which_the_clock_is_set_back_has_its_hours(add: Any, location: Location):
    """Whoever works through the night of November 1 works an hour more."""
    person = practice.make_practitioner(visit_types=[])
    practice.add_hours(person, location, weekday=6, hours="00:00-08:00")
    sunday = Span(first=date(2026, 11, 1), last=date(2026, 11, 1))

    [[_, hours, *_rest]] = read("utilisation", sunday)

    # The repeated hour is open once: see the engine.
    assert hours == 8.0


def test_lead_time_is_days_by_the_calendar(add: Any):
    for number, days in enumerate([0, 1, 1, 2, 3, 5, 8, 13, 21, 34]):
        day = MONDAY + timedelta(days=number)
        add(day, "09:00", booked_at=at("08:00", day - timedelta(days=days)))
    add(MONDAY, "10:00", status=Status.CANCELLED, cancelled_at=practice.NOW)

    assert read("lead-time") == [["Oct 2026", "First visit", 10, 3, 21]]


def test_missed_and_late_are_rates_by_month_and_type(add: Any):
    for clock in ("09:00", "10:00", "11:00"):
        add(MONDAY, clock)
    add(MONDAY, "12:00", status=Status.NOSHOW)
    gone = {"status": Status.CANCELLED, "cancellation_reason": "patient"}
    add(MONDAY, "13:00", **gone, cancelled_at=at("12:30", MONDAY))  # inside the cut-off of an hour
    add(MONDAY, "14:00", **gone, cancelled_at=at("12:30", MONDAY))
    add(MONDAY, "15:00", **{**gone, "cancellation_reason": "practice"}, cancelled_at=at("14:59", MONDAY))

    assert read("missed") == [["Oct 2026", "First visit", 3, 1, 25.0, 1, 20.0]]


def test_mail_is_counted_by_week_and_kind(clock: Any):
    due = at("09:00", MONDAY)
    for number, (state, after) in enumerate(
        [(State.SENT, 5), (State.SENT, 300), (State.DEAD, None), (State.DROPPED, None)]
    ):
        OutboxMessage.objects.create(
            kind="booking.booked",
            subject_id=number,
            version=0,
            recipient="patient",
            send_at=due,
            state=state,
            sent_at=due + timedelta(seconds=after) if after else None,
        )

    assert read("mail") == [["Oct 5, 2026", "booking.booked", 2, 50.0, 1, 0, 0, 1]]


def test_waitlist_yield_counts_offers_by_their_fate(
    visit_type: VisitType, practitioner: Practitioner, location: Location
):
    made = at("09:00", MONDAY)
    for number, status in enumerate(["accepted", "accepted", "passed", "expired", "open"]):
        entry = WaitlistEntry.objects.create(
            patient=practice.make_patient(), visit_type=visit_type, until=MONDAY, created_at=made
        )
        WaitlistOffer.objects.create(
            entry=entry,
            practitioner=practitioner,
            location=location,
            start=made + timedelta(days=number + 1),
            status=status,
            offered_at=made,
            expires_at=made + timedelta(hours=1),
            ended_at=None if status == "open" else made,
        )

    assert read("waitlist") == [["Oct 2026", 5, 5, 2, 1, 1, 0, 50.0, 1.3]]


def test_sources_are_counted_by_the_month_of_booking(add: Any):
    ways = [CameFrom.DIRECT, CameFrom.ARTICLE, CameFrom.ARTICLE, CameFrom.CALLER]
    for hour, way in enumerate(ways, start=9):
        add(MONDAY, f"{hour:02}:00", came_from=way, booked_at=at("09:00", MONDAY))
    add(MONDAY, "14:00", booked_at=at("09:00", date(2026, 9, 30)))

    assert read("sources") == [["Oct 2026", 4, 1, 2, 0, 1, 75.0]]


def test_third_next_opening_is_written_down_once_a_day(
    clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
):
    written = [access.record_figures(), access.record_figures()]
    clock.shift(timedelta(days=1))
    practitioner.rules.all().delete()
    written.append(access.record_figures())

    figures = list(AccessFigure.objects.order_by("day", "pk").values_list("location", "days_ahead"))
    # With nobody's hours the type takes place nowhere.
    assert written == [2, 0, 1]
    assert figures == [(None, 0), (location.pk, 0), (None, None)]


def test_opening_of_the_evening_before_where_it_is_earlier_is_of_today(clock: Any, visit_type: VisitType):
    """At midnight of the practice it is 9 pm in Los Angeles: no figure is less than none."""
    place = practice.make_location(time_zone="America/Los_Angeles")
    practice.make_practitioner(visit_types=[visit_type], location=place, hours="09:00-23:00")
    clock.move_to(at("00:10"))

    written = access.record_figures()

    assert written == 2
    assert set(AccessFigure.objects.values_list("days_ahead", flat=True)) == {0}


def test_third_next_opening_is_the_median_of_each_week(visit_type: VisitType, location: Location):
    for number, ahead in enumerate([2, 9, 4, None]):
        for place in (None, location):
            AccessFigure.objects.create(
                day=MONDAY + timedelta(days=number), visit_type=visit_type, location=place, days_ahead=ahead
            )

    everywhere, here = read("access"), read("access", Span(OCTOBER.first, OCTOBER.last, location=location))

    assert everywhere == here == [["Oct 5, 2026", "First visit", 4, 1]]


# --- What they have in common -----------------------------------------------------------


@pytest.mark.parametrize("name", REPORTS)
def test_empty_practice_has_nothing_to_count(name: str, db: None):
    table = REPORTS[name].read(OCTOBER)

    assert [row for row in table.rows if any(isinstance(cell, float) and cell for cell in row)] == []


@pytest.mark.parametrize("name", REPORTS)
def test_queries_do_not_grow_with_the_rows(name: str, add: Any, visit_type: VisitType):
    def fill(number: int) -> None:
        add(MONDAY + timedelta(days=number), "09:00")
        AccessFigure.objects.create(day=MONDAY + timedelta(days=number), visit_type=visit_type, days_ahead=1)

    fill(0)
    with CaptureQueriesContext(connection) as for_one:
        read(name)
    for number in (1, 2):
        fill(number)

    with CaptureQueriesContext(connection) as for_three:
        read(name)

    assert len(for_three) == len(for_one)


@pytest.mark.parametrize("name", ["utilisation", "lead-time", "missed", "sources"])
def test_place_and_type_narrow_it_down(name: str, add: Any, location: Location):
    other = practice.make_visit_type(name="Other")
    add(MONDAY, "09:00", booked_at=at("08:00", MONDAY), visit_type=other)
    elsewhere = Span(OCTOBER.first, OCTOBER.last, location=practice.make_location())

    def total(span: Span) -> float:
        cells = [cell for row in read(name, span) for cell in row[1:] if isinstance(cell, (int, float))]
        return 0 if name == "utilisation" and not any(row[2] for row in read(name, span)) else sum(cells)

    of_type = Span(OCTOBER.first, OCTOBER.last, location=location, visit_type=other)
    assert total(of_type) > 0
    assert total(elsewhere) == 0


def test_visit_near_midnight_belongs_to_the_day_of_its_place(visit_type: VisitType, clock: Any):
    kolkata = practice.make_location(time_zone="Asia/Kolkata")
    person = practice.make_practitioner(visit_types=[visit_type], location=kolkata)
    # Still September in UTC and in New York.
    start = datetime(2026, 9, 30, 20, 0, tzinfo=UTC)
    visit = add_visit(visit_type, person, kolkata, date(2026, 10, 1), "01:30", booked_at=start)

    assert visit.start == start
    assert [row[0] for row in read("sources")] == ["Oct 2026"]
    assert read("lead-time") == [["Oct 2026", "First visit", 1, 0, 0]]


@pytest.mark.parametrize(
    ("share", "expected"), [(Fraction(1, 2), 2), (Fraction(9, 10), 9), (Fraction(0), 1), (Fraction(1), 9)]
)
def test_percentile_is_the_nearest_rank(share: Fraction, expected: int):
    assert find_percentile({1: 2, 2: 3, 9: 1}, share) == expected


def test_nothing_has_no_percentile_and_no_percentage():
    assert find_percentile({}, Fraction(1, 2)) is None
    assert percent(0, 0) is None


def test_hours_of_whoever_has_left_still_count(practitioner: Practitioner):
    week = Span(first=MONDAY, last=MONDAY + timedelta(days=6))
    Practitioner.objects.update(is_active=False)

    assert read("utilisation", week)[0][1] == 40.0


def test_extra_hours_count_as_open(practitioner: Practitioner, location: Location):
    saturday = MONDAY + timedelta(days=5)
    practice.close(
        practitioner, saturday, kind="extra", location=location, starts_at=time(9), ends_at=time(12)
    )

    assert read("utilisation", Span(first=saturday, last=saturday))[0][1] == 3.0


def test_mail_that_left_after_several_tries_was_not_in_time(clock: Any):
    due = at("09:00", MONDAY)
    clock.move_to(due)
    with transaction.atomic():
        message = queue.enqueue(kind="booking.booked", subject_id=1, version=0, recipient="patient")
    # As after four tries: each puts off the next.
    late = due + timedelta(minutes=40)
    OutboxMessage.objects.filter(pk=message.pk).update(
        send_at=late, state=State.SENT, sent_at=late, attempts=5
    )

    assert read("mail") == [["Oct 5, 2026", "booking.booked", 1, 0.0, 0, 0, 0, 0]]
