"""Looking at a page changes nothing, whoever looks: mail scanners open every link they see."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from booking.models import Appointment
from booking.tests.views.walk import confirm, hold, send_details
from booking.urls import book, visits


def take_stock() -> dict[str, list[Any]]:
    """Every row of booking and the outbox, and what sessions hold."""
    models = [*apps.get_app_config("booking").get_models(), *apps.get_app_config("outbox").get_models()]
    rows = {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
    return {**rows, "sessions": [session.get_decoded() for session in Session.objects.order_by("pk")]}


def list_addresses(token: str) -> list[str]:
    arguments: dict[str, list[str]] = {
        **{name: ["new-patient"] for name in ("time", "hold", "waitlist", "waitlist-joined")},
        **{name: [token] for name in ("visit", "move", "cancel", "invite", "earlier", "leave-waitlist")},
        **{name: [token] for name in ("come", "away", "stop-reminders", "answer-offer")},
        **{name: [token] for name in ("wish", "answer-wish", "change-wish", "leave-wish")},
    }
    return [
        reverse(f"{urls.app_name}:{pattern.name}", args=arguments.get(pattern.name, []))
        for urls in (book, visits)
        for pattern in urls.urlpatterns
    ]


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_changes_nothing(client: Client, visit: Appointment, token: str, method: str) -> None:
    hold(
        client,
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        clock="14:00",
    )
    send_details(client, Appointment.objects.exclude(pk=visit.pk).get())
    before = take_stock()

    for address in list_addresses(token):
        answer = getattr(client, method)(address, {"slot": "x", "visit_type": "new-patient"})

        assert answer.status_code < 500, address
    assert take_stock() == before


def test_reading_after_booking_changes_nothing(client: Client, held: Appointment) -> None:
    send_details(client, held)
    address = confirm(client, held)["Location"]
    before = take_stock()

    for page in (address, f"{address}move/", f"{address}cancel/", f"{address}invite.ics", "/book/check/"):
        client.get(page)

    assert take_stock() == before


def test_reader_without_a_session_gets_none(client: Client, visit: Appointment, token: str) -> None:
    for address in list_addresses(token):
        client.get(address)

    assert not Session.objects.exists()
