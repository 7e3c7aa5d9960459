"""From an article to the desk: the visit's panel names what the patient had read."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import actions
from booking.tests import practice
from education.models import Article


@pytest.mark.django_db
def test_panel_names_the_article_that_the_patient_came_from(admin_client: Client) -> None:
    article = Article.objects.create(slug="calf-cramps", title="Calf cramps", body="Text", status="published")
    location = practice.make_location()
    visit_type = practice.make_visit_type()
    visit = actions.book_visit(
        visit_type=visit_type,
        practitioner=practice.make_practitioner(visit_types=[visit_type], location=location),
        location=location,
        start=timezone.now().replace(second=0, microsecond=0) + timedelta(days=1),
        patient=practice.make_patient(),
        by=actions.Actor.system(),
        visit=actions.VisitDetails(article=article.slug),
        override=actions.SETTABLE_ASIDE,
    )
    address = reverse("desk:visit", args=[visit.pk])

    named = admin_client.get(address).content.decode()
    Article.objects.all().delete()
    gone = admin_client.get(address).content.decode()

    assert 'href="/learn/calf-cramps/">Calf cramps</a>' in named
    assert "<dd>calf-cramps</dd>" in gone
