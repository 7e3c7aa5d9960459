"""Search over the published articles: the same on every database, because the database is not asked.

Each process keeps an index per language and makes it anew once an article or a synonym has changed: two
small queries tell. A question is neither stored nor logged.
"""

import re
from dataclasses import dataclass
from html import unescape
from threading import Lock
from typing import Any

from django.db.models import Count, Max

from education.finding.index import Answer, Entry, Index, Piece
from education.finding.rows import Synonym
from education.models import Article
from education.render import render

LONGEST_QUESTION = 100
_TAG = re.compile(r"<[^>]+>")
_PARAGRAPH_ENDS = re.compile(r"</(?:p|li|h[2-4]|blockquote)>")

_indexes: dict[str, tuple[Any, Index]] = {}
_making = Lock()


@dataclass(frozen=True, slots=True)
class Found:
    article: Article
    passage: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    found: list[Found]
    corrected: str = ""


def search_articles(question: str, *, language: str) -> Findings:
    """Return the articles in `language` that have something of the question, the best first."""
    answer = get_index(language).search(question[:LONGEST_QUESTION])
    return Findings(found=_load(answer, language=language), corrected=answer.corrected)


def get_index(language: str) -> Index:
    """Return the index of what is published now."""
    stamp = _read_stamp(language)
    kept = _indexes.get(language)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    # Once, also where many ask at the same moment.
    with _making:
        kept = _indexes.get(language)
        if kept is None or kept[0] != stamp:
            kept = _indexes[language] = (stamp, _make_index(language))
    return kept[1]


def _read_stamp(language: str) -> tuple[Any, ...]:
    """Return what differs after any change of an article that is or was published, or of a synonym."""
    articles = Article.objects.published(language=language).aggregate(Count("pk"), Max("updated_at"))
    synonyms = Synonym.objects.filter(language=language).aggregate(Count("pk"), Max("updated_at"))
    return (*articles.values(), *synonyms.values())


def _make_index(language: str) -> Index:
    return Index(
        [_read(article) for article in Article.objects.published(language=language)],
        language=language,
        synonyms=dict(Synonym.objects.filter(language=language).values_list("term", "words")),
    )


def _read(article: Article) -> Entry:
    document = render(article.body)
    passages = [
        " ".join(unescape(_TAG.sub(" ", paragraph)).split())
        for block in document.blocks
        for paragraph in _PARAGRAPH_ENDS.split(block.html)
        # Where else to read is no answer.
        if 'href="http' not in paragraph
    ]
    return Entry(
        key=article.pk,
        title=article.title,
        summary=article.summary,
        headings=tuple(heading.text for heading in document.contents),
        passages=tuple(passage for passage in passages if passage),
    )


def _load(answer: Answer, *, language: str) -> list[Found]:
    keys = [hit.key for hit in answer.hits]
    # Once more by what is published: the index may be a moment older than a withdrawal.
    articles = Article.objects.published(language=language).in_bulk(keys)
    return [
        Found(article=articles[hit.key], passage=hit.passage) for hit in answer.hits if hit.key in articles
    ]
