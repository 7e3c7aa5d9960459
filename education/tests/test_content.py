"""The article files: their order, their words, and where they lead."""

import re

import pytest

from clinic.tests.reading import find_grade
from education.render import CARDS, LISTS, find_problems, render
from education.sources import Source, read_sources
from education.tests.reading import article_text, split_sentences

SOURCES = read_sources()
VISIT_TYPES = {"new-patient", "follow-up", "emg", "botox", "telehealth-follow-up", "not-sure"}
MOST_WORDS = 20
HIGHEST_GRADE = 6.0
# Words that make a person a case, or that frighten.
UNKIND = re.compile(
    r"\b(suffer\w*|victims?|diabetics?|cripple\w*|the disabled|afflicted|abnormal|incurable|fatal)\b"
)

each_source = pytest.mark.parametrize("source", SOURCES, ids=[source.slug for source in SOURCES])


@each_source
def test_article_has_no_problems(source: Source):
    assert find_problems(source.body) == []


@each_source
def test_article_keeps_the_order_of_blocks(source: Source):
    kinds = [block.kind for block in render(source.body).blocks if block.kind != "text"]

    assert kinds == [*LISTS, *CARDS]


@each_source
def test_article_keeps_the_order_of_sections(source: Source):
    headings = [heading.text for heading in render(source.body).contents]

    assert len(headings) >= 5
    assert headings[-3:] == ["What you can do", "When to get help", "What happens at a visit"]


@each_source
def test_article_sentences_are_short(source: Source):
    sentences = split_sentences(source.body) + split_sentences(source.summary)

    assert [sentence.text for sentence in sentences if len(sentence.words) > MOST_WORDS] == []


@each_source
@pytest.mark.parametrize("only_paragraphs", [False, True], ids=["all", "paragraphs"])
def test_article_is_readable_after_sixth_grade(source: Source, only_paragraphs: bool):
    grade = find_grade(split_sentences(source.body, only_paragraphs=only_paragraphs))

    assert grade <= HIGHEST_GRADE


@each_source
def test_article_words_are_kind(source: Source):
    assert UNKIND.findall(article_text(source.body).lower()) == []


@each_source
def test_article_leads_to_a_visit_type(source: Source):
    assert source.visit_type in VISIT_TYPES


@each_source
def test_article_links_lead_to_articles(source: Source):
    targets = set(re.findall(r"\]\(([^)]*)\)", source.body))

    assert targets <= {f"/learn/{other.slug}/" for other in SOURCES if other is not source}


def test_articles_have_titles_and_positions_of_their_own():
    count = len(SOURCES)

    assert count >= 9
    assert len({source.title for source in SOURCES}) == count
    assert len({source.position for source in SOURCES}) == count


def test_grade_of_known_texts():
    easy = find_grade(split_sentences("The cat sat on the mat. It was warm."))
    hard = find_grade(
        split_sentences(
            "Electromyographic examination facilitates differentiation of neuromuscular abnormalities."
        )
    )

    assert easy < 1
    assert hard > 12
