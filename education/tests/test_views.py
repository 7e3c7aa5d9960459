import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from booking.models import VisitType
from education.models import Article
from education.sources import read_sources, sync


def show(client: Client, article: Article) -> str:
    with translation.override(article.language):
        address = article.get_absolute_url()
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_database_twice(
    client: Client,
    make_article: Callable[..., Article],
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
):
    for number in range(count):
        make_article(number)

    with django_assert_num_queries(2):
        page = client.get(reverse("learn:list")).content.decode()

    assert page.count('href="/learn/article-') == count


@pytest.mark.parametrize("count", [2, 4])
def test_article_asks_the_database_three_times(
    client: Client,
    visit_type: VisitType,
    make_article: Callable[..., Article],
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
):
    articles = [make_article(number, visit_type=visit_type) for number in range(count)]

    # The next opening is kept for a minute.
    show(client, articles[0])

    with django_assert_num_queries(3):
        show(client, articles[0])


def test_list_without_articles_offers_the_phone(client: Client, db: None):
    assert "There are no articles yet" in client.get(reverse("learn:list")).content.decode()


def test_drafts_are_not_shown(client: Client, make_article: Callable[..., Article]):
    draft = make_article(1, status="draft")
    other = make_article(2)

    assert client.get(draft.get_absolute_url()).status_code == 404
    assert draft.title not in client.get(reverse("learn:list")).content.decode()
    assert draft.title not in show(client, other)
    assert draft.title not in client.get(reverse("learn:feed")).content.decode()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_only_read(client: Client, make_article: Callable[..., Article], method: str):
    article = make_article()

    for address in (reverse("learn:list"), article.get_absolute_url(), reverse("learn:feed")):
        assert getattr(client, method)(address).status_code == 405


def test_article_leads_to_its_visit_type(
    client: Client, visit_type: VisitType, make_article: Callable[..., Article]
):
    article = make_article(body="::: book-a-visit\n- it hurts\n:::", visit_type=visit_type)

    page = show(client, article)

    assert page.count(f'href="{reverse("booking:time", args=["new-patient"])}?article=article-1"') == 2
    assert page.count("New patient visit</strong>, 40 minutes.") == 2


def test_article_for_the_unsure_says_that_we_help_to_choose(
    client: Client, visit_type: VisitType, make_article: Callable[..., Article]
):
    VisitType.objects.update(name="I am not sure", helps_choose=True)

    page = show(client, make_article(visit_type=visit_type))

    assert "Choose “I am not sure”, and we will find the right visit with you." in page


@pytest.mark.parametrize("is_linked", [True, False])
def test_article_without_an_open_visit_type_leads_to_the_choice(
    client: Client, visit_type: VisitType, make_article: Callable[..., Article], is_linked: bool
):
    VisitType.objects.update(is_public=False)

    page = show(client, make_article(visit_type=visit_type if is_linked else None))

    assert f'class="btn btn-primary" href="{reverse("booking:visit-type")}?article=article-1"' in page
    assert reverse("booking:time", args=["new-patient"]) not in page


def test_article_not_reviewed_says_so(client: Client, make_article: Callable[..., Article]):
    assert "Not yet reviewed by a clinician." in show(client, make_article())


def test_reviewed_article_names_reviewer_and_days(client: Client, make_article: Callable[..., Article]):
    article = make_article(
        reviewer_name="Dr. Pat O'Example", reviewed_on=date(2026, 11, 2), review_due=date(2028, 11, 2)
    )

    page = show(client, article)

    assert "Reviewed by Dr. Pat O&#x27;Example." in page
    assert "Page last reviewed: November 2, 2026." in page
    assert "Next review due: November 2, 2028." in page
    assert "Not yet reviewed" not in page


def test_every_page_says_that_it_is_no_diagnosis(client: Client, make_article: Callable[..., Article]):
    article = make_article()

    assert "It is not a diagnosis" in show(client, article)
    assert "They are not a diagnosis" in client.get(reverse("learn:list")).content.decode()


def test_script_in_any_field_is_inert(client: Client, make_article: Callable[..., Article]):
    script = "<script>alert(1)</script>"
    article = make_article(
        1, title=script, summary=script, body=f"## {script}\n\n{script}\n\n::: do\n- {script}\n:::"
    )
    other = make_article(2)

    for address in (
        article.get_absolute_url(),
        other.get_absolute_url(),
        reverse("learn:list"),
        reverse("learn:feed"),
    ):
        page = client.get(address).content.decode()
        assert "alert(1)" in page
        assert "<script>" not in page


def test_contents_and_labels_point_at_ids_that_exist_once(client: Client, visit_type: VisitType):
    sync(read_sources())

    for article in Article.objects.all():
        page = show(client, article)
        ids = re.findall(r'\sid="([^"]+)"', page)
        targets = re.findall(r'(?:href="#|aria-labelledby="|aria-describedby=")([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert set(targets) <= set(ids)


def test_headings_go_down_one_step_at_a_time(client: Client, visit_type: VisitType):
    sync(read_sources())

    for article in Article.objects.all():
        main = re.search(r"<main.*</main>", show(client, article), re.DOTALL)
        assert main is not None
        levels = [int(level) for level in re.findall(r"<h([1-6])", main[0])]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(below <= above + 1 for above, below in pairwise(levels))


def test_urgency_of_cards_stands_in_their_headings(client: Client, visit_type: VisitType):
    sync(read_sources())

    page = show(client, Article.objects.get(slug="muscle-spasms", language="en"))

    heads = re.findall(r'<h3 class="care__head"[^>]*>(.*?)</h3>', page)
    assert [re.sub("<[^>]+>", "", head) for head in heads] == [
        "Not urgent: Book a visit with us if:",
        "Urgent: Call us today if:",
        "Emergency: Call 911 now if:",
    ]


def test_share_link_carries_the_public_address(
    client: Client, settings, make_article: Callable[..., Article]
):
    settings.PUBLIC_URL = "https://clinic.example.org"

    page = show(client, make_article(title="Cramps & pain"))

    assert (
        'href="mailto:?subject=Cramps%20%26%20pain'
        '&amp;body=https%3A%2F%2Fclinic.example.org%2Flearn%2Farticle-1%2F"' in page
    )


def test_drawing_stands_in_its_article_with_its_words(client: Client, visit_type: VisitType):
    sync(read_sources())

    page = show(client, Article.objects.get(slug="relief-at-home", language="en"))

    (figure,) = re.findall(r'<figure class="drawing">.*?</figure>', page, re.DOTALL)
    assert "<title" in figure
    caption = figure.partition("<figcaption>")[2]
    assert caption.count("<li>") == 4
    assert re.findall(r"<text[^>]*>([0-9])</text>", figure) == ["1", "2", "3", "4"]


def test_spanish_article_has_its_own_words_under_the_drawing(client: Client, visit_type: VisitType):
    sync(read_sources())

    page = show(client, Article.objects.get(slug="relief-at-home", language="es"))

    assert '<html lang="es"' in page
    assert "<h1>Alivio en casa</h1>" in page
    assert "Párese frente a una pared." in page
    assert 'href="/es/learn/muscle-spasms/"' in page
