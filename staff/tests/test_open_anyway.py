"""Somebody else's patient: found by who can name them, and opened for an hour, with a reason."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from audit.models import BreakGlass, Entry
from outbox.models import OutboxMessage, State
from staff.tests.scene import Scene

VISIT, PATIENT = "booking.appointment", "booking.patient"
REASON = {"reason": "Called in the night by the hospital."}


@pytest.fixture
def doctor(client: Client, scene: Scene) -> Client:
    client.force_login(scene.users["practitioner"])
    return client


def find(client: Client, words: str) -> str:
    response = client.post(reverse("desk:find"), {"words": words})
    assert response.status_code == 200
    return response.content.decode()


def open_anyway(scene: Scene) -> str:
    return reverse("break-glass", args=[scene.pk(PATIENT, "foreign")])


def test_by_name_and_birth_date_or_reference_a_way_in_is_shown_and_no_name(doctor: Client, scene: Scene):
    patient = scene.rows[PATIENT]["foreign"]
    visit = scene.rows[VISIT]["foreign"]

    for words in (f"Zbrozek {patient.birth_date:%m/%d/%Y}", visit.display_reference):
        page = find(doctor, words)
        assert open_anyway(scene) in page
        assert patient.full_name not in page


def test_a_name_or_a_phone_alone_tells_nothing(doctor: Client, scene: Scene):
    for words in ("Zbrozek", "Robin Zbrozek", "212 555 0188"):
        page = find(doctor, words)
        assert "Nobody fits" in page
        assert open_anyway(scene) not in page


def test_opened_patient_is_in_sight_for_an_hour_with_the_visits(doctor: Client, scene: Scene):
    record = reverse("admin:booking_patient_change", args=[scene.pk(PATIENT, "foreign")])
    panel = reverse("desk:visit", args=[scene.pk(VISIT, "foreign")])
    assert doctor.get(panel).status_code == 404

    response = doctor.post(open_anyway(scene), REASON)

    assert response["Location"] == record
    assert doctor.get(record).status_code == 200
    assert "xyzzy" in doctor.get(panel).content.decode()
    with time_machine.travel(BreakGlass.objects.latest("granted_at").expires_at, tick=False):
        doctor.force_login(scene.users["practitioner"])
        assert doctor.get(panel).status_code == 404
        assert doctor.get(record).status_code == 302


def test_opening_is_recorded_with_whose_and_why(doctor: Client, scene: Scene):
    doctor.post(open_anyway(scene), REASON)

    opened = BreakGlass.objects.latest("granted_at")
    assert (opened.user, opened.reason) == (scene.users["practitioner"], REASON["reason"])
    assert opened.expires_at - opened.granted_at == timedelta(hours=1)
    entry = Entry.objects.filter(kind=Entry.Kind.BROKE_GLASS).latest("pk")
    assert (entry.actor, entry.patient_id) == (scene.users["practitioner"], scene.pk(PATIENT, "foreign"))


@pytest.mark.parametrize("persona", ["front_desk", "manager", "editor", "nobody"])
def test_others_have_no_such_way(client: Client, scene: Scene, persona: str, settings: Any):
    client.force_login(scene.users[persona])

    assert client.post(open_anyway(scene), REASON).status_code == 403


def test_word_to_the_managers_is_not_held_up_by_who_opened(doctor: Client, scene: Scene):
    """Also not by somebody who has the front desk's role besides, and may steer mail."""
    user = scene.users["practitioner"]
    user.groups.add(Group.objects.get(name="Front desk"))
    doctor.post(open_anyway(scene), REASON)
    message = OutboxMessage.objects.get(kind="booking.broke_glass")

    doctor.post(
        reverse("admin:outbox_outboxmessage_changelist"),
        {"action": "stop", "_selected_action": [message.pk]},
    )
    doctor.post(reverse("admin:outbox_outboxmessage_steer", args=[message.pk]), {"act": "stop"})

    message.refresh_from_db()
    assert message.state == State.QUEUED
