"""What becomes of an offer: taken, let go, taken back, or answered too late."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions, offering
from booking.actions import Actor, NotAllowed, OfferOver, SlotTaken
from booking.engine.rules import Code
from booking.models import (
    Appointment,
    AppointmentEvent,
    FreedTime,
    Patient,
    WaitlistEntry,
    WaitlistOffer,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY
from booking.tests.wishes import book_later, free, offer_of, wait, wait_for_earlier
from outbox.models import OutboxMessage, State

pytestmark = pytest.mark.django_db

WAITING, BOOKED, LEFT = WaitlistEntry.Status.WAITING, WaitlistEntry.Status.BOOKED, WaitlistEntry.Status.LEFT
OPEN, ACCEPTED = WaitlistOffer.Status.OPEN, WaitlistOffer.Status.ACCEPTED
PASSED, EXPIRED = WaitlistOffer.Status.PASSED, WaitlistOffer.Status.EXPIRED
WITHDRAWN = WaitlistOffer.Status.WITHDRAWN


@pytest.fixture
def offered(visit: Appointment) -> WaitlistOffer:
    """An offer of Tuesday, 9:40 or 10:00, to somebody without a visit."""
    entry = wait(visit.visit_type, consented_at=practice.NOW, consent_wording="I agree.")
    free(visit)
    offering.offer_freed_times()
    return offer_of(entry)


@pytest.fixture
def offered_earlier(visit: Appointment, other_patient: Patient) -> WaitlistOffer:
    """An offer of Tuesday to somebody who has a visit two weeks later."""
    entry = wait_for_earlier(book_later(other_patient, visit))
    free(visit)
    offering.offer_freed_times()
    return offer_of(entry)


def test_accepted_offer_is_a_visit(offered: WaitlistOffer):
    booked = actions.accept_offer(offer=offered, by=Actor.patient())

    assert (booked.pk, booked.status, booked.start) == (offered.hold_id, Status.BOOKED, offered.start)
    assert (booked.patient, booked.consent_wording) == (offered.entry.patient, "I agree.")
    offered.refresh_from_db()
    offered.entry.refresh_from_db()
    assert (offered.status, offered.entry.status) == (ACCEPTED, BOOKED)
    told = OutboxMessage.objects.filter(subject_id=booked.pk, kind="booking.booked")
    assert told.get().state == State.QUEUED


def test_accepting_moves_the_visit_they_have_and_frees_its_time(offered_earlier: WaitlistOffer):
    before = offered_earlier.entry.appointment

    moved = actions.accept_offer(offer=offered_earlier, by=Actor.patient())

    assert (moved.pk, moved.status, moved.start) == (before.pk, Status.BOOKED, offered_earlier.start)
    assert moved.version == before.version + 1
    assert moved.events.filter(kind=AppointmentEvent.Kind.MOVED).exists()
    offered_earlier.hold.refresh_from_db()
    assert offered_earlier.hold.status == Status.CANCELLED
    assert FreedTime.objects.filter(start=before.busy_start, cause="moved").exists()


def test_time_freed_by_accepting_is_offered_on(offered_earlier: WaitlistOffer):
    before = offered_earlier.entry.appointment
    next_one = wait(before.visit_type, weekdays=[before.local_start.weekday()])
    actions.accept_offer(offer=offered_earlier, by=Actor.patient())

    offering.offer_freed_times()

    assert offer_of(next_one) is not None


@pytest.mark.parametrize("name", ["offered", "offered_earlier"])
def test_accepting_twice_gives_the_first_result(request: pytest.FixtureRequest, name: str):
    offer = request.getfixturevalue(name)

    first = actions.accept_offer(offer=offer, by=Actor.patient())
    again = actions.accept_offer(offer=offer, by=Actor.patient())

    assert (again.pk, again.version) == (first.pk, first.version)
    assert OutboxMessage.objects.filter(kind__in=["booking.booked", "booking.moved"], version=first.version)


def test_accepted_though_the_visit_they_had_is_too_near_to_change_online(
    visit: Appointment, other_patient: Patient, clock: Any
):
    visit_type = visit.visit_type
    visit_type.change_cutoff = 48 * 60
    visit_type.save()
    later = book_later(other_patient, visit, date(2026, 11, 25))
    entry = wait_for_earlier(later)
    FreedTime.objects.create(
        practitioner=visit.practitioner, start=practice.at("13:00"), end=practice.at("13:40"), cause="hours"
    )
    offering.offer_freed_times()

    moved = actions.accept_offer(offer=offer_of(entry), by=Actor.patient())

    assert moved.local_start.date() == TUESDAY


def test_silence_passes_it_on(offered: WaitlistOffer, clock: Any):
    next_one = wait(offered.hold.visit_type, until=TUESDAY)
    clock.move_to(offered.expires_at)

    offering.offer_freed_times()

    offered.refresh_from_db()
    offered.hold.refresh_from_db()
    assert (offered.status, offered.hold.status) == (EXPIRED, Status.CANCELLED)
    assert offer_of(next_one).start == offered.start
    assert offered.entry.status == WAITING


def test_passed_time_is_not_offered_to_them_again(offered: WaitlistOffer):
    actions.pass_offer(offer=offered)

    offering.offer_freed_times()

    starts = list(offered.entry.offers.values_list("start", flat=True))
    assert len(starts) == len(set(starts))
    offered.refresh_from_db()
    assert offered.status == PASSED


def test_late_answer_is_good_until_it_is_passed_on(offered: WaitlistOffer, clock: Any):
    clock.shift(timedelta(minutes=90))

    assert actions.accept_offer(offer=offered, by=Actor.patient()).status == Status.BOOKED


@pytest.mark.parametrize("end", ["expire", "pass", "withdraw", "leave"])
def test_offer_that_is_over_cannot_be_accepted(
    offered: WaitlistOffer, clock: Any, end: str, receptionist: Any
):
    if end == "expire":
        clock.shift(timedelta(minutes=90))
        actions.end_offers(now=timezone.now())
    elif end == "pass":
        actions.pass_offer(offer=offered)
    elif end == "withdraw":
        actions.withdraw_offer(offer=offered, by=Actor.staff(receptionist))
    else:
        WaitlistEntry.objects.update(status=LEFT, ended_at=timezone.now())

    with pytest.raises(OfferOver):
        actions.accept_offer(offer=offered, by=Actor.patient())
    assert not Appointment.objects.filter(patient=offered.entry.patient).exists()


def test_offer_of_a_wish_that_ended_gives_its_time_back(offered: WaitlistOffer):
    WaitlistEntry.objects.update(status=LEFT, ended_at=timezone.now())

    offering.offer_freed_times()

    offered.refresh_from_db()
    offered.hold.refresh_from_db()
    assert (offered.status, offered.hold.status) == (WITHDRAWN, Status.CANCELLED)


def test_patient_cannot_take_an_offer_back(offered: WaitlistOffer):
    with pytest.raises(NotAllowed):
        actions.withdraw_offer(offer=offered, by=Actor.patient())


def test_nobody_is_offered_two_times_at_once(offered: WaitlistOffer):
    with pytest.raises(NotAllowed):
        actions.offer_time(
            entry=offered.entry,
            practitioner=offered.practitioner,
            location=offered.location,
            start=practice.at("15:00"),
            by=Actor.system(),
        )


def test_no_time_is_offered_twice(offered: WaitlistOffer):
    with pytest.raises(SlotTaken) as refused:
        actions.offer_time(
            entry=wait(offered.hold.visit_type),
            practitioner=offered.practitioner,
            location=offered.location,
            start=offered.start,
            by=Actor.system(),
        )
    assert Code.TAKEN in [refusal.code for refusal in refused.value.refusals]


@pytest.mark.parametrize("name", ["offered", "offered_earlier"])
def test_time_that_was_closed_since_cannot_be_accepted(request: pytest.FixtureRequest, name: str):
    offer = request.getfixturevalue(name)
    practice.close_practice(TUESDAY)

    with pytest.raises(actions.Refused):
        actions.accept_offer(offer=offer, by=Actor.patient())

    offer.refresh_from_db()
    assert offer.status == OPEN
    assert not Appointment.objects.filter(start=offer.start, status=Status.BOOKED).exists()


def test_offer_that_is_no_longer_earlier_is_over(offered_earlier: WaitlistOffer):
    visit = offered_earlier.entry.appointment
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=offered_earlier.start - timedelta(minutes=60),
        by=Actor.system(),
    )
    WaitlistEntry.objects.update(status=WAITING, ended_at=None)

    with pytest.raises(OfferOver):
        actions.accept_offer(offer=offered_earlier, by=Actor.patient())
    actions.end_offers(now=timezone.now())

    offered_earlier.refresh_from_db()
    assert offered_earlier.status == WITHDRAWN


def test_offer_to_somebody_who_has_come_makes_no_second_visit(offered_earlier: WaitlistOffer):
    visit = offered_earlier.entry.appointment
    actions.arrive(appointment=visit, by=Actor.system())

    with pytest.raises(OfferOver):
        actions.accept_offer(offer=offered_earlier, by=Actor.patient())
    actions.end_offers(now=timezone.now())

    assert Appointment.objects.filter(patient=visit.patient).count() == 1
    offered_earlier.refresh_from_db()
    assert offered_earlier.status == WITHDRAWN


def test_visit_that_staff_accept_for_somebody_is_booked_by_staff(visit: Appointment):
    sources = []
    for by in (Actor.staff(None), Actor.patient()):
        entry = wait(visit.visit_type)
        visit = free(visit)
        offering.offer_freed_times()
        visit = actions.accept_offer(offer=offer_of(entry), by=by)
        sources.append(visit.source)

    assert sources == ["staff", "online"]
