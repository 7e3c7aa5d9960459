"""A clinician is away or works extra time: once or as a series, changed one by one or together."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from audit.writes import record_created, update_recorded
from booking.actions import Actor
from booking.actions.rearranging import end_plans, settle_outside
from booking.blocking.freed import noting_freed
from booking.blocking.left_out import noting_left_out
from booking.blocking.marks import mark_block, refuse_changed
from booking.blocking.series import Repeat, Scope, refuse_far
from booking.models import AvailabilityException, ExceptionSeries, Location, Practitioner
from booking.writing import BookingError, lock_practitioners, writing

# What closes or opens time. A new note alone catches no visit that was kept.
TIME_FIELDS = ("practitioner_id", "kind", "location_id", "first_day", "last_day", "starts_at", "ends_at")


class BlockGone(BookingError):
    """Somebody else has removed it, or given it to another clinician."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedTime:
    """From `first_day` to `last_day`, whole days or the same hours of each, in the wall time of the place.

    `kind` is one of `AvailabilityException.Kind`.
    """

    kind: str
    first_day: date
    last_day: date
    starts_at: time | None = None
    ends_at: time | None = None
    location: Location | None = None
    note: str = ""

    def as_fields(self, *, shift: timedelta = timedelta(0)) -> dict[str, Any]:
        """Return the fields of the row that keeps this, so many days later."""
        return {
            "kind": self.kind,
            "first_day": self.first_day + shift,
            "last_day": self.last_day + shift,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "location": self.location,
            "note": self.note,
        }


@writing
def block_time(
    *, practitioners: Collection[Practitioner], block: BlockedTime, repeat: Repeat | None = None
) -> list[AvailabilityException]:
    """Close or open time of these clinicians, each with rows and a series of their own.

    Raises DayTooFar, SeriesTooLong, SeriesOverlaps, Busy.
    """
    refuse_far(block.first_day, block.last_day)
    days = repeat.list_days(block.first_day, block.last_day) if repeat else [block.first_day]
    lock_practitioners(person.pk for person in practitioners)
    # After the lock: later than any visit that was booked before it was ours.
    now = timezone.now()
    rows: list[AvailabilityException] = []
    with noting_freed([person.pk for person in practitioners]):
        for person in practitioners:
            series = None
            if repeat is not None:
                series = ExceptionSeries.objects.create(every_weeks=repeat.every_weeks, until=repeat.until)
            rows += _make_rows(person.pk, block, days=days, series=series, now=now)
    return rows


@writing
def change_block(
    *,
    block: AvailabilityException,
    to: BlockedTime,
    scope: Scope = Scope.ONE,
    until: date | None = None,
    seen: str | None = None,
    by: Actor,
) -> list[AvailabilityException]:
    """Change one time of a clinician, or those of its series that have not passed; return what was changed.

    The others move by as many days as this one and get its hours, place and note. `until` makes the series
    longer or shorter from here on. "Following" makes two series of one. `seen` is the `mark_block` of what
    the page showed. Raises BlockGone, ChangedMeanwhile, DayTooFar, SeriesTooLong, SeriesOverlaps, Busy.
    """
    refuse_far(to.first_day, to.last_day)
    current = _reload_locked(block)
    refuse_changed(seen=seen, now=mark_block(current))
    shift = to.first_day - current.first_day
    now = timezone.now()
    with noting_left_out([current.practitioner_id], by=by), noting_freed([current.practitioner_id]):
        if current.series is None or scope == Scope.ONE:
            _write(current, to, shift=timedelta(0), now=now)
            settle_outside([current])
            return [current]
        series = _cut_off(current, scope)
        rows = list(_list_in_scope(current, scope))
        changed_until = until is not None and until != current.series.until
        series.until = (
            until if until is not None and changed_until else series.until + max(shift, timedelta(0))
        )
        if rows:
            repeat = Repeat(every_weeks=series.every_weeks, until=series.until)
            first, length = rows[0].first_day + shift, to.last_day - to.first_day
            days = repeat.list_days(first, first + length)
        for row in rows:
            row.series = series
            _write(row, to, shift=row.first_day - current.first_day, now=now)
        settle_outside(rows)
        if rows and changed_until:
            rows = _follow(rows, days=days, to=to, series=series, now=now)
        series.save()
        _tidy(series)
        return rows


@writing
def remove_block(
    *, block: AvailabilityException, scope: Scope = Scope.ONE, seen: str | None = None, by: Actor
) -> list[AvailabilityException]:
    """Take one time away, or those of its series that have not passed; return what they were.

    `seen` is the `mark_block` of what the page showed. Raises BlockGone, ChangedMeanwhile, Busy.
    """
    current = _reload_locked(block)
    refuse_changed(seen=seen, now=mark_block(current))
    with noting_left_out([current.practitioner_id], by=by), noting_freed([current.practitioner_id]):
        rows = list(_list_in_scope(current, scope))
        end_plans(rows)
        AvailabilityException.objects.filter(pk__in=[row.pk for row in rows]).delete()
        if current.series is not None:
            _tidy(current.series)
    return rows


@writing
def remove_blocks(*, blocks: Iterable[AvailabilityException], by: Actor) -> int:
    """Take each of these away, and nothing else of their series; return how many there were. Raises Busy."""
    chosen = list(blocks)
    people = {block.practitioner_id for block in chosen}
    lock_practitioners(people)
    with noting_left_out(people, by=by), noting_freed(people):
        rows = AvailabilityException.objects.filter(
            pk__in=[block.pk for block in chosen], practitioner__in=people
        )
        count = len(rows)
        series = ExceptionSeries.objects.filter(exceptions__in=rows).distinct()
        emptied = list(series)
        end_plans(rows)
        rows.delete()
        for one in emptied:
            _tidy(one)
    return count


@writing
def save_block(*, block: AvailabilityException, by: Actor) -> AvailabilityException:
    """Keep a row as a form has filled it, new or changed; the others of its series stay.

    Raises BlockGone, DayTooFar, Busy.
    """
    refuse_far(block.first_day, block.last_day)
    rows = AvailabilityException.objects.filter(pk=block.pk)
    people = {block.practitioner_id, *rows.values_list("practitioner", flat=True)}
    lock_practitioners(people)
    before = rows.first()
    # Removed while the lock was waited for: it must not come back. Whose else it is now is not locked.
    if block.pk is not None and (before is None or before.practitioner_id not in people):
        raise BlockGone
    with noting_left_out(people, by=by), noting_freed(people):
        if before is None or _differ(before, block):
            block.changed_at = timezone.now()
        block.save()
        settle_outside([block])
    return block


def _reload_locked(block: AvailabilityException) -> AvailabilityException:
    lock_practitioners([block.practitioner_id])
    current = AvailabilityException.objects.select_related("series").filter(pk=block.pk).first()
    # Whose it is now is not locked, if that has changed.
    if current is None or current.practitioner_id != block.practitioner_id:
        raise BlockGone
    return current


def _make_rows(
    practitioner_id: int,
    block: BlockedTime,
    *,
    days: Iterable[date],
    series: ExceptionSeries | None,
    now: datetime,
) -> list[AvailabilityException]:
    rows = AvailabilityException.objects.bulk_create(
        AvailabilityException(
            practitioner_id=practitioner_id,
            series=series,
            changed_at=now,
            **block.as_fields(shift=day - block.first_day),
        )
        for day in days
    )
    record_created(rows)
    return rows


def _list_in_scope(current: AvailabilityException, scope: Scope) -> QuerySet[AvailabilityException]:
    """Return the rows that a change is meant for, in order."""
    if current.series is None or scope == Scope.ONE:
        return AvailabilityException.objects.filter(pk=current.pk)
    rows = AvailabilityException.objects.filter(series=current.series, last_day__gte=timezone.localdate())
    if scope == Scope.FOLLOWING:
        rows = rows.filter(first_day__gte=current.first_day)
    return rows.order_by("first_day", "pk")


def _cut_off(current: AvailabilityException, scope: Scope) -> ExceptionSeries:
    """Return the series for what follows: a new one where earlier times stay behind in the old one."""
    series = current.series
    assert series is not None
    earlier = series.exceptions.filter(first_day__lt=current.first_day)
    if scope != Scope.FOLLOWING or not earlier.exists():
        return series
    rest = ExceptionSeries.objects.create(every_weeks=series.every_weeks, until=series.until)
    earlier_part = ExceptionSeries.objects.filter(pk=series.pk)
    update_recorded(earlier_part, until=current.first_day - timedelta(days=1))
    return rest


def _follow(
    rows: list[AvailabilityException],
    *,
    days: Iterable[date],
    to: BlockedTime,
    series: ExceptionSeries,
    now: datetime,
) -> list[AvailabilityException]:
    """Make the series reach as far as it now should. Times that were removed from inside it stay away."""
    gone = [row for row in rows if row.first_day > series.until]
    end_plans(gone)
    AvailabilityException.objects.filter(pk__in=[row.pk for row in gone]).delete()
    kept = [row for row in rows if row not in gone]
    beyond = [day for day in days if day > rows[-1].first_day]
    return kept + _make_rows(rows[0].practitioner_id, to, days=beyond, series=series, now=now)


def _tidy(series: ExceptionSeries) -> None:
    """A series without times is none."""
    if not series.exceptions.exists():
        series.delete()


def _write(row: AvailabilityException, to: BlockedTime, *, shift: timedelta, now: datetime) -> None:
    before = [getattr(row, name) for name in TIME_FIELDS]
    for name, value in to.as_fields(shift=shift).items():
        setattr(row, name, value)
    if before != [getattr(row, name) for name in TIME_FIELDS]:
        row.changed_at = now
    row.save()


def _differ(one: AvailabilityException, other: AvailabilityException) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in TIME_FIELDS)
