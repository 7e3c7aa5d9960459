"""Opening somebody else's patient is for looking, and ends."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audit.models import BreakGlass
from booking import scope
from booking.admin.pages import mark_visit
from booking.models import Appointment
from booking.tests import practice
from staff.tests.scene import PEOPLE, Scene

VISIT, PATIENT = "booking.appointment", "booking.patient"
SEEN = {"version": "0", "from": "booked"}


@pytest.fixture
def doctor(client: Client, scene: Scene) -> Client:
    """A clinician who has just opened the other's patient."""
    BreakGlass.objects.create(
        user=scene.users["practitioner"],
        patient_id=scene.pk(PATIENT, "foreign"),
        reason="On call for a colleague",
        granted_at=practice.NOW,
        expires_at=practice.NOW + timedelta(hours=1),
    )
    client.force_login(scene.users["practitioner"])
    return client


def read(visit: Appointment) -> tuple[Any, ...]:
    visit.refresh_from_db()
    return visit.practitioner_id, visit.start, visit.status, visit.version, visit.language


def test_visits_are_shown(doctor: Client, scene: Scene) -> None:
    for name in ("desk:visit", "admin:booking_appointment_change"):
        page = doctor.get(reverse(name, args=[scene.pk(VISIT, "foreign")]))

        assert page.status_code == 200
        assert PEOPLE["foreign"] in page.content.decode()
        assert 'name="step"' not in page.content.decode()
        assert reverse("desk:move", args=[scene.pk(VISIT, "foreign")]) not in page.content.decode()


def test_visit_is_not_moved_into_one_s_own_calendar_where_it_would_stay(doctor: Client, scene: Scene) -> None:
    visit = scene.rows[VISIT]["foreign"]
    scene.rows["booking.availabilityexception"]["own"].delete()
    before = read(visit)
    slot = f"{practice.at('11:00', practice.TUESDAY):%Y-%m-%dT%H:%MZ}/dr-own/midtown"

    answer = doctor.post(reverse("desk:move", args=[visit.pk]), {**SEEN, "slot": slot})

    assert answer.status_code == 403
    assert read(visit) == before
    with time_machine.travel(practice.NOW + timedelta(hours=2), tick=False):
        assert visit.patient not in scope.visible_patients(scene.users["practitioner"])


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("desk:step", {"step": "arrive"}),
        ("desk:cancel", {"reason": "patient"}),
        ("desk:move-back", {}),
        ("desk:unbook", {}),
        ("desk:language", {"language": "es"}),
        ("desk:keep", {"seen": "x"}),
        ("admin:booking_appointment_step", {"step": "arrive"}),
        ("admin:booking_appointment_error", {}),
    ],
)
def test_nothing_is_changed(doctor: Client, scene: Scene, name: str, sent: dict[str, str]) -> None:
    visit = scene.rows[VISIT]["foreign"]
    before = read(visit)

    answer = doctor.post(reverse(name, args=[visit.pk]), {**SEEN, **sent})

    assert answer.status_code == 403
    assert read(visit) == before


@pytest.mark.parametrize("action", ["arrive", "cancel"])
def test_nothing_is_changed_in_bulk(doctor: Client, scene: Scene, action: str) -> None:
    own, foreign = scene.rows[VISIT]["own"], scene.rows[VISIT]["foreign"]
    before = read(foreign)
    sent = {
        "_selected_action": [own.pk, foreign.pk],
        "confirmed": "yes",
        "reason": "patient",
        "seen": [mark_visit(own), mark_visit(foreign)],
    }

    doctor.post(reverse("admin:booking_appointment_changelist"), {"action": action, **sent})

    assert read(foreign) == before
    own.refresh_from_db()
    assert own.status != "booked"
