"""What is hard to undo asks again who is there, ten minutes after they have shown it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.tests import practice
from staff.tests.conftest import PASSWORD, SignIn


@pytest.fixture
def group(db: None) -> Group:
    return Group.objects.create(name="Night desk")


@pytest.fixture
def stale(client: Client, manager: User, sign_in: SignIn, settings: Any, clock: Any) -> Client:
    """Somebody who signed in a while ago."""
    settings.STAFF_FRESH_MINUTES = 10
    sign_in()
    clock.shift(timedelta(minutes=11))
    return client


def is_asked(response: Any) -> bool:
    return response.status_code == 302 and str(response.url).startswith("/staff/confirm/?next=")


def test_pages_of_accounts_and_roles_ask(stale: Client, manager: User, group: Group) -> None:
    pages = [
        reverse("admin:auth_group_add"),
        reverse("admin:auth_group_change", args=[group.pk]),
        reverse("admin:auth_group_delete", args=[group.pk]),
        reverse("admin:auth_user_add"),
        reverse("admin:auth_user_change", args=[manager.pk]),
        reverse("admin:auth_user_password_change", args=[manager.pk]),
        reverse("admin:staff_invitation_add"),
        reverse("admin:audit_entry_export"),
    ]

    assert [page for page in pages if not is_asked(stale.get(page))] == []
    assert [page for page in pages if page != pages[-1] and not is_asked(stale.post(page, {}))] == []


def test_roles_are_not_deleted_in_bulk(stale: Client, group: Group) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}

    stale.post(reverse("admin:auth_group_changelist"), chosen)

    assert Group.objects.filter(pk=group.pk).exists()


def test_export_of_visits_asks_and_sends_nothing(stale: Client) -> None:
    location = practice.make_location()
    visit_type = practice.make_visit_type()
    visit = actions.book_visit(
        visit_type=visit_type,
        practitioner=practice.make_practitioner(visit_types=[visit_type], location=location),
        location=location,
        start=practice.at("10:00", date(2026, 12, 1)),
        patient=practice.make_patient(),
        by=Actor.system(),
    )
    chosen = {"action": "export", "_selected_action": [visit.pk]}

    answer = stale.post(reverse("admin:booking_appointment_changelist"), chosen)

    assert is_asked(answer)


def test_who_shows_again_who_they_are_goes_on(stale: Client, group: Group) -> None:
    page = reverse("admin:auth_group_change", args=[group.pk])
    asked = stale.get(page)

    back = stale.post(asked.url, {"password": PASSWORD})

    assert back.url == page
    assert stale.get(page).status_code == 200
