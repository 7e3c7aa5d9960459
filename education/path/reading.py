"""Rows → tree, with what is published and what can be booked today."""

from collections.abc import Iterable

from django.db.models import QuerySet

from education.models import Article
from education.path.rows import LeadsTo, PathChoice, PathQuestion, pick_wording
from education.path.tree import Choice, Question, Tree


def read_tree() -> Tree:
    """Return the questions in the active language, as they are asked today."""
    by_slug = {row.slug: read_question(row, row.choices.all()) for row in read_rows()}
    return Tree(questions=by_slug, first=next(iter(by_slug), ""), articles=read_articles())


def read_rows() -> QuerySet[PathQuestion]:
    """Return every question with its answers, the first one first."""
    return PathQuestion.objects.prefetch_related("choices__visit_type", "choices__next_question")


def read_articles() -> dict[str, Article]:
    """Return the published articles of the active language by short name."""
    published = Article.objects.published().only("slug", "title", "summary", "language")
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
