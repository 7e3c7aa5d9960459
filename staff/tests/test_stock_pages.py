"""Addresses of the admin that name nothing are a bad request, and never an error of ours."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from booking.models import Practitioner
from booking.tests import practice


@pytest.fixture
def root(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("booking_appointment_changelist", {"start__year": "9999"}),
        ("booking_appointment_changelist", {"start__year": "0"}),
        ("booking_appointment_changelist", {"practitioner": "9" * 30}),
        ("booking_appointment_changelist", {"practitioner__in": "1," + "9" * 30}),
        ("booking_closure_changelist", {"first_day__year": "9" * 30}),
        ("audit_entry_changelist", {"timestamp__year": "9999"}),
        ("outbox_outboxmessage_changelist", {"send_at__year": "-1"}),
        ("auth_group_changelist", {"user": "9" * 30}),
    ],
)
def test_list_that_is_narrowed_by_nothing_there_is(root: Client, page: str, query: dict[str, str]) -> None:
    assert root.get(reverse(f"admin:{page}"), query).status_code == 400


@pytest.mark.parametrize("method", ["get", "post"])
def test_row_that_is_looked_for_by_no_field(root: Client, method: str) -> None:
    place = practice.make_location()
    address = reverse("admin:booking_location_change", args=[place.pk])

    response = getattr(root, method)(address, {"_to_field": ""})

    assert response.status_code == 400


@pytest.mark.parametrize(
    "query", [{"start__year": "2026"}, {"location": "7"}, {"start__year": "2026", "start__month": "11"}]
)
def test_address_that_the_list_writes_itself_is_read(root: Client, query: dict[str, str]) -> None:
    assert root.get(reverse("admin:booking_appointment_changelist"), query).status_code == 200


@pytest.mark.parametrize("key", ["abc", "", "9" * 30])
def test_chosen_rows_that_are_none(root: Client, key: str) -> None:
    sent = {"action": "arrive", "_selected_action": ["1", key], "index": "0"}

    assert root.post(reverse("admin:booking_appointment_changelist"), sent).status_code == 400


@pytest.mark.parametrize("sent", [{"user": "abc"}, {"user": "9" * 30}, {"visit_types": ["9" * 30]}])
def test_form_that_names_rows_that_are_none(root: Client, sent: dict[str, str]) -> None:
    assert root.post(reverse("admin:booking_practitioner_add"), sent).status_code == 400


def test_form_without_a_choice_is_read(root: Client) -> None:
    sent = {"given_name": "Amara", "family_name": "Osei", "slug": "osei", "role": "Neurologist", "user": ""}

    assert root.post(reverse("admin:booking_practitioner_add"), sent).status_code == 302
    assert Practitioner.objects.get().user is None


def test_long_number_may_be_searched_for(root: Client) -> None:
    assert root.get(reverse("admin:booking_closure_changelist"), {"q": "9" * 30}).status_code == 200


@pytest.mark.parametrize("user", ["abc", "", "-1"])
def test_clinician_of_an_account_that_is_none_is_added_without_it(root: Client, user: str) -> None:
    response = root.get(reverse("admin:booking_practitioner_add"), {"user": user})

    assert response.status_code == 200
    assert not Practitioner.objects.exists()


def test_whoever_is_not_signed_in_is_asked_to(client: Client, db: None) -> None:
    response = client.get(reverse("admin:booking_appointment_changelist"), {"start__year": "9999"})

    assert response.status_code == 302
