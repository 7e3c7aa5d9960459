"""A list tells nothing of what it does not show: not by filtering, sorting, searching or completing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from staff.roles import read_matrix
from staff.tests.scene import PEOPLE, SAID, Scene

# Model → lookups that would answer, letter by letter, what the page hides or what the list does not offer.
LOOKUPS = {
    "booking_appointment": (
        "reason__startswith",
        "reason",
        "article__startswith",
        "holder__startswith",
        "access_needs__startswith",
        "intake_answers__answer__startswith",
        "patient__family_name__startswith",
        "patient__birth_date__year",
        "patient__appointments__reason__startswith",
        "related_person__name__startswith",
        "practitioner__user__password__startswith",
        "practitioner__user__id__exact",
        "manage_links__isnull",
        "start__week_day",
    ),
    "booking_patient": (
        "family_name__startswith",
        "phone__startswith",
        "appointments__reason__startswith",
        "appointments__intake_answers__answer__startswith",
        "appointments__practitioner__id__exact",
        "related_people__name__startswith",
    ),
    "booking_waitlistentry": (
        "patient__family_name__startswith",
        "appointment__reason__startswith",
        "patient__appointments__reason__startswith",
    ),
    "booking_availabilityexception": (
        "note__startswith",
        "practitioner__appointments__reason__startswith",
        "practitioner__user__password__startswith",
    ),
    "booking_practitioner": ("appointments__reason__startswith", "user__password__startswith"),
    "booking_visittype": ("appointments__reason__startswith", "appointments__patient__phone__startswith"),
    "booking_location": ("appointments__reason__startswith",),
    "booking_closure": ("location__appointments__reason__startswith",),
    "booking_kepttime": ("visit_types__appointments__reason__startswith",),
    "booking_availabilityrule": ("practitioner__appointments__reason__startswith",),
    "education_article": ("visit_type__appointments__reason__startswith",),
    "outbox_outboxmessage": (),
}


@pytest.mark.parametrize("role", read_matrix().roles)
def test_address_filters_by_nothing_that_is_not_offered(client: Client, scene: Scene, role: str) -> None:
    client.force_login(scene.users[role])
    may = read_matrix().permissions_of(role)

    answers = {
        (model, lookup): client.get(reverse(f"admin:{model}_changelist"), {lookup: "1"}).status_code
        for model, lookups in LOOKUPS.items()
        for lookup in lookups
    }

    def expect(model: str) -> int:
        app, _, name = model.partition("_")
        return 400 if f"{app}.view_{name}" in may else 403

    assert answers == {(model, lookup): expect(model) for model, lookup in answers}


@pytest.mark.parametrize("model", LOOKUPS)
def test_filters_that_are_offered_still_work(client: Client, scene: Scene, model: str) -> None:
    scene.users["manager"].is_superuser = True
    scene.users["manager"].save()
    client.force_login(scene.users["manager"])
    address = reverse(f"admin:{model}_changelist")

    page = client.get(address)

    changelist = page.context["cl"]
    links = [
        choice["query_string"] for spec in changelist.filter_specs for choice in spec.choices(changelist)
    ]
    assert {client.get(address + link).status_code for link in links} <= {200}


@pytest.mark.parametrize("role", ["front_desk", "practitioner", "manager"])
@pytest.mark.parametrize("model", ["appointment", "patient", "waitlistentry"])
def test_order_of_a_list_is_of_what_it_shows(client: Client, scene: Scene, role: str, model: str) -> None:
    client.force_login(scene.users[role])
    address = reverse(f"admin:booking_{model}_changelist")

    plain = client.get(address).context["cl"]
    hidden = {"reason", "article", "access_needs", "holder"}
    sorted_by = {
        str(one).lstrip("-")
        for number in range(1, 30)
        for one in client.get(address, {"o": number})
        .context["cl"]
        .get_ordering(client.get(address).wsgi_request, plain.queryset)
    }

    assert not sorted_by & hidden


@pytest.mark.parametrize("role", [*read_matrix().roles, "nobody"])
@pytest.mark.parametrize(
    "field",
    [
        ("appointment", "patient"),
        ("waitlistentry", "patient"),
        ("waitlistentry", "appointment"),
        ("relatedperson", "patient"),
        ("intakeanswer", "appointment"),
        ("appointment", "related_person"),
    ],
)
def test_nothing_about_patients_is_completed(
    client: Client, scene: Scene, role: str, field: tuple[str, str]
) -> None:
    client.force_login(scene.users[role])
    asked = {"app_label": "booking", "model_name": field[0], "field_name": field[1], "term": "Z"}

    response = client.get(reverse("admin:autocomplete"), asked)

    assert response.status_code in (403, 404)


@pytest.mark.parametrize("role", ["front_desk", "manager"])
@pytest.mark.parametrize("model", ["appointment", "patient", "waitlistentry"])
def test_lists_of_people_do_not_search_by_address(
    client: Client, scene: Scene, role: str, model: str
) -> None:
    client.force_login(scene.users[role])

    address = reverse(f"admin:booking_{model}_changelist")

    page = client.get(address, {"q": PEOPLE["own"]})

    assert page.context["cl"].result_count == client.get(address).context["cl"].result_count > 1
    assert 'name="q"' not in page.content.decode()
    assert reverse("desk:find") in page.content.decode()


@pytest.mark.parametrize("words", [SAID["own"], f"Reason {SAID['own']}", f"Answer {SAID['own']}"])
def test_desk_finds_nobody_by_what_they_said(client: Client, scene: Scene, words: str) -> None:
    client.force_login(scene.users["front_desk"])

    page: Any = client.post(reverse("desk:find"), {"words": words})

    assert page.context["answer"].found == []
