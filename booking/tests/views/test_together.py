"""/visits/<token>/ of a visit that was booked together with others."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking import actions, links
from booking.actions import Actor, Wanted
from booking.models import Appointment, CancellationReason, Chain, Patient
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage

BY_STAFF = Actor.staff(None)


@pytest.fixture
def pair(visit: Appointment, patient: Patient) -> list[Appointment]:
    """A test tomorrow at 1 pm, then a visit at 2:20."""
    test = practice.make_visit_type(name="Nerve test", duration=60, change_cutoff=60)
    practitioner = practice.make_practitioner(visit_types=[test, visit.visit_type], location=visit.location)
    chain = Chain.objects.create(
        name="Test, then visit",
        summary="First the test, then we talk.",
        summary_es="Primero la prueba, después hablamos.",
        first=test,
        second=visit.visit_type,
        most_gap=90,
    )
    usual = {"practitioner": practitioner, "location": visit.location}
    return actions.book_together(
        visits=[
            Wanted(visit_type=test, start=at("13:00"), **usual),
            Wanted(visit_type=visit.visit_type, start=at("14:20"), **usual),
        ],
        chain=chain,
        patient=patient,
        by=BY_STAFF,
    )


def read(client: Client, visit: Appointment, page: str = "", language: str = "") -> str:
    response = client.get(f"{language}/visits/{links.issue(visit)}/{page}")
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def list_statuses(visits: list[Appointment]) -> list[str]:
    found = Appointment.objects.in_bulk([visit.pk for visit in visits])
    return [found[visit.pk].status for visit in visits]


def test_page_says_that_another_visit_belongs_to_it(client: Client, pair: list[Appointment]) -> None:
    told = read(client, pair[0])

    assert "This visit goes together with another one" in told
    assert "First the test, then we talk." in told
    assert "The other visit is on Tuesday, November 24 at 2:20 pm." in told


def test_page_says_so_in_spanish(client: Client, pair: list[Appointment]) -> None:
    told = read(client, pair[0], language="/es")

    assert "Esta cita va junto con otra" in told
    assert "Primero la prueba, después hablamos." in told
    assert "La otra cita: martes 24 de noviembre, 2:20" in told


def test_page_of_a_visit_alone_says_nothing_of_others(client: Client, visit: Appointment) -> None:
    assert "goes together" not in read(client, visit)


def test_page_of_a_series_lists_the_visits_to_come(
    client: Client, visit: Appointment, patient: Patient
) -> None:
    series = actions.book_together(
        visits=[
            Wanted(
                visit_type=visit.visit_type,
                practitioner=visit.practitioner,
                location=visit.location,
                start=at("12:00", TUESDAY + timedelta(weeks=week)),
            )
            for week in range(3)
        ],
        every_weeks=1,
        patient=patient,
        by=BY_STAFF,
    )
    actions.cancel(appointment=series[0], reason=CancellationReason.PATIENT, by=BY_STAFF)

    told = read(client, series[1])

    assert "This is visit 2 of 3" in told
    assert "<li>Tuesday, December 8 at 12:00 pm</li>" in told
    assert "November 24 at 12:00" not in told


def test_page_of_a_move_says_that_the_other_stays(client: Client, pair: list[Appointment]) -> None:
    assert "Only this visit moves." in read(client, pair[0], "move/")


def test_both_are_cancelled_in_one_step_and_told_once(client: Client, pair: list[Appointment]) -> None:
    asked = read(client, pair[1], "cancel/")
    mark = f"{pair[0].reference}-0"

    response = client.post(f"/visits/{links.issue(pair[1])}/cancel/", {"other": mark}, follow=True)

    assert f'name="other" value="{mark}"' in asked
    assert "Cancel only this visit" in asked
    assert list_statuses(pair) == [Status.CANCELLED] * 2
    assert "The other visit is cancelled." in response.content.decode()
    kinds = OutboxMessage.objects.filter(kind__startswith="booking.cancelled").values_list("kind", flat=True)
    assert list(kinds) == ["booking.cancelled_together"]


def test_one_is_cancelled_and_the_page_names_the_other(client: Client, pair: list[Appointment]) -> None:
    response = client.post(f"/visits/{links.issue(pair[0])}/cancel/", follow=True)

    assert list_statuses(pair) == [Status.CANCELLED, Status.BOOKED]
    told = " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())
    assert "The other visit is on Tuesday, November 24 at 2:20 pm." in told


@pytest.mark.parametrize("other", ["x", "{pair}-1", "{alone}-0", "\0"])
def test_what_the_page_did_not_show_is_not_cancelled(
    client: Client, pair: list[Appointment], visit: Appointment, other: str
) -> None:
    sent = other.format(pair=pair[0].reference, alone=visit.reference)

    response = client.post(f"/visits/{links.issue(pair[1])}/cancel/", {"other": sent})

    assert response.status_code == 409
    assert list_statuses([*pair, visit]) == [Status.BOOKED] * 3


def test_too_late_for_the_first_is_too_late_for_both(
    client: Client, pair: list[Appointment], clock: Any
) -> None:
    clock.move_to(at("12:30"))

    response = client.post(f"/visits/{links.issue(pair[1])}/cancel/", {"other": f"{pair[0].reference}-0"})

    assert response.status_code == 409
    assert list_statuses(pair) == [Status.BOOKED] * 2
