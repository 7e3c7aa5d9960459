"""Rows → tree, with what is published and what can be booked today."""

from collections.abc import Iterable

from education.models import Article
from education.path.rows import LeadsTo, PathChoice, PathQuestion, pick_wording
from education.path.tree import Choice, Question, Tree


def read_tree(*, language: str | None = None) -> Tree:
    """Return the questions as they are asked today.

    The words are in the active language, the articles in `language`; None: the active one.
    """
    rows = PathQuestion.objects.prefetch_related("choices__visit_type", "choices__next_question")
    return make_tree(
        [read_question(row, row.choices.all()) for row in rows], articles=read_articles(language=language)
    )


def make_tree(questions: Iterable[Question], *, articles: dict[str, Article]) -> Tree:
    """`questions` come in the order of their positions: the first of them is asked first."""
    by_slug = {question.slug: question for question in questions}
    return Tree(questions=by_slug, first=next(iter(by_slug), ""), articles=articles)


def read_articles(*, language: str | None = None) -> dict[str, Article]:
    published = Article.objects.published(language=language).only("slug", "title", "summary", "language")
    return {article.slug: article for article in published}


def read_question(row: PathQuestion, choices: Iterable[PathChoice]) -> Question:
    """`choices` may be unsaved: the admin asks what would be if they were."""
    return Question(
        slug=row.slug,
        words=pick_wording(row),
        choices=[_read_choice(choice) for choice in choices],
    )


def _read_choice(row: PathChoice) -> Choice:
    return Choice(
        slug=row.slug,
        words=pick_wording(row),
        leads_to=LeadsTo(row.leads_to),
        question=row.next_question.slug if row.next_question else "",
        article=row.article,
        visit_type=row.visit_type,
    )
