"""What every mail has in common, whatever its kind: what others may read of it, and its headers."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.utils import timezone

from audit.models import BreakGlass
from booking import actions, away
from booking.actions import Actor, Wanted
from booking.blocking import BlockedTime
from booking.mail import staff, together
from booking.mail.kinds import KINDS
from booking.mail.offers import OFFER
from booking.models import Appointment, CancellationReason, Patient, Practitioner, WaitlistEntry
from booking.tests import practice
from booking.tests.mail.conftest import find_message
from booking.tests.mail.reading import compose_message, read_part, read_preheader
from booking.waiting import JOINED
from outbox import queue
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State
from outbox.registry import compose_for

pytestmark = pytest.mark.django_db

PRIVATE = re.compile(r"(?i)neuro|fischer|spasm|cramp|jordan o|brien|1975|sep(?:tember)? 28|0177")
# Drawn by lot: now and then one has the digits of a year or a phone number in it.
RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|[\w-]{40,}")


@pytest.fixture(autouse=True)
def clinic(settings: Any) -> None:
    """A practice whose long name tells what is wrong with those who go there."""
    settings.CLINIC = {**settings.CLINIC, "name": "Alder Street Neurology and Spasm Center"}


@pytest.fixture(params=KINDS)
def message(request: pytest.FixtureRequest, booked: Appointment, clock: Any) -> OutboxMessage:
    """The one message of each kind."""
    kind = request.param
    if kind == "booking.moved":
        actions.move(
            appointment=booked,
            practitioner=booked.practitioner,
            location=booked.location,
            start=practice.at("14:00"),
            by=Actor.patient(),
        )
    elif kind == "booking.cancelled":
        actions.cancel(appointment=booked, reason=CancellationReason.PATIENT, by=Actor.patient())
    elif kind in together.KINDS:
        week = timedelta(weeks=1)
        wanted = Wanted(
            visit_type=booked.visit_type,
            practitioner=booked.practitioner,
            location=booked.location,
            start=booked.start + week,
        )
        visits = actions.book_together(
            visits=[wanted, replace(wanted, start=wanted.start + week)],
            every_weeks=1,
            patient=Patient.objects.get(),
            visit=actions.VisitDetails(reason="Cramps in the calf at night"),
            by=Actor.system(),
        )
        if kind == "booking.cancelled_together":
            reason = CancellationReason.PATIENT
            actions.cancel_together(visits=visits, reason=reason, by=Actor.system())
    elif kind == "booking.reminder":
        queue.enqueue(kind=kind, subject_id=booked.pk, version=0, recipient="patient-1d")
    elif kind == "booking.link":
        actions.mail_link(appointment=booked)
    elif kind == away.AWAY:
        by, time = (
            Actor.system(),
            BlockedTime(kind="closed", first_day=practice.TUESDAY, last_day=practice.TUESDAY),
        )
        clock.shift(60)
        absence = away.plan_absence(practitioner=booked.practitioner, time=time, by=by)
        away.find_proposals(absence=absence, by=by)
        away.send(absence=absence)
    elif kind == JOINED:
        entry = WaitlistEntry.objects.create(
            patient=Patient.objects.get(), visit_type=booked.visit_type, until=date(2026, 12, 24)
        )
        queue.enqueue(kind=kind, subject_id=entry.pk, version=0, recipient="patient")
    elif kind == OFFER:
        entry = WaitlistEntry.objects.create(
            patient=Patient.objects.get(), visit_type=booked.visit_type, until=date(2026, 12, 24)
        )
        hold = actions.hold(
            visit_type=booked.visit_type,
            practitioner=booked.practitioner,
            location=booked.location,
            start=practice.at("14:00"),
            holder="waitlist",
            holder_address="",
            by=Actor.system(),
        )
        queue.enqueue(kind=kind, subject_id=entry.pk, version=hold.pk, recipient="patient")
    elif kind == staff.DAILY_LIST:
        Practitioner.objects.update(email="lena.fischer@clinic.example.org", daily_list=True)
        clock.move_to(practice.at("07:00"))
        staff.queue_daily_lists()
    elif kind == staff.DELIVERY_PROBLEM:
        OutboxMessage.objects.update(state=State.DEAD)
        staff.report_failed_mail()
    elif kind == staff.BROKE_GLASS:
        user = get_user_model().objects.create_user("lena.fischer")
        staff.queue_broke_glass(
            BreakGlass.objects.create(
                user=user,
                patient_id=Patient.objects.get().pk,
                reason="cramps in the calf",
                expires_at=timezone.now(),
            )
        )
    return find_message(kind)


def test_kind_is_registered(message: OutboxMessage):
    assert compose_for(message.kind) is KINDS[message.kind]


def test_what_others_may_read_tells_nothing_of_health_or_people(message: OutboxMessage):
    email = compose_message(message)

    html = read_part(email, "text/html")
    [title] = re.findall(r"<title>(.*?)</title>", html, re.DOTALL)
    headers = " ".join(f"{name}: {value}" for name, value in email.items() if name != "To")
    assert PRIVATE.findall(RANDOM.sub("", f"{headers} {read_preheader(email)} {title}")) == []


def test_body_tells_neither_reason_nor_birth_date_nor_phone(message: OutboxMessage):
    email = compose_message(message)

    everything = read_part(email, "text/plain") + read_part(email, "text/html")
    everything = RANDOM.sub("", everything)
    assert re.findall(r"(?i)cramps in the calf|1975|september 28|0177", everything) == []


def test_headers_say_who_writes_and_that_a_machine_does(message: OutboxMessage):
    deliver(message.pk)

    [sent] = mail.outbox
    headers = sent.message()
    assert headers["From"] == "Alder Street <appointments@clinic.example.org>"
    assert headers["Reply-To"] == "frontdesk@clinic.example.org"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Content-Language"] == "en"
    assert headers["Message-ID"] == message.message_id
    assert ("List-Unsubscribe" in headers) is (message.kind == "booking.reminder")
    assert ("List-Unsubscribe-Post" in headers) is (message.kind == "booking.reminder")


def test_html_says_its_language_and_needs_no_other_host(message: OutboxMessage):
    html = read_part(compose_message(message), "text/html")

    assert '<html lang="en">' in html
    assert "<style" not in html
    assert "<script" not in html
    addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert [one for one in addresses if not one.startswith(("http://127.0.0.1:8000/", "tel:+1"))] == []


def test_text_tells_what_the_html_tells(message: OutboxMessage):
    """The same addresses lead on from both, and nothing is left of the templates in either."""
    email = compose_message(message)

    text, html = read_part(email, "text/plain"), read_part(email, "text/html")
    linked = set(re.findall(r'href="(http[^"]+)"', html))
    assert {one.replace("&amp;", "&") for one in linked} == set(re.findall(r"http\S+", text))
    assert re.findall(r"{{|{%|\n\n\n", text) == []
