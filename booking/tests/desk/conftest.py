"""The desk as the receptionist sees it, on the Tuesday of the visits."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from booking import actions
from booking.actions import Actor
from booking.models import Appointment
from booking.tests import practice
from booking.tests.practice import TUESDAY

HTMX = {"HX-Request": "true"}
DAY = {"day": TUESDAY.isoformat()}


@pytest.fixture
def desk(client: Client, receptionist: Any, clock: Any) -> Client:
    # Frozen first: a session that was made later than now is no session.
    client.force_login(receptionist)
    # The clock is set forward to the day of the visits.
    session = client.session
    session.set_expiry(timedelta(days=7))
    session.save()
    return client


@pytest.fixture
def onlooker(client: Client, django_user_model: Any, clock: Any) -> Client:
    """Staff who may see appointments and change nothing."""
    user = django_user_model.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_appointment"))
    client.force_login(user)
    return client


def book(visit: Appointment, clock: str, day: date = TUESDAY, **fields: Any) -> Appointment:
    """A visit of somebody else with the same practitioner, without email unless `fields` say so."""
    return actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at(clock, day),
        patient=practice.make_patient(**{"email": "", **fields}),
        by=Actor.system(),
    )


def fill_day(visit: Appointment, count: int) -> list[Appointment]:
    """`count` visits beside `visit` on its day, each with a clinician of its own; every third has arrived."""
    visits = []
    for number in range(count):
        person = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
        other = actions.book_visit(
            visit_type=visit.visit_type,
            practitioner=person,
            location=visit.location,
            start=visit.start + timedelta(minutes=20 * (number % 6)),
            patient=practice.make_patient(email=""),
            by=Actor.system(),
        )
        if number % 3 == 0:
            actions.arrive(appointment=other, by=Actor.system())
        visits.append(other)
    return visits


def name_slot(visit: Appointment, clock: str, day: date = TUESDAY) -> str:
    """The key of a time with the visit's clinician, where the visit is."""
    return f"{practice.at(clock, day):%Y-%m-%dT%H:%MZ}/{visit.practitioner.slug}/{visit.location.slug}"


def read_seen(response: Any) -> str:
    """What a page showed, as its form sends it along."""
    seen = re.search(r'name="seen" value="([^"]+)"', response.content.decode())
    return seen[1] if seen else ""


def read_outcomes(response: Any) -> list[str]:
    """What the page that was led to says of what was done."""
    return [" ".join(str(message).split()) for message in response.context["messages"]]
