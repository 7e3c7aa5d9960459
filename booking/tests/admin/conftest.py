"""The admin as the receptionist sees it."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.models import Appointment
from booking.tests import practice


@pytest.fixture
def desk(client: Client, receptionist: Any) -> Client:
    client.force_login(receptionist)
    return client


def open_page(client: Client, name: str, /, *args: Any, **query: Any) -> Any:
    return client.get(reverse(f"admin:booking_{name}", args=args), query)


def send(client: Client, name: str, /, *args: Any, **fields: Any) -> Any:
    """POST and follow to the page that tells how it went."""
    return client.post(reverse(f"admin:booking_{name}", args=args), fields, follow=True)


def read_messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def book_another(visit: Appointment, clock: str, day: date = practice.TUESDAY, **fields: Any) -> Appointment:
    """A visit of somebody else with the same practitioner, without email unless `fields` say so."""
    return actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at(clock, day),
        patient=practice.make_patient(**{"email": "", **fields}),
        by=Actor.system(),
    )


def move_to(visit: Appointment, clock: str) -> Appointment:
    """Somebody else moves the visit, within its day."""
    return actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at(clock),
        by=Actor.staff(None),
        override=actions.SETTABLE_ASIDE,
    )
