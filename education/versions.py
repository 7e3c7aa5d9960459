"""Versions of an article: kept at each change, compared, brought back."""

import difflib
import re
from dataclasses import dataclass
from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords  # type: ignore[import-untyped]

# What a version holds and a restore brings back. The status and the review are decisions about a
# text: bringing back an old text must not publish it or claim that it was reviewed.
TEXT_FIELDS = ("title", "summary", "body")
KEPT_FIELDS = (
    *TEXT_FIELDS,
    "position",
    "visit_type_id",
    "status",
    "reviewer_name",
    "reviewed_on",
    "review_due",
)
CONTENT_FILE = "content file"


class ArticleHistory(HistoricalRecords):
    """Leaves out a save that changed nothing a version holds."""

    def create_historical_record(
        self, instance: models.Model, history_type: str, using: str | None = None
    ) -> None:
        if history_type == "~":
            latest = instance.history.order_by("-history_id").first()  # type: ignore[attr-defined]
            if latest and all(getattr(latest, name) == getattr(instance, name) for name in KEPT_FIELDS):
                return
        super().create_historical_record(instance, history_type, using=using)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a comparison. `kind` is "same", "added" or "removed"."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """Which words turn `before` into `after`."""
    old, new = (re.findall(r"\s+|\S+", text.replace("\r\n", "\n")) for text in (before, after))
    pieces = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[i:j])))
            continue
        if j > i:
            pieces.append(Piece("removed", "".join(old[i:j])))
        if m > k:
            pieces.append(Piece("added", "".join(new[k:m])))
    return pieces


def restore(article: Any, *, version: Any, by: Any) -> None:
    """Give `article` the text of `version`, as a new version by the user `by`.

    Raises ValidationError where the text does not pass today's checks.
    """
    for name in TEXT_FIELDS:
        setattr(article, name, getattr(version, name))
    article.full_clean()
    article._history_user = by
    article.save()
