"""A report's answer: rows for people, the same as a file, and what its chart shows."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from io import StringIO
from typing import Any

from django.utils import dateformat

from booking.spreadsheets import neutralize


@dataclass(frozen=True)
class Table:
    """`points` are what the chart shows, in the unit that `unit` names: a label and a number, or None."""

    columns: Sequence[str]
    rows: list[list[Any]] = field(default_factory=list)
    points: Sequence[tuple[str, float | None]] = ()
    unit: str = ""

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """Each column's name, and whether it has numbers."""
        first = self.rows[0] if self.rows else self.columns
        return [(name, not isinstance(cell, str)) for name, cell in zip(self.columns, first, strict=True)]

    @property
    def cells(self) -> Iterator[list[tuple[Any, bool]]]:
        """Yield the rows, each cell with whether it is a number, or one that is missing."""
        for row in self.rows:
            yield [(cell, not isinstance(cell, str)) for cell in row]

    def write_csv(self) -> Iterator[str]:
        """Yield the file line by line; no cell is a formula to a spreadsheet."""
        # Without the mark, Excel reads "ñ" as two signs.
        yield "\ufeff"
        for row in [self.columns, *self.rows]:
            line = StringIO()
            csv.writer(line).writerow([neutralize(cell) for cell in row])
            yield line.getvalue()


def spell_week(monday: date) -> str:
    """Nov 23, 2026"""
    return dateformat.format(monday, "M j, Y")


def spell_month(day: date) -> str:
    """Nov 2026"""
    return dateformat.format(day, "M Y")


def percent(part: float, whole: float) -> float | None:
    """Return how many percent, to a tenth; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def find_percentile(counts: dict[int, int], share: Fraction) -> int | None:
    """Return the smallest value that at least `share` of all have at most; None of none.

    `counts` says how many have each value.

    The nearest rank: one of the values themselves, the same on both databases.
    """
    total = sum(counts.values())
    reached = 0
    for value in sorted(counts):
        reached += counts[value]
        if reached >= share * total:
            return value
    return None
