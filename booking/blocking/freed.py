"""Time that a change of hours opens: written down for those on the waitlist."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from booking.availability import to_datetime
from booking.availability.hours import read_open_time
from booking.engine.intervals import Interval, subtract
from booking.models import FreedTime, VisitType


@contextmanager
def noting_freed(practitioners: Collection[int] | None) -> Iterator[None]:
    """Note what is open after the change inside and was not before it, as far as anybody may book.

    None: of everybody. Under their locks, as `noting_left_out`.
    """
    before = _read(practitioners)
    yield
    after = _read(practitioners)
    FreedTime.objects.bulk_create(
        FreedTime(
            practitioner_id=person,
            start=to_datetime(start),
            end=to_datetime(end),
            cause=FreedTime.Cause.HOURS,
        )
        for person, opened in after.items()
        for start, end in subtract(opened, before.get(person, []))
    )


def _read(practitioners: Collection[int] | None) -> dict[int, list[Interval]]:
    now = timezone.now()
    today = timezone.localdate(now)
    horizon = VisitType.objects.aggregate(days=Max("booking_horizon"))["days"] or 0
    return read_open_time(
        practitioners=practitioners,
        first_day=today - timedelta(days=1),
        last_day=today + timedelta(days=horizon + 1),
        now=now,
    )
