"""A practice that has just been installed, as docs/operations.md sets it up."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from booking.tests import practice
from education.models import Article
from education.path.rows import PathChoice

ADDRESS_NAMES = ("new-patient", "emg", "not-sure")

pytestmark = pytest.mark.django_db


def prepare() -> str:
    output = StringIO()
    call_command("prepare", stdout=output)
    return output.getvalue()


def test_articles_and_questions_lead_to_the_visit_types_that_were_named_for_them(client: Client) -> None:
    first = prepare()
    for slug in ADDRESS_NAMES:
        practice.make_visit_type(slug=slug)

    again = prepare()

    assert all(f'"{slug}"' in first for slug in ADDRESS_NAMES)
    assert "No visit type" not in again
    assert not Article.objects.filter(visit_type=None).exists()
    assert not PathChoice.objects.filter(leads_to="visit", visit_type=None).exists()
    article = client.get(reverse("learn:article", args=["muscle-spasms"]))
    assert reverse("booking:time", args=["new-patient"]) in article.text


def test_phone_of_the_demo_is_told_until_it_is_the_practices_own(settings: Any) -> None:
    settings.CLINIC = {**settings.CLINIC, "phone": settings.DEMO_PHONE}
    with_that_of_the_demo = prepare()
    settings.CLINIC = {**settings.CLINIC, "phone": "(212) 555-0100"}

    assert "CLINIC_PHONE is still the demo's" in with_that_of_the_demo
    assert "CLINIC_PHONE" not in prepare()
