"""Offers of the waitlist among many at once: one time has one taker, and one wish one offer."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from booking import actions, offering
from booking.actions import Actor, BookingError, OfferOver, Refused
from booking.models import Appointment, Location, Practitioner, VisitType, WaitlistEntry, WaitlistOffer
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.races.at_once import count_deadlocks, count_overlaps, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def book(visit_type: VisitType, practitioner: Practitioner, location: Location, day: date) -> Appointment:
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=practice.at("10:00", day),
        patient=practice.make_patient(),
        by=Actor.system(),
    )


def wait(visit: Appointment | None, visit_type: VisitType, until: date) -> WaitlistEntry:
    patient = visit.patient if visit is not None and visit.patient else practice.make_patient()
    return WaitlistEntry.objects.create(
        patient=patient, visit_type=visit_type, appointment=visit, until=until, notice=120, at_any_hour=True
    )


@pytest.fixture
def workday() -> date:
    """A coming Tuesday."""
    today = timezone.localdate()
    return today + timedelta(days=8 - today.weekday())


@pytest.mark.parametrize("has_visit", [False, True])
@pytest.mark.parametrize("is_late", [False, True])
def test_time_that_patient_and_staff_want_at_once_goes_to_one(
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    receptionist: Any,
    workday: date,
    has_visit: bool,
    is_late: bool,
):
    freed = book(visit_type, practitioner, location, workday)
    theirs = book(visit_type, practitioner, location, workday + timedelta(days=7)) if has_visit else None
    entry = wait(theirs, visit_type, until=workday)
    actions.cancel(appointment=freed, reason="practice", by=Actor.staff(receptionist))
    offering.offer_freed_times()
    offer: Any = entry.offers.get()
    if is_late:
        # The minutes are over, and no sweep has passed it on: now it is whose press comes first.
        ended = timezone.now() - timedelta(seconds=1)
        WaitlistOffer.objects.update(expires_at=ended)
        Appointment.objects.filter(waitlist_offer=offer).update(hold_expires_at=ended)
    patients = [practice.make_patient() for _ in range(4)]

    def work(number: int) -> str:
        try:
            if number % 2:
                return f"patient {actions.accept_offer(offer=offer, by=Actor.patient()).pk}"
            booked = actions.book_visit(
                visit_type=visit_type,
                practitioner=practitioner,
                location=location,
                start=freed.start,
                patient=patients[number // 2],
                by=Actor.staff(receptionist),
            )
            return f"staff {booked.pk}"
        except (Refused, OfferOver) as error:
            return type(error).__name__

    outcomes = run_at_once(8, work)

    winners = {outcome for outcome in outcomes if outcome.startswith(("patient", "staff"))}
    assert len(winners) == 1, outcomes
    assert Appointment.objects.filter(start=freed.start, status=Status.BOOKED).count() == 1
    if not is_late:
        assert winners.pop().startswith("patient")
    assert count_overlaps() == 0


def test_sweeps_at_once_offer_each_wish_one_time_and_each_time_once(
    visit_type: VisitType, practitioner: Practitioner, location: Location, workday: date
):
    deadlocks_before = count_deadlocks()
    visits = []
    for clock in ("09:00", "10:00", "11:00", "13:00"):
        visits.append(
            actions.book_visit(
                visit_type=visit_type,
                practitioner=practitioner,
                location=location,
                start=practice.at(clock, workday),
                patient=practice.make_patient(),
                by=Actor.system(),
            )
        )
    entries = [wait(None, visit_type, until=workday) for _ in range(6)]
    for visit in visits:
        actions.cancel(appointment=visit, reason="practice", by=Actor.system())

    def work(number: int) -> None:
        try:
            offering.offer_freed_times()
        except BookingError:  # pragma: no cover
            raise AssertionError("a sweep stopped") from None

    run_at_once(6, work)

    offers = list(WaitlistOffer.objects.standing())
    assert len({offer.entry_id for offer in offers}) == len(offers)
    assert len({offer.start for offer in offers}) == len(offers)
    assert 4 <= len(offers) <= len(entries)
    assert count_overlaps() == 0
    assert count_deadlocks() == deadlocks_before


def test_patients_who_accept_earlier_times_at_once_do_not_stand_in_each_others_way(
    visit_type: VisitType, practitioner: Practitioner, location: Location, workday: date
):
    deadlocks_before = count_deadlocks()
    freed = [
        actions.book_visit(
            visit_type=visit_type,
            practitioner=practitioner,
            location=location,
            start=practice.at(f"{hour:02}:00", workday),
            patient=practice.make_patient(),
            by=Actor.system(),
        )
        for hour in range(9, 15)
    ]
    later = [
        actions.book_visit(
            visit_type=visit_type,
            practitioner=practitioner,
            location=location,
            start=practice.at(f"{hour:02}:00", workday + timedelta(days=7)),
            patient=practice.make_patient(),
            by=Actor.system(),
        )
        for hour in range(9, 15)
    ]
    for visit in later:
        wait(visit, visit_type, until=workday)
    for visit in freed:
        actions.cancel(appointment=visit, reason="practice", by=Actor.system())
    offering.offer_freed_times()
    offers = list(WaitlistOffer.objects.standing().select_related("hold"))
    assert len(offers) == 6

    run_at_once(6, lambda number: actions.accept_offer(offer=offers[number], by=Actor.patient()))

    assert Appointment.objects.filter(start__lt=later[0].start, status=Status.BOOKED).count() == 6
    assert Appointment.objects.filter(status=Status.PENDING).count() == 0
    assert count_overlaps() == 0
    assert count_deadlocks() == deadlocks_before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer and no row locks")
def test_offer_that_stays_locked_does_not_keep_the_others_open(
    visit_type: VisitType, practitioner: Practitioner, location: Location, workday: date
):
    offers = [
        actions.offer_time(
            entry=wait(None, visit_type, until=workday),
            practitioner=practitioner,
            location=location,
            start=practice.at(clock, workday),
            by=Actor.system(),
        )
        for clock in ("10:00", "12:00")
    ]
    held = offers[0].hold
    assert held is not None
    is_locked, may_end = threading.Event(), threading.Event()

    def keep_locked() -> None:
        with transaction.atomic():
            list(Appointment.objects.select_for_update().filter(pk=held.pk))
            is_locked.set()
            may_end.wait(timeout=60)
        connection.close()

    locker = threading.Thread(target=keep_locked)
    locker.start()
    is_locked.wait(timeout=10)
    try:
        ended = actions.end_offers(now=offers[1].expires_at)
    finally:
        may_end.set()
        locker.join()

    statuses = list(WaitlistOffer.objects.order_by("pk").values_list("status", flat=True))
    assert (ended, statuses) == (1, ["open", "expired"])
