"""What every mail has in common, whatever its kind: what others may read of it, and its headers."""

import re
from typing import Any

import pytest
from django.core import mail

from booking.mail.kinds import KINDS
from booking.models import Appointment
from booking.tests.mail.bringing import bring_about
from booking.tests.mail.conftest import find_message
from booking.tests.mail.reading import compose_message, read_part, read_preheader
from outbox.deliver import deliver
from outbox.models import OutboxMessage
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
    bring_about(booked, request.param, clock=clock)
    return find_message(request.param)


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
