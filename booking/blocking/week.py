"""Weekly hours: a clinician's whole week from a day on, or single rules of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from audit.writes import record_created
from booking.actions import Actor
from booking.blocking.blocks import BlockGone
from booking.blocking.freed import noting_freed
from booking.blocking.left_out import noting_left_out
from booking.blocking.marks import mark_week, refuse_changed
from booking.models import AvailabilityRule, Practitioner
from booking.models.hours import count_end_minutes, count_minutes
from booking.writing import lock_practitioners, writing


@dataclass(frozen=True, slots=True)
class Piece:
    """Hours of one weekday (0 is Monday) at one location, in its wall time; midnight ends the day."""

    weekday: int
    starts_at: time
    ends_at: time
    location_id: int

    @classmethod
    def of(cls, rule: AvailabilityRule) -> "Piece":
        return cls(rule.weekday, rule.starts_at, rule.ends_at, rule.location_id)

    def overlaps(self, other: "Piece") -> bool:
        return (
            self.weekday == other.weekday
            and count_minutes(self.starts_at) < count_end_minutes(other.ends_at)
            and count_minutes(other.starts_at) < count_end_minutes(self.ends_at)
        )


@writing
def replace_week(
    *,
    practitioner: Practitioner,
    pieces: Collection[Piece],
    first_day: date,
    seen: str | None = None,
    by: Actor,
) -> bool:
    """Make `pieces` the clinician's week from `first_day` on. False: that is what it was.

    What changes ends the day before and stays as history; what does not is left alone. New hours of a
    weekday hold as long as those would have that they replace. Rules that begin later are left to begin,
    and no new hours run into them. `seen` is the `mark_week` of what the page showed.
    Raises ChangedMeanwhile, Busy.
    """
    lock_practitioners([practitioner.pk])
    held = list(practitioner.rules.holding_on(first_day))
    had = {Piece.of(rule) for rule in held}
    ending = [rule for rule in held if Piece.of(rule) not in pieces]
    beginning = [piece for piece in dict.fromkeys(pieces) if piece not in had]
    if not ending and not beginning:
        return False
    refuse_changed(seen=seen, now=mark_week(practitioner))
    later = list(practitioner.rules.filter(valid_from__gt=first_day))
    # Before the old ones end: new hours last as long as those would have.
    new = [
        AvailabilityRule(
            practitioner=practitioner,
            weekday=piece.weekday,
            starts_at=piece.starts_at,
            ends_at=piece.ends_at,
            location_id=piece.location_id,
            valid_from=first_day,
            valid_to=_find_last_day(piece, ending=ending, held=held, later=later),
        )
        for piece in beginning
    ]
    with noting_left_out([practitioner.pk], by=by), noting_freed([practitioner.pk]):
        _end(ending, first_day=first_day)
        record_created(AvailabilityRule.objects.bulk_create(new))
    return True


@writing
def save_rule(*, rule: AvailabilityRule, by: Actor) -> AvailabilityRule:
    """Keep a rule as a form has filled it, new or changed. Raises BlockGone, Busy."""
    rows = AvailabilityRule.objects.filter(pk=rule.pk)
    people = {rule.practitioner_id, *rows.values_list("practitioner", flat=True)}
    lock_practitioners(people)
    # Removed while the lock was waited for: it must not come back. Whose else it is now is not locked.
    if rule.pk is not None and not rows.filter(practitioner__in=people).exists():
        raise BlockGone
    with noting_left_out(people, by=by), noting_freed(people):
        rule.save()
    return rule


@writing
def end_rules(*, rules: Iterable[AvailabilityRule], first_day: date, by: Actor) -> int:
    """Let these rules hold no longer from `first_day` on; return how many did till then. Raises Busy."""
    chosen = [rule.pk for rule in rules]
    people = set(AvailabilityRule.objects.filter(pk__in=chosen).values_list("practitioner", flat=True))
    lock_practitioners(people)
    rows = AvailabilityRule.objects.filter(pk__in=chosen, practitioner__in=people)
    holding = list(rows.exclude(valid_to__lt=first_day))
    with noting_left_out(people, by=by), noting_freed(people):
        _end(holding, first_day=first_day)
    return len(holding)


@writing
def remove_rules(*, rules: Iterable[AvailabilityRule], by: Actor) -> int:
    """Take these rules away, their history too; return how many there were. Raises Busy."""
    rows = AvailabilityRule.objects.filter(pk__in=[rule.pk for rule in rules])
    people = set(rows.values_list("practitioner", flat=True))
    lock_practitioners(people)
    with noting_left_out(people, by=by), noting_freed(people):
        rows = rows.filter(practitioner__in=people)
        count = len(rows)
        rows.delete()
    return count


def _find_last_day(
    piece: Piece,
    *,
    ending: Iterable[AvailabilityRule],
    held: Iterable[AvailabilityRule],
    later: Iterable[AvailabilityRule],
) -> date | None:
    """Return the last day of new hours, None where they have none.

    They hold as long as the hours of the weekday that they replace or stand beside. Later rules end them
    where the weekday had no hours till then, or where both would be open at one time of the day.
    """
    ended = [rule for rule in ending if rule.weekday == piece.weekday]
    before = ended or [rule for rule in held if rule.weekday == piece.weekday]
    last_days = [rule.valid_to for rule in before if rule.valid_to is not None]
    ends = [max(last_days)] if last_days and len(last_days) == len(before) else []
    for rule in later:
        assert rule.valid_from is not None
        if rule.weekday == piece.weekday and (not before or piece.overlaps(Piece.of(rule))):
            ends.append(rule.valid_from - timedelta(days=1))
    return min(ends, default=None)


def _end(rules: Iterable[AvailabilityRule], *, first_day: date) -> None:
    """End these the day before; those that would not have begun by then were never hours."""
    for rule in rules:
        if rule.valid_from is not None and rule.valid_from >= first_day:
            rule.delete()
        else:
            rule.valid_to = first_day - timedelta(days=1)
            rule.save(update_fields=["valid_to"])
