"""What people on the waitlist are written."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from booking import actions
from booking.actions import Actor
from booking.actions.offering import OFFER
from booking.models import Appointment, Patient, RelatedPerson, WaitlistEntry
from booking.tests import practice
from booking.tests.mail.reading import compose_message, expected, tell
from booking.waiting import JOINED
from outbox import queue
from outbox.models import OutboxMessage
from outbox.registry import Superseded

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(booked: Appointment) -> WaitlistEntry:
    return WaitlistEntry.objects.create(
        patient=Patient.objects.get(), visit_type=booked.visit_type, until=date(2026, 12, 24)
    )


@pytest.fixture
def offer(booked: Appointment, entry: WaitlistEntry) -> OutboxMessage:
    """Of Tuesday at 2 pm, held for 20 minutes."""
    hold = actions.hold(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=practice.at("14:00"),
        holder="waitlist",
        holder_address="",
        by=Actor.system(),
    )
    return queue.enqueue(kind=OFFER, subject_id=entry.pk, version=hold.pk, recipient="patient")


def test_joined_reads_as_expected(entry: WaitlistEntry):
    message = queue.enqueue(kind=JOINED, subject_id=entry.pk, version=0, recipient="patient")

    assert tell(compose_message(message)) == expected("waitlist-joined")


def test_joined_is_dropped_where_they_have_left_since(entry: WaitlistEntry):
    message = queue.enqueue(kind=JOINED, subject_id=entry.pk, version=0, recipient="patient")
    WaitlistEntry.objects.update(status="left", ended_at=timezone.now())

    with pytest.raises(Superseded):
        compose_message(message)


def test_offer_reads_as_expected(offer: OutboxMessage):
    assert tell(compose_message(offer)) == expected("waitlist-offer")


def test_offer_to_the_contact_of_somebody_with_a_visit(
    booked: Appointment, entry: WaitlistEntry, offer: OutboxMessage
):
    daughter = RelatedPerson.objects.create(
        patient=Patient.objects.get(),
        name="Maria O'Brien",
        relationship="child",
        is_contact=True,
        email="maria.obrien@example.org",
    )
    # Offers are of a time before that of the visit.
    later = timedelta(days=7)
    Appointment.objects.filter(pk=booked.pk).update(
        start=booked.start + later,
        end=booked.end + later,
        busy_start=booked.busy_start + later,
        busy_end=booked.busy_end + later,
    )
    WaitlistEntry.objects.update(related_person=daughter, appointment=booked)

    email = compose_message(offer)

    assert email["To"] == "maria.obrien@example.org"
    assert tell(email) == expected("waitlist-offer-for-somebody")


def test_offer_is_dropped_when_the_hold_has_run_out(offer: OutboxMessage, clock: Any):
    clock.shift(timedelta(minutes=21))

    with pytest.raises(Superseded):
        compose_message(offer)


def test_offer_is_dropped_when_the_wish_has_ended(offer: OutboxMessage):
    WaitlistEntry.objects.update(status=WaitlistEntry.Status.LEFT, ended_at=practice.NOW)

    with pytest.raises(Superseded):
        compose_message(offer)


def test_offer_is_dropped_where_nobody_can_be_written_to(offer: OutboxMessage):
    Patient.objects.update(email="")

    with pytest.raises(Superseded):
        compose_message(offer)
