"""Series and chains among many at once: one wins whole, the others hear which date, nobody deadlocks."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions
from booking.actions import Actor, Busy, SomeRefused, Wanted
from booking.admin.words import explain_error
from booking.models import Appointment, CancellationReason, Chain, Location, Patient, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.races.at_once import count_deadlocks, count_overlaps, run_at_once
from outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)

BY_STAFF = Actor.staff(None)


@pytest.fixture
def workday() -> date:
    """A coming Tuesday."""
    today = timezone.localdate()
    return today + timedelta(days=8 - today.weekday())


def want(visit_type: VisitType, person: Practitioner, location: Location, day: date, clock: str) -> Wanted:
    return Wanted(
        visit_type=visit_type,
        practitioner=person,
        location=location,
        start=practice.at(clock, day),
        horizon=730,
    )


def book(visits: list[Wanted], patient: Patient, **kind: Any) -> Any:
    """Return the booked visits, or what staff would read."""
    try:
        return actions.book_together(visits=visits, patient=patient, by=BY_STAFF, **kind)
    except SomeRefused as error:
        return explain_error(error)


def test_series_that_cross_at_one_date_have_one_winner(
    room_type: VisitType, practitioners: list[Practitioner], location: Location, workday: date
) -> None:
    """Each goes another way through the weeks, and all meet in the third."""
    patients = [practice.make_patient() for _ in range(6)]
    deadlocks_before = count_deadlocks()

    def work(number: int) -> Any:
        clocks = [f"{9 + number}:00" if week != 2 else "09:00" for week in range(4)]
        weeks = range(4) if number % 2 else reversed(range(4))
        visits = [
            want(
                room_type,
                practitioners[0],
                location,
                workday + timedelta(weeks=week),
                clocks[week].zfill(5),
            )
            for week in weeks
        ]
        return book(visits, patients[number], every_weeks=1)

    outcomes = run_at_once(6, work)

    winners = [outcome for outcome in outcomes if isinstance(outcome, list)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, str)]
    third = workday + timedelta(weeks=2)
    when = f"{third:%a, %b} {third.day}, 9:00 am: "
    assert [len(winner) for winner in winners] == [4]
    assert all(when in told.replace("\N{NO-BREAK SPACE}", " ") for told in losers)
    assert Appointment.objects.filter(status=Status.BOOKED).count() == 4
    assert OutboxMessage.objects.filter(kind="booking.booked_together").count() == 1
    assert count_overlaps() == 0
    assert count_deadlocks() == deadlocks_before


def test_chains_and_series_that_take_each_others_people_do_not_deadlock(
    room_type: VisitType, practitioners: list[Practitioner], location: Location, workday: date
) -> None:
    """A then B, B then A, and a series through both days, in two rooms: in any order, and no half of one."""
    other_type = practice.make_visit_type(rooms=list(room_type.rooms.all()), duration=30)
    for person in practitioners:
        person.visit_types.add(other_type)
    one_way = Chain.objects.create(name="A, B", first=room_type, second=other_type, least_gap=5, most_gap=60)
    other_way = Chain.objects.create(name="B, A", first=other_type, second=room_type, most_gap=60)
    patients = [practice.make_patient() for _ in range(9)]
    deadlocks_before = count_deadlocks()

    def work(number: int) -> Any:
        one, other = practitioners[number % 2], practitioners[1 - number % 2]
        clock = ("09:00", "09:40", "10:20")[number // 3]
        if number % 3 == 0:
            visits = [
                want(room_type, one, location, workday, clock),
                want(other_type, other, location, workday, f"{int(clock[:2]) + 1}:{clock[3:]}"),
            ]
            return book(visits, patients[number], chain=one_way)
        if number % 3 == 1:
            visits = [
                want(other_type, other, location, workday, clock),
                want(room_type, one, location, workday, f"{int(clock[:2]) + 1}:{clock[3:]}"),
            ]
            return book(visits, patients[number], chain=other_way)
        days = [workday, workday + timedelta(weeks=1)]
        visits = [want(room_type, practitioners[2], location, day, "09:00") for day in reversed(days)]
        return book(visits, patients[number], every_weeks=1)

    outcomes = run_at_once(9, work)

    booked = Counter(Appointment.objects.filter(status=Status.BOOKED).values_list("patient", flat=True))
    winners = [outcome for outcome in outcomes if isinstance(outcome, list)]
    assert winners
    assert set(booked.values()) == {2}
    assert len(booked) == len(winners)
    assert all("Nothing was booked." in told for told in outcomes if isinstance(told, str))
    assert count_overlaps() == 0
    assert count_deadlocks() == deadlocks_before


def test_series_booked_and_moved_and_cancelled_at_once_stays_whole(
    room_type: VisitType, practitioners: list[Practitioner], location: Location, workday: date
) -> None:
    patient = practice.make_patient()
    days = [workday + timedelta(weeks=week) for week in range(4)]
    visits = [want(room_type, practitioners[0], location, day, "10:00") for day in days]
    series = book(visits, patient, every_weeks=1)
    deadlocks_before = count_deadlocks()

    def work(number: int) -> str:
        try:
            if number % 3 == 0:
                actions.cancel_together(visits=series[1:], reason=CancellationReason.PATIENT, by=BY_STAFF)
                return "all"
            visit = series[1 + number % 3]
            if number % 2:
                actions.move(
                    appointment=visit,
                    practitioner=practitioners[1],
                    location=location,
                    start=visit.start + timedelta(hours=1),
                    by=BY_STAFF,
                )
            else:
                actions.cancel(appointment=visit, reason=CancellationReason.PATIENT, by=BY_STAFF)
        except actions.NotAllowed:
            return "no"
        except Busy:  # pragma: no cover
            raise AssertionError("a deadlock came to the surface") from None
        return "one"

    outcomes = run_at_once(9, work)

    steps = set(
        OutboxMessage.objects.filter(kind="booking.cancelled_together").values_list("version", flat=True)
    )
    assert "all" in outcomes or "one" in outcomes
    assert steps in (set(), {1})
    if steps:
        assert {visit.status for visit in Appointment.objects.exclude(pk=series[0].pk)} == {Status.CANCELLED}
    assert count_overlaps() == 0
    assert count_deadlocks() == deadlocks_before
