"""What an editor is told about a text that may be saved all the same."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from education.editing.advice import find_advice
from education.models import Article
from education.sources import read_sources, sync

HARD = {
    "en": "Electromyographic examination facilitates differentiation of neuromuscular abnormalities.",
    "es": "La electromiografía posibilita diferenciar anormalidades neuromusculares periféricas.",
}


def advise(body: str, *, language: str = "en", summary: str = "It can hurt.") -> list[str]:
    return find_advice(Article(slug="here", language=language, summary=summary, body=body))


def test_our_own_articles_need_no_advice(db: None):
    sync(read_sources())
    Article.objects.update(status="published")

    assert [line for article in Article.objects.all() for line in find_advice(article)] == []


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This reads like school grade"), ("es", "This is hard to read")]
)
def test_hard_text_is_named_in_its_own_measure(db: None, language: str, words: str):
    [line] = advise(HARD[language], language=language, summary="")

    assert line.startswith(words)


def test_sentence_of_25_words_passes_and_one_of_26_is_quoted(db: None):
    fits, long = ("go " * 25).strip(), ("do " * 26).strip()

    [line] = advise(f"{fits}.\n\n{long}.")

    assert line == f"This sentence has 26 words. Make two of it: “{long}.”"


def test_the_first_five_long_sentences_are_quoted_and_the_others_counted(db: None):
    lines = advise("\n\n".join(["go " * 26] * 7))

    assert len(lines) == 6
    assert lines[-1] == "2 more sentences have over 25 words."


@pytest.mark.parametrize("body", ["", "## ", "***", "::: do\n:::"])
def test_text_without_words_gets_no_advice(db: None, body: str):
    assert advise(body, summary="") == []


@pytest.mark.parametrize(
    "link",
    [
        "/",
        "/book/",
        "/es/book/",
        "/learn/article-1/",
        "../article-1/",
        "/learn/article-1/#section-what-it-feels-like",
        "#section-rest",
        "https://example.org/nowhere",
        "mailto:desk@example.org",
        "tel:911",
    ],
)
def test_link_that_leads_somewhere_gets_no_advice(make_article: Callable[..., Article], link: str):
    make_article()

    assert advise(f"## Rest\n\n[x]({link})") == []


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("/nowhere/", "leads to no page of ours"),
        ("/learn/article-9/", "not published in its language"),
        ("/learn/article-2/", "not published in its language"),
        ("/es/learn/article-1/", "not published in its language"),
        ("/learn/article-1/#section-gone", "no section of it"),
        ("#section-gone", "No section of this page"),
        ("http://example.org/", "Use https://"),
    ],
)
def test_link_that_leads_nowhere_is_named(make_article: Callable[..., Article], link: str, words: str):
    make_article(1)
    make_article(2, status="draft")

    [line] = advise(f"## Rest\n\n[x](<{link}>)")

    assert words in line
    assert line.endswith(link)


def test_link_that_is_no_address_is_named(db: None):
    assert advise("<https://[:.]//>") == ["This link is not an address: https://[:.]//"]


@pytest.mark.parametrize("count", [1, 3])
def test_links_ask_the_database_once(
    make_article: Callable[..., Article], django_assert_num_queries: DjangoAssertNumQueries, count: int
):
    links = [make_article(number).get_absolute_url() for number in range(count)]

    with django_assert_num_queries(1):
        advise("\n\n".join(f"[x]({link})" for link in links))


def test_advice_comes_after_a_save_that_went_through(
    editor_client: Client, make_article: Callable[..., Article]
):
    article = make_article()
    form = {
        "title": "New title",
        "summary": "A line.",
        "body": "[x](/nowhere/)",
        "position": 1,
        "status": "published",
    }

    response = editor_client.post(
        reverse("admin:education_article_change", args=[article.pk]), form, follow=True
    )

    article.refresh_from_db()
    assert article.title == "New title"
    messages = [str(message) for message in response.context["messages"]]
    assert "This link leads to no page of ours: /nowhere/" in messages
