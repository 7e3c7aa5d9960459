"""The practice, or one location, is closed."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from booking.blocking.blocks import BlockGone
from booking.blocking.freed import noting_freed
from booking.blocking.marks import mark_closure, refuse_changed
from booking.blocking.series import refuse_far
from booking.models import Closure
from booking.writing import lock_practitioners, writing

TIME_FIELDS = ("location_id", "first_day", "last_day", "starts_at", "ends_at")


@writing
def close_practice(*, closures: Iterable[Closure], seen: str | None = None) -> list[Closure]:
    """Keep these closures, new or changed. Raises BlockGone, ChangedMeanwhile, DayTooFar, Busy.

    `seen` is the `mark_closure` of what the page of one closure showed.

    Nobody books meanwhile, with anybody: a visit may be at any location.
    """
    chosen = list(closures)
    refuse_far(*(day for closure in chosen for day in (closure.first_day, closure.last_day)))
    lock_practitioners(None)
    now = timezone.now()
    before = Closure.objects.in_bulk([closure.pk for closure in chosen if closure.pk is not None])
    with noting_freed(None):
        _write(chosen, before=before, seen=seen, now=now)
    return chosen


def _write(chosen: Iterable[Closure], *, before: dict[int, Closure], seen: str | None, now: datetime) -> None:
    for closure in chosen:
        kept = before.get(closure.pk)
        if closure.pk is not None and kept is None:
            raise BlockGone
        if kept is not None:
            refuse_changed(seen=seen, now=mark_closure(kept))
        if kept is None or any(getattr(kept, name) != getattr(closure, name) for name in TIME_FIELDS):
            closure.changed_at = now
        closure.save()


@writing
def open_practice(*, closures: Iterable[Closure], seen: str | None = None) -> int:
    """Take these closures away; return how many there were.

    `seen` is the `mark_closure` of what the page of one closure showed.
    Raises BlockGone where none was left, ChangedMeanwhile, Busy.
    """
    lock_practitioners(None)
    rows = Closure.objects.filter(pk__in=[closure.pk for closure in closures])
    count = len(rows)
    if not count:
        raise BlockGone
    for closure in rows:
        refuse_changed(seen=seen, now=mark_closure(closure))
    with noting_freed(None):
        rows.delete()
    return count
