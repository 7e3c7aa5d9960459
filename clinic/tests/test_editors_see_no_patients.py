"""Who edits articles meets no patient there, and of booking no more than the names of visit types."""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from booking.models import Appointment, VisitType
from education.models import Article
from staff.roles import read_matrix, sync_roles

PAGES = ("change", "history", "preview", "versions")
ADDRESSES = [
    "admin:index",
    *(f"admin:education_article_{name}" for name in ("changelist", "add", *PAGES)),
]
# What shows the page as patients see it says when the next opening is, which it learns from taken times.
SHOWS_OPENINGS = "admin:education_article_preview"


@pytest.fixture
def article(visit_type: VisitType) -> Article:
    return Article.objects.create(
        slug="cramps", title="Cramps", summary="A line.", body="It hurts.", visit_type=visit_type
    )


@pytest.fixture
def editor_client(visit: Appointment) -> Client:
    """In the role of editors, at the hour of a practice that has a visit."""
    sync_roles()
    editor = User.objects.create(username="editor", is_staff=True)
    editor.groups.add(Group.objects.get(name=read_matrix().roles["editor"]))
    client = Client()
    client.force_login(editor)
    return client


def find_address(name: str, article: Article) -> str:
    return reverse(name, args=[article.pk] if name.endswith(PAGES) else [])


@pytest.mark.parametrize("name", ADDRESSES)
def test_page_of_an_editor_names_no_patient_and_leads_to_none(
    editor_client: Client, article: Article, visit: Appointment, name: str
):
    page = editor_client.get(find_address(name, article)).content.decode()

    assert visit.patient.family_name not in page
    assert visit.reference not in page
    assert re.findall(r'href="(/admin/(?:booking|desk)/[^"]*)"', page) == []


@pytest.mark.parametrize("name", ADDRESSES)
def test_page_of_an_editor_reads_no_table_of_booking_but_visit_types(
    editor_client: Client,
    article: Article,
    name: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
):
    with django_assert_max_num_queries(60) as asked:
        editor_client.get(find_address(name, article))

    said = " ".join(query["sql"] for query in asked.captured_queries)
    tables = {model._meta.db_table for model in apps.get_app_config("booking").get_models()}
    read = {table for table in tables if f'"{table}"' in said}
    if name == SHOWS_OPENINGS:
        assert "booking_patient" not in read
    else:
        assert read <= {"booking_visittype"}


def test_choices_of_visit_types_are_their_names(editor_client: Client, article: Article):
    page = editor_client.get(find_address("admin:education_article_change", article))

    choices = page.context["adminform"].form.fields["visit_type"].choices
    assert [label for _value, label in choices] == ["---------", "First visit"]


def test_live_preview_reads_no_patient(
    editor_client: Client, article: Article, django_assert_max_num_queries: DjangoAssertNumQueries
):
    address = reverse("admin:education_article_live", args=[article.pk])
    typed = {"title": "Cramps", "body": "::: book-a-visit\n- it stays\n:::"}

    with django_assert_max_num_queries(60) as asked:
        editor_client.post(address, typed | {"visit_type": article.visit_type_id})

    assert not [query for query in asked.captured_queries if '"booking_patient"' in query["sql"]]
