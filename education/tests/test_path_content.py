"""The shipped questions: every path, in both languages, and the words."""

import re

import pytest
from django.conf import settings
from django.utils import translation

from education.models import Article, PathChoice, PathQuestion
from education.path.problems import find_problems, find_unasked
from education.path.reading import read_tree
from education.path.rows import LeadsTo, Worded
from education.path.tree import MOST_QUESTIONS, Tree
from education.reading import find_grade, read_sentences
from education.tests.path import ship

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _name in settings.LANGUAGES]
MOST_WORDS = 20
HIGHEST_GRADE = 6.0
# What would tell somebody what they have.
DISEASES = re.compile(
    r"\b(sclerosis|als|ms|arthritis|diabet\w*|neuropath\w*|atherosclerosis|pad|esclerosis|artritis|neuropat\w*)\b",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def shipped(db: None) -> None:
    ship()
    for article in Article.objects.filter(language="en"):
        # Until each article is there in both languages, the tree is looked at as if it were.
        article.pk, article.language = None, "es"
        if not Article.objects.filter(slug=article.slug, language="es").exists():
            article.save(force_insert=True)


def read_in(language: str) -> Tree:
    with translation.override(language):
        return read_tree()


def list_wordings() -> list[Worded]:
    return [*PathQuestion.objects.all(), *PathChoice.objects.all()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_speaks_against_the_questions(language: str):
    tree = read_in(language)

    assert find_problems(tree) == []
    assert find_unasked(tree) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_path_ends_somewhere_safe(language: str):
    paths = list(read_in(language).list_paths())

    assert len(paths) > 30
    for steps, end in paths:
        assert len(steps) <= MOST_QUESTIONS
        assert end.kind == steps[-1].choice.leads_to
        if end.kind == LeadsTo.VISIT:
            assert end.visit_type.is_public
        if end.kind == LeadsTo.ARTICLE:
            assert end.article.language == language
            assert end.visit_type is not None


def test_each_kind_of_end_is_reached():
    kinds = {end.kind for _steps, end in read_in("en").list_paths()}

    assert kinds == {LeadsTo.ARTICLE, LeadsTo.VISIT, LeadsTo.PHONE, LeadsTo.EMERGENCY}


def test_nobody_has_to_choose_what_does_not_fit():
    for question in PathQuestion.objects.all():
        last = question.choices.last()
        assert "I cannot say" in last.wording
        assert last.leads_to == LeadsTo.VISIT


def test_both_languages_are_there():
    assert {code for code, _name in settings.LANGUAGES} == {"en", "es"}  # else: a column more
    assert [row.wording for row in list_wordings() if not row.wording_es] == []


def test_words_are_readable_after_sixth_grade():
    sentences = [sentence for row in list_wordings() for sentence in read_sentences(row.wording)]

    assert find_grade(sentences) <= HIGHEST_GRADE


@pytest.mark.parametrize("language", ["wording", "wording_es"])
def test_words_are_few_and_name_no_disease(language: str):
    wordings = [getattr(row, language) for row in list_wordings()]

    assert [words for words in wordings if len(words.split()) > MOST_WORDS] == []
    assert [words for words in wordings if DISEASES.search(words)] == []
