"""The admin in a real browser: its scripts run, and nothing in it is against the content policy."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from booking import actions, availability
from booking.actions import Actor
from booking.models import Appointment, Patient, VisitType, WaitlistEntry
from booking.models.appointment import Status


@pytest.fixture
def booked(visit_type: VisitType, practitioner: Any, patient: Patient) -> Appointment:
    """A visit at the soonest opening: browsers have a clock of their own."""
    [slot] = availability.find_soonest(visit_type=visit_type, count=1)
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        patient=patient,
        by=Actor.system(),
    )


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console says: refused scripts and styles, errors in scripts."""
    return []


@pytest.fixture
def desk_page(
    browser: Browser, live_server: LiveServer, receptionist: Any, complaints: list[str]
) -> Iterator[Page]:
    client = Client()
    client.force_login(receptionist)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(15_000)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(f"{message.type} {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()


def test_pages_of_the_admin_keep_to_the_content_policy(
    desk_page: Page, booked: Appointment, other_patient: Patient, complaints: list[str]
) -> None:
    entry = WaitlistEntry.objects.create(
        patient=other_patient, visit_type=booked.visit_type, until=booked.start.date()
    )
    names = [
        *(
            f"{model}_{page}"
            for model in ("location", "practitioner", "visittype", "closure", "patient")
            for page in ("changelist", "add")
        ),
        "appointment_changelist",
        "waitlistentry_changelist",
        "availabilityexception_add",
    ]
    changes = {
        "location": booked.location_id,
        "practitioner": booked.practitioner_id,
        "visittype": booked.visit_type_id,
        "patient": booked.patient_id,
        "appointment": booked.pk,
        "waitlistentry": entry.pk,
    }

    for name in names:
        desk_page.goto(reverse(f"admin:booking_{name}"))
    for model, pk in changes.items():
        desk_page.goto(reverse(f"admin:booking_{model}_change", args=[pk]))
    desk_page.goto(reverse("admin:booking_patient_merge", args=[booked.patient_id, other_patient.pk]))
    desk_page.goto(reverse("admin:booking_waitlistentry_off", args=[entry.pk]))
    desk_page.goto(reverse("admin:audit_entry_changelist") + f"?patient={booked.patient_id}")
    desk_page.goto(reverse("break-glass", args=[booked.patient_id]))

    assert complaints == []


def test_visit_is_moved_and_cancelled_from_its_record(
    desk_page: Page, booked: Appointment, complaints: list[str]
) -> None:
    record = reverse("admin:booking_appointment_change", args=[booked.pk])
    desk_page.goto(record)

    desk_page.get_by_role("link", name="Move").click()
    desk_page.locator(".desk-times button").first.click()
    expect(desk_page.get_by_role("status")).to_contain_text("The visit is now on")
    desk_page.goto(record)
    desk_page.get_by_role("link", name="Cancel", exact=True).click()
    desk_page.get_by_label("The practice").check()
    desk_page.get_by_role("button", name="Cancel visit").click()
    expect(desk_page.get_by_role("status")).to_contain_text("Cancelled")

    booked.refresh_from_db()
    assert (booked.status, booked.version) == (Status.CANCELLED, 2)
    assert complaints == []
