"""The article files content/<language>/<slug>.md, and how they come into the database.

A file is front matter in TOML between two lines of +++, then Markdown:

    +++
    title = "Muscle spasms"
    summary = "One line."
    visit_type = "new-patient"
    position = 10
    +++
"""

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from booking.models import VisitType
from education.models import Article, ArticleStatus
from education.versions import CONTENT_FILE

CONTENT_DIR = Path(__file__).resolve().parent / "content"
FENCE = "+++\n"
KEYS = {"title": str, "summary": str, "visit_type": str, "position": int}


class SourceError(ValueError):
    """A file that cannot become an article; the message names the file and says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file as read. `visit_type` is the slug of a VisitType."""

    language: str
    slug: str
    title: str
    summary: str
    visit_type: str
    position: int
    body: str


class Outcome(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept as edited here"
    OVERWRITTEN = "overwritten"


def read_sources(folder: Path = CONTENT_DIR) -> list[Source]:
    """Every article file in the language folders of `folder`, in reading order. Raises SourceError."""
    sources = [
        _parse(path.read_text(encoding="utf-8"), slug=path.stem, language=path.parent.name)
        for path in folder.glob("*/*.md")
    ]
    return sorted(sources, key=lambda source: (source.language, source.position, source.title))


def sync(sources: Collection[Source], *, overwrite: Collection[str] = ()) -> list[tuple[Source, Outcome]]:
    """Bring `sources` into the database, all or none, and say what became of each.

    Idempotent. A row that staff edited stays as it is unless `overwrite` holds its slug. Nothing
    is deleted; review and "published" of a row that exists are staff's alone. A visit type that
    does not exist yet leaves the article without one until the next run.
    Raises SourceError for a text that the admin would refuse too.
    """
    visit_types = {visit_type.slug: visit_type for visit_type in VisitType.objects.all()}
    with transaction.atomic():
        articles = {
            (article.language, article.slug): article
            for article in Article.objects.select_related("visit_type")
        }
        return [
            (
                source,
                _bring_in(
                    source,
                    article=articles.get((source.language, source.slug)),
                    visit_type=visit_types.get(source.visit_type),
                    may_overwrite=source.slug in overwrite,
                ),
            )
            for source in sources
        ]


def list_missing_visit_types(sources: Iterable[Source]) -> list[str]:
    """Return the slugs of visit types that articles lead to and that are not there, each once."""
    wanted = {source.visit_type for source in sources}
    return sorted(wanted.difference(VisitType.objects.values_list("slug", flat=True)))


def _bring_in(
    source: Source, *, article: Article | None, visit_type: VisitType | None, may_overwrite: bool
) -> Outcome:
    content = {
        "title": source.title,
        "summary": source.summary,
        "body": source.body,
        "position": source.position,
        "visit_type": visit_type,
    }
    digest = Article(**content).content_digest()
    if article is None:
        article, outcome = (
            Article(slug=source.slug, language=source.language, status=ArticleStatus.PUBLISHED),
            Outcome.ADDED,
        )
    elif article.content_digest() == digest:
        # By update(): the page did not change, so its date must not either.
        Article.objects.filter(pk=article.pk).exclude(source_digest=digest).update(source_digest=digest)
        return Outcome.UNCHANGED
    elif not article.is_edited_here:
        outcome = Outcome.UPDATED
    elif may_overwrite:
        outcome = Outcome.OVERWRITTEN
    else:
        return Outcome.KEPT

    for name, value in content.items():
        setattr(article, name, value)
    article.source_digest = digest
    try:
        article.full_clean()
    except ValidationError as error:
        raise SourceError(f"{source.language}/{source.slug}.md: {' '.join(error.messages)}") from error
    article._change_reason = CONTENT_FILE  # type: ignore[attr-defined]
    article.save()
    return outcome


def _parse(text: str, *, slug: str, language: str) -> Source:
    name = f"{language}/{slug}.md"
    opening, fence, rest = text.partition(FENCE)
    front, closing, body = rest.partition("\n" + FENCE)
    if opening or not fence or not closing:
        raise SourceError(f"{name}: begin with a line +++, the front matter, and another line +++.")
    try:
        values = tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{name}: the front matter is not TOML: {error}.") from error
    if {key: type(value) for key, value in values.items()} != KEYS:
        wanted = ", ".join(f"{key} ({kind.__name__})" for key, kind in KEYS.items())
        raise SourceError(f"{name}: the front matter holds exactly {wanted}.")
    return Source(language=language, slug=slug, body=body.strip(), **values)
