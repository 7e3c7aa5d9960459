"""A typed email or phone never reveals, reaches or changes the patient who has it."""

import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.tests import practice
from booking.tests.views import walk

KNOWN = {"email": "jordan.ellis@example.org", "phone": "212 555 0177"}
UNKNOWN = {"email": "nobody.else@example.org", "phone": "212 555 0123"}
# What differs between any two bookings: secrets, references, the time, and what was typed itself.
_OWN = [
    r'name="csrfmiddlewaretoken" value="[^"]+"',
    r"/visits/[\w-]{20,}/",
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    r"\b[2-9A-HJ-NP-Z]{3}-[2-9A-HJ-NP-Z]{3}\b",
    r'name="started" value="[^"]+"',
    r"(10|2|11|3):\d\d( |&nbsp;|\N{NO-BREAK SPACE})[ap]m",
    r"T\d\d:\d\d",
    "jordan.ellis@example.org|nobody.else@example.org|212 555 0177|212 555 0123",
]


def strip(text: str) -> str:
    for pattern in _OWN:
        text = re.sub(pattern, "…", text)
    return text


class Visitor:
    """A browser that notes of each answer all that somebody could tell apart."""

    def __init__(self) -> None:
        self.client = Client()
        self.answers: list[tuple[int, str, str, int]] = []

    def note(self, ask: Any) -> HttpResponse:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response: HttpResponse = ask()
        self.answers.append(
            (
                response.status_code,
                strip(response.headers.get("Location", "")),
                strip(response.content.decode()),
                len(queries),
            )
        )
        return response


def walk_through(
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    *,
    clock: str,
    contact: dict[str, str],
) -> list[tuple[int, str, str, int]]:
    """Book from the first answer to the page of the visit."""
    visitor = Visitor()
    client = visitor.client
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock=clock)
    held = Appointment.objects.get(start=practice.at(clock))
    visitor.note(lambda: walk.send_details(client, held, **contact))
    visitor.note(lambda: client.get("/book/check/"))
    booked = visitor.note(lambda: walk.confirm(client, held))
    visitor.note(lambda: client.get(booked["Location"]))
    visitor.note(lambda: walk.confirm(client, held))
    visitor.note(lambda: client.get("/book/details/"))
    return visitor.answers


@pytest.mark.parametrize("what", ["email", "phone", "email and phone"])
def test_a_known_contact_gets_the_answers_of_an_unknown_one(
    clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location, what: str
) -> None:
    practice.make_patient(
        given_name="Robin", birth_date=practice.TUESDAY, email=KNOWN["email"], phone="+12125550177"
    )
    known = {key: (KNOWN if key in what else UNKNOWN)[key] for key in KNOWN}
    place = (visit_type, practitioner, location)
    walk_through(
        *place, clock="15:00", contact=UNKNOWN | {"email": "warm@example.org", "phone": "212 555 0124"}
    )

    of_known = walk_through(*place, clock="10:00", contact=known)
    of_unknown = walk_through(*place, clock="14:00", contact=UNKNOWN)

    assert [status for status, *_ in of_known] == [302, 200, 302, 200, 302, 200]
    assert of_known == of_unknown


def test_the_known_patient_stays_as_they_are_and_a_row_is_added(
    clock: Any,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    patient: Patient,
    visit: Appointment,
) -> None:
    before = Patient.objects.filter(pk=patient.pk).values().get()

    walk_through(visit_type, practitioner, location, clock="14:00", contact=KNOWN)

    booked = Appointment.objects.get(start=practice.at("14:00"))
    assert Patient.objects.filter(pk=patient.pk).values().get() == before
    assert booked.patient != patient
    assert list(patient.appointments.all()) == [visit]
