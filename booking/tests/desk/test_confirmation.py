"""/admin/desk/visit/<pk>/confirmation/: what a patient without email takes home."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from booking import actions
from booking.actions import Actor
from booking.actions.times import Times
from booking.models import Appointment, VisitType
from booking.tests.desk.test_day import read_text
from booking.tests.practice import at


def test_confirmation_tells_all_that_a_mail_would(desk: Client, visit: Appointment) -> None:
    visit.visit_type.preparation = "Bring your photo ID.\nFilm a spasm."
    visit.visit_type.arrive_early = 10
    visit.visit_type.save()

    told = read_text(desk.get(f"/admin/desk/visit/{visit.pk}/confirmation/").content.decode())

    assert "Jordan Ellis" in told
    assert "Tuesday, November 24, 2026, 10:00 am" in told
    assert "Dr. Lena Fischer" in told
    assert visit.display_reference in told
    assert "Bring your photo ID." in told
    assert "Come 10 minutes early" in told


@pytest.mark.parametrize("secret", ["1975", "Cramps at night", "555 0177", "jordan.ellis"])
def test_confirmation_tells_no_more_than_that(desk: Client, visit: Appointment, secret: str) -> None:
    Appointment.objects.update(reason="Cramps at night")

    assert secret not in desk.get(f"/admin/desk/visit/{visit.pk}/confirmation/").content.decode()


def test_hold_has_no_confirmation(desk: Client, visit: Appointment) -> None:
    held = actions.hold(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("11:00"),
        holder="a" * 64,
        holder_address="b" * 64,
        by=Actor.patient(),
    )

    assert desk.get(f"/admin/desk/visit/{held.pk}/confirmation/").status_code == 404


def test_visit_that_is_off_has_no_confirmation(desk: Client, visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason="patient", by=Actor.system())

    assert desk.get(f"/admin/desk/visit/{visit.pk}/confirmation/").status_code == 404


def test_confirmation_after_the_cutoff_says_to_call(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.move_to(at("09:30"))

    told = read_text(desk.get(f"/admin/desk/visit/{visit.pk}/confirmation/").content.decode())

    assert "It is too late to change this visit online." in told
    assert "online at" not in told


def test_confirmation_is_in_the_language_of_the_visit(desk: Client, visit: Appointment) -> None:
    actions.keep_language(appointment=visit, language="es")

    page = desk.get(f"/admin/desk/visit/{visit.pk}/confirmation/").content.decode()
    told = read_text(page)

    assert "martes 24 de noviembre de 2026, 10:00 a. m." in told
    assert "/es/visits/find/" in told
    assert 'lang="es"' in page
    # Around the letter it is staff who read.
    assert "Back to the visit" in told


def test_confirmation_tells_the_last_moment_to_change_also_where_the_clocks_change_before_it(
    desk: Client, visit: Appointment
) -> None:
    """Put forward on Sunday: 48 hours before Monday, 10 am are Saturday, 9 am by the clock on the wall."""
    monday = at("10:00", date(2027, 3, 15))
    times = Times.of(visit.visit_type, monday).as_fields()
    Appointment.objects.filter(pk=visit.pk).update(**times)
    VisitType.objects.update(change_cutoff=48 * 60)

    told = read_text(desk.get(f"/admin/desk/visit/{visit.pk}/confirmation/").content.decode())

    assert "by Saturday, March 13, 9:00 am." in told
