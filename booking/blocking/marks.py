"""Whether rows are still what a page showed: whoever saves an old page must not undo what came after it."""

import hashlib
from collections.abc import Iterable

from django.db.models import Model

from booking.models import AvailabilityException, Closure, Practitioner
from booking.writing import BookingError


class ChangedMeanwhile(BookingError):
    """It is no longer what the page showed."""


def mark_block(block: AvailabilityException) -> str:
    """Return what a time, and the series that it is part of, say: another mark once anything has changed."""
    if block.series is None:
        return _mark([block])
    return _mark([block.series, *block.series.exceptions.all()])


def mark_closure(closure: Closure) -> str:
    """The same for a closure."""
    return _mark([closure])


def mark_week(practitioner: Practitioner) -> str:
    """The same for all weekly hours of a clinician."""
    return _mark(practitioner.rules.all())


def refuse_changed(*, seen: str | None, now: str) -> None:
    """Raises ChangedMeanwhile. None is for callers without a page: they have seen nothing."""
    if seen is not None and seen != now:
        raise ChangedMeanwhile


def _mark(rows: Iterable[Model]) -> str:
    told = sorted(
        repr(
            [
                row._meta.model_name,
                *(str(field.value_from_object(row)) for field in row._meta.concrete_fields),
            ]
        )
        for row in rows
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]
