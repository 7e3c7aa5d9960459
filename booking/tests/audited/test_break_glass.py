"""Open a patient anyway: with a reason, for an hour, in the open."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core import mail
from django.test import Client
from django.urls import reverse

from audit import break_glass
from audit.models import BreakGlass, Entry
from booking.models import Patient
from booking.tests.audited.conftest import list_entries
from outbox.deliver import deliver
from outbox.models import OutboxMessage

REASON = "On call for a colleague tonight"


def make_user(users: Any, name: str, *permissions: str, **fields: Any) -> Any:
    user = users.objects.create_user(name, is_staff=True, **fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def clinician(client: Client, clock: Any, django_user_model: Any) -> Any:
    user = make_user(django_user_model, "clinician", "break_glass", first_name="Lena", last_name="Fischer")
    client.force_login(user)
    return user


def ask(client: Client, patient: Patient, **fields: Any) -> Any:
    return client.post(reverse("break-glass", args=[patient.pk]), fields)


def test_the_page_asks_and_tells_nothing_of_the_patient(
    client: Client, clinician: Any, patient: Patient
) -> None:
    page = client.get(reverse("break-glass", args=[patient.pk])).content.decode()

    assert "Why do you need to see this patient?" in page
    assert "Ellis" not in page
    assert "Jordan" not in page
    assert not BreakGlass.objects.exists()


@pytest.mark.parametrize("reason", ["", "   ", "urgent", "x" * 501])
def test_without_a_good_reason_nothing_opens(
    client: Client, clinician: Any, patient: Patient, reason: str
) -> None:
    response = ask(client, patient, reason=reason)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert break_glass.open_for(clinician) == set()


def test_opens_one_patient_for_an_hour(
    client: Client, clinician: Any, patient: Patient, other_patient: Patient, clock: Any
) -> None:
    response = ask(client, patient, reason=REASON)

    assert response["Location"] == reverse("admin:booking_patient_change", args=[patient.pk])
    assert break_glass.open_for(clinician) == {patient.pk}
    assert list(Patient.objects.filter(pk__in=break_glass.list_open(clinician))) == [patient]
    clock.shift(break_glass.LASTS.total_seconds())
    assert break_glass.open_for(clinician) == set()


def test_is_recorded_with_who_and_whom(client: Client, clinician: Any, patient: Patient) -> None:
    ask(client, patient, reason=REASON)

    [entry] = list_entries(kind=Entry.Kind.BROKE_GLASS)
    assert (entry.actor, entry.patient_id) == (clinician, patient.pk)
    assert BreakGlass.objects.get().reason == REASON


def test_opens_it_for_nobody_else(
    client: Client, clinician: Any, patient: Patient, receptionist: Any
) -> None:
    ask(client, patient, reason=REASON)

    assert break_glass.open_for(receptionist) == set()
    assert break_glass.open_for(AnonymousUser()) == set()


def test_each_manager_is_told_who_and_when_and_not_whom_or_why(
    client: Client, clinician: Any, patient: Patient, django_user_model: Any
) -> None:
    make_user(django_user_model, "manager", "view_breakglass", email="manager@example.org")
    make_user(django_user_model, "gone", "view_breakglass", email="gone@example.org", is_active=False)

    ask(client, patient, reason=REASON)

    for message in OutboxMessage.objects.all():
        deliver(message.pk)
    [sent] = mail.outbox
    assert sent.to == ["manager@example.org"]
    assert "Lena Fischer has opened a record" in sent.body
    for said in (REASON, "Ellis", "Jordan"):
        assert said not in f"{sent.subject} {sent.body}"


def test_without_a_manager_the_practice_is_told(client: Client, clinician: Any, patient: Patient) -> None:
    ask(client, patient, reason=REASON)

    assert OutboxMessage.objects.get().recipient == "desk"


def test_is_for_those_who_may(client: Client, patient: Patient, django_user_model: Any) -> None:
    client.force_login(make_user(django_user_model, "clerk", "view_patient"))

    response = ask(client, patient, reason=REASON)

    assert response.status_code == 403
    assert not BreakGlass.objects.exists()


def test_nobody_opens_what_is_not_there(client: Client, clinician: Any) -> None:
    assert client.get(reverse("break-glass", args=[404])).status_code == 404
