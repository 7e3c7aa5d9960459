"""Versions of an article: kept at each change, compared, brought back."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
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
# Pairs of lines, or of words, that one comparison may look at.
MOST_COMPARED = 5_000_000
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
    """Which words turn `before` into `after`.

    Lines are compared first, and words only inside the lines that differ: the time that difflib takes
    grows with the square of what it is given. What goes beyond MOST_COMPARED is shown as one change.
    """
    match = _Matcher()
    old, new = (text.replace("\r\n", "\n").splitlines(keepends=True) for text in (before, after))
    pieces: list[Piece] = []
    for is_same, lines_before, lines_after in match(old, new):
        words = (re.findall(r"\s+|\S+", "".join(lines)) for lines in (lines_before, lines_after))
        for same, gone, come in [(True, lines_before, [])] if is_same else match(*words):
            if same:
                pieces.append(Piece("same", "".join(gone)))
                continue
            if gone:
                pieces.append(Piece("removed", "".join(gone)))
            if come:
                pieces.append(Piece("added", "".join(come)))
    return pieces


class _Matcher:
    """Spends MOST_COMPARED over all its calls."""

    def __init__(self) -> None:
        self.left = MOST_COMPARED

    def __call__(
        self, old: Sequence[str], new: Sequence[str]
    ) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
        """Cut both into stretches: (whether they are the same, the one of `old`, the one of `new`)."""
        start = _count_same(old, new)
        if start:
            yield True, old[:start], new[:start]
        old, new = old[start:], new[start:]
        end = _count_same(old[::-1], new[::-1])
        tail = old[len(old) - end :]
        old, new = old[: len(old) - end], new[: len(new) - end]
        if len(old) * len(new) > self.left:
            yield False, old, new
        else:
            self.left -= len(old) * len(new)
            for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new).get_opcodes():
                yield tag == "equal", old[i:j], new[k:m]
        if tail:
            yield True, tail, tail


def _count_same(old: Sequence[str], new: Sequence[str]) -> int:
    """How many of the first are the same in both."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def restore(article: Any, *, version: Any, by: Any) -> None:
    """Give `article` the text of `version`, as a new version by the user `by`.

    Raises ValidationError where the text does not pass today's checks.
    """
    for name in TEXT_FIELDS:
        setattr(article, name, getattr(version, name))
    article.full_clean()
    article._history_user = by
    article.save()
