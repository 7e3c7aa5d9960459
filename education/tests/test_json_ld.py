"""JSON-LD: what each page says, held against schema.org's own vocabulary."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from booking.tests import practice
from education.models import Article
from education.sources import read_sources, sync
from education.tests.vocabulary import find_wrong, read_blocks

pytestmark = pytest.mark.django_db


def read(client: Client, address: str) -> list[dict[str, Any]]:
    response = client.get(address)
    assert response.status_code == 200
    return read_blocks(response.text)


def test_every_article_says_only_what_the_vocabulary_knows(client: Client):
    sync(read_sources())

    for article in Article.objects.all():
        blocks = read(client, article.get_absolute_url())
        assert [block["@type"] for block in blocks] == ["MedicalWebPage", "BreadcrumbList"]
        assert [find_wrong(block) for block in blocks] == [[], []]


@pytest.mark.parametrize("address", ["/", "/es/", "/learn/", "/es/learn/"])
def test_other_pages_say_only_what_the_vocabulary_knows(client: Client, address: str):
    sync(read_sources())
    practice.make_location()

    [block] = read(client, address)

    assert find_wrong(block) == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"@type": "NeurologyPage"}, "there is no type NeurologyPage"),
        ({"reviewer": "x"}, "there is no property reviewer"),
        ({"urlTemplate": "x"}, "MedicalWebPage has no urlTemplate"),
        ({"reviewedBy": {"@type": "MedicalClinic"}}, None),
        ({"reviewedBy": {"@type": "PostalAddress"}}, "reviewedBy cannot be a PostalAddress"),
        ({"lastReviewed": "last May"}, "lastReviewed cannot be 'last May'"),
        ({"isAccessibleForFree": "perhaps"}, "isAccessibleForFree cannot be 'perhaps'"),
    ],
)
def test_the_test_itself_finds_what_is_wrong(changes: dict[str, Any], wrong: str | None):
    found = find_wrong({"@type": "MedicalWebPage", **changes})

    assert found == ([wrong] if wrong else [])


def test_article_names_a_reviewer_only_where_there_is_one(
    client: Client, make_article: Callable[..., Article]
):
    make_article(1)
    make_article(
        2,
        reviewer_name="A. Reviewer",
        reviewed_on=date(2026, 11, 2),
        review_due=date(2028, 11, 2),
    )

    without, _ = read(client, "/learn/article-1/")
    reviewed, _ = read(client, "/learn/article-2/")

    assert not {"reviewedBy", "lastReviewed"} & set(without)
    assert reviewed["reviewedBy"] == {"@type": "Person", "name": "A. Reviewer"}
    assert reviewed["lastReviewed"] == "2026-11-02"


def test_clinic_says_its_specialty_and_how_to_book(client: Client):
    [clinic] = read(client, "/")

    assert clinic["medicalSpecialty"] == "https://schema.org/Neurologic"
    assert clinic["potentialAction"]["target"]["urlTemplate"] == "http://127.0.0.1:8000/book/"


def test_text_cannot_end_the_block(client: Client, make_article: Callable[..., Article]):
    make_article(1, title="</script><script>alert(1)</script>", summary="<!-- & ]]>")

    page = client.get("/learn/article-1/").text

    assert "<script>alert" not in page
    assert read_blocks(page)[0]["name"] == "</script><script>alert(1)</script>"
