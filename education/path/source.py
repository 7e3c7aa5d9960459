"""The content file of the questions, content/path.toml, and how it comes into the database."""

import hashlib
import json
import tomllib
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from booking.models import VisitType
from education.path.reading import read_rows
from education.path.rows import LeadsTo, PathChoice, PathQuestion
from education.sources import CONTENT_DIR, Outcome, SourceError

PATH_FILE = CONTENT_DIR / "path.toml"
QUESTION_KEYS = {"slug", "en", "es", "choices"}
CHOICE_KEYS = {"slug", "en", "es"}
OPTIONAL_KEYS = {"question", "leads_to", "article", "visit_type"}
# Steps between the positions of rows, so that staff can put one between two.
STEP = 10

# A question and its choices, not saved yet.
Sourced = tuple[PathQuestion, list[PathChoice]]


def read_path_file(file: Path = PATH_FILE) -> list[Sourced]:
    """Return what the file says as unsaved rows. A visit type that does not exist yet is left out.

    Raises SourceError.
    """
    try:
        listed = tomllib.loads(file.read_text(encoding="utf-8"))["questions"]
        visit_types = {kind.slug: kind for kind in VisitType.objects.all()}
        questions = {
            entry["slug"]: PathQuestion(
                slug=entry["slug"], wording=entry["en"], wording_es=entry["es"], position=place * STEP
            )
            for place, entry in enumerate(listed, start=1)
            if _has_keys(entry, QUESTION_KEYS)
        }
        return [
            (
                questions[entry["slug"]],
                [
                    _read_choice(choice, place=place, questions=questions, visit_types=visit_types)
                    for place, choice in enumerate(entry["choices"], start=1)
                    if _has_keys(choice, CHOICE_KEYS, optional=OPTIONAL_KEYS)
                ],
            )
            for entry in listed
        ]
    except tomllib.TOMLDecodeError as error:
        raise SourceError(f"{file.name} is not TOML: {error}.") from error
    except (KeyError, TypeError) as error:
        raise SourceError(f"{file.name}: {error} is missing, or stands where it should not.") from error


def _has_keys(entry: dict[str, Any], keys: set[str], *, optional: Set[str] = frozenset()) -> bool:
    """True; raises SourceError for an entry that lacks a key or has one too many."""
    if not keys <= entry.keys() <= keys | optional:
        wrong = ", ".join(sorted(keys ^ (entry.keys() - optional)))
        raise SourceError(f"path.toml, {entry.get('slug', 'an entry without slug')}: look at {wrong}.")
    return True


def _read_choice(
    entry: dict[str, Any],
    *,
    place: int,
    questions: dict[str, PathQuestion],
    visit_types: dict[str, VisitType],
) -> PathChoice:
    return PathChoice(
        slug=entry["slug"],
        wording=entry["en"],
        wording_es=entry["es"],
        position=place * STEP,
        leads_to=LeadsTo.QUESTION if "question" in entry else entry["leads_to"],
        next_question=questions[entry["question"]] if "question" in entry else None,
        article=entry.get("article", ""),
        visit_type=visit_types.get(entry.get("visit_type", "")),
    )


def sync_path(sourced: Sequence[Sourced]) -> Outcome:
    """Bring the questions into the database, all or none. Idempotent.

    The questions belong together: once staff have changed any of them, the file changes none any more.
    """
    with transaction.atomic():
        stored = _read_stored()
        now, new = digest(stored), digest(sourced)
        if now == new:
            PathQuestion.objects.exclude(source_digest=new).update(source_digest=new)
            return Outcome.UNCHANGED
        if stored and is_edited(stored):
            return Outcome.KEPT
        # What leads to a question must go before it.
        PathChoice.objects.all().delete()
        PathQuestion.objects.all().delete()
        try:
            _create(sourced, source_digest=new)
        except ValidationError as error:
            raise SourceError(f"path.toml: {' '.join(error.messages)}") from error
        return Outcome.UPDATED if stored else Outcome.ADDED


def is_edited(stored: Sequence[Sourced] | None = None) -> bool:
    """Tell whether staff have changed, added or removed anything since the file was brought in."""
    if stored is None:
        stored = _read_stored()
    return {row.source_digest for row, _choices in stored} != {digest(stored)}


def digest(rows: Sequence[Sourced]) -> str:
    """SHA-256 over all that the file can set, in the order of the positions."""
    content = [
        [
            question.slug,
            question.wording,
            question.wording_es,
            [
                [
                    choice.slug,
                    choice.wording,
                    choice.wording_es,
                    choice.leads_to,
                    choice.next_question.slug if choice.next_question else "",
                    choice.article,
                    choice.visit_type.slug if choice.visit_type else "",
                ]
                for choice in choices
            ],
        ]
        for question, choices in rows
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _read_stored() -> list[Sourced]:
    return [(row, list(row.choices.all())) for row in read_rows()]


def _create(sourced: Sequence[Sourced], *, source_digest: str) -> None:
    for question, _choices in sourced:
        question.source_digest = source_digest
        question.full_clean()
        question.save()
    for question, choices in sourced:
        for choice in choices:
            choice.question = question
            # Django keeps the key that a row had when it was assigned: none yet.
            choice.next_question = choice.next_question
            choice.full_clean()
            choice.save()
