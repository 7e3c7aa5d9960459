"""A clinician's week from a day on, and what stays as history."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from booking.actions import Actor
from booking.blocking import BlockGone, Piece, end_rules, remove_rules, replace_week, save_rule, week
from booking.models import AvailabilityRule, Location, Practitioner
from booking.tests import practice
from booking.tests.practice import TUESDAY

pytestmark = pytest.mark.usefixtures("clock")


def list_week(practitioner: Practitioner, day: date) -> list[tuple[int, str]]:
    rules = practitioner.rules.holding_on(day).order_by("weekday", "starts_at")
    return [(rule.weekday, f"{rule.starts_at:%H:%M}-{rule.ends_at:%H:%M}") for rule in rules]


def read_pieces(practitioner: Practitioner) -> list[Piece]:
    return [Piece.of(rule) for rule in practitioner.rules.all()]


def test_same_week_changes_nothing(practitioner: Practitioner, by: Actor) -> None:
    before = list(AvailabilityRule.objects.values())

    changed = replace_week(
        practitioner=practitioner, pieces=read_pieces(practitioner), first_day=TUESDAY, by=by
    )

    assert changed is False
    assert list(AvailabilityRule.objects.values()) == before


def test_new_hours_hold_from_the_day_on_and_old_ones_until_then(
    practitioner: Practitioner, location: Location, by: Actor
) -> None:
    others = [piece for piece in read_pieces(practitioner) if piece.weekday != 1]
    morning, afternoon = (
        Piece(1, time(8), time(12), location.pk),
        Piece(1, time(13), time(15), location.pk),
    )

    replace_week(practitioner=practitioner, pieces=[*others, morning, afternoon], first_day=TUESDAY, by=by)

    assert (1, "09:00-17:00") in list_week(practitioner, TUESDAY - timedelta(days=1))
    now = list_week(practitioner, TUESDAY)
    assert [hours for weekday, hours in now if weekday == 1] == ["08:00-12:00", "13:00-15:00"]
    # The days that did not change are the rows that they were.
    assert practitioner.rules.filter(valid_from__isnull=True, valid_to__isnull=True).count() == 4


def test_week_that_is_changed_twice_for_the_same_day_has_no_empty_history(
    practitioner: Practitioner, location: Location, by: Actor
) -> None:
    for end in (time(12), time(13)):
        replace_week(
            practitioner=practitioner,
            pieces=[Piece(1, time(9), end, location.pk)],
            first_day=TUESDAY,
            by=by,
        )

    assert list_week(practitioner, TUESDAY) == [(1, "09:00-13:00")]
    assert practitioner.rules.filter(valid_from=TUESDAY).count() == 1


def test_hours_that_begin_later_still_begin(
    practitioner: Practitioner, location: Location, by: Actor
) -> None:
    january = date(2027, 1, 4)
    AvailabilityRule.objects.update(valid_to=january - timedelta(days=1))
    practice.add_hours(practitioner, location, weekday=0, hours="10:00-14:00", valid_from=january)

    replace_week(
        practitioner=practitioner,
        pieces=[Piece(0, time(9), time(12), location.pk)],
        first_day=TUESDAY,
        by=by,
    )

    assert list_week(practitioner, january - timedelta(days=1)) == [(0, "09:00-12:00")]
    assert list_week(practitioner, january) == [(0, "10:00-14:00")]


def test_new_hours_end_with_those_of_the_weekday_that_they_replace(
    practitioner: Practitioner, location: Location, by: Actor
) -> None:
    december = date(2026, 12, 1)
    practitioner.rules.exclude(weekday__in=[0, 1]).delete()
    practitioner.rules.filter(weekday=0).update(valid_to=december - timedelta(days=1))
    practice.add_hours(practitioner, location, weekday=0, hours="09:00-12:00", valid_from=december)
    monday, tuesday = Piece(0, time(10), time(17), location.pk), Piece(1, time(9), time(17), location.pk)

    replace_week(practitioner=practitioner, pieces=[monday, tuesday], first_day=TUESDAY, by=by)

    assert list_week(practitioner, december - timedelta(days=1)) == [(0, "10:00-17:00"), (1, "09:00-17:00")]
    assert list_week(practitioner, december) == [(0, "09:00-12:00"), (1, "09:00-17:00")]


@pytest.mark.parametrize(
    ("weekday", "hours", "from_december_on"),
    [
        # New on a weekday, for which other hours are planned.
        (5, "09:00-12:00", ["13:00-17:00"]),
        # In place of hours that go on beside the later ones, as the replaced did.
        (0, "10:00-12:00", ["10:00-12:00", "13:00-17:00"]),
        # Longer, into the later ones.
        (0, "10:00-14:00", ["13:00-17:00"]),
    ],
)
def test_new_hours_do_not_run_into_later_ones(
    practitioner: Practitioner,
    location: Location,
    by: Actor,
    weekday: int,
    hours: str,
    from_december_on: list[str],
) -> None:
    december = date(2026, 12, 1)
    practitioner.rules.filter(weekday=0).update(ends_at=time(12))
    practice.add_hours(practitioner, location, weekday=weekday, hours="13:00-17:00", valid_from=december)
    others = [Piece.of(rule) for rule in practitioner.rules.exclude(weekday=weekday)]
    starts_at, ends_at = (time.fromisoformat(part) for part in hours.split("-"))
    new = Piece(weekday, starts_at, ends_at, location.pk)

    replace_week(practitioner=practitioner, pieces=[*others, new], first_day=TUESDAY, by=by)

    november = [told for day, told in list_week(practitioner, TUESDAY) if day == weekday]
    assert november == [hours]
    assert [told for day, told in list_week(practitioner, december) if day == weekday] == from_december_on


def test_rules_are_ended_and_kept(practitioner: Practitioner, by: Actor) -> None:
    rules = practitioner.rules.all()

    assert end_rules(rules=rules[:2], first_day=TUESDAY, by=by) == 2

    assert len(list_week(practitioner, TUESDAY)) == 3
    assert practitioner.rules.count() == 5


def test_rule_that_is_removed_while_its_lock_is_waited_for_does_not_come_back(
    practitioner: Practitioner, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = practitioner.rules.get(weekday=1)
    lock = week.lock_practitioners

    def wait(keys: Any) -> None:
        AvailabilityRule.objects.all().delete()
        lock(keys)

    monkeypatch.setattr(week, "lock_practitioners", wait)

    with pytest.raises(BlockGone):
        save_rule(rule=rule, by=by)


def test_rules_are_removed(practitioner: Practitioner, by: Actor) -> None:
    assert remove_rules(rules=practitioner.rules.filter(weekday=1), by=by) == 1

    assert practitioner.rules.count() == 4


def test_first_week_of_somebody_new(location: Location, by: Actor, clock: Any) -> None:
    newcomer = practice.make_practitioner(visit_types=[])

    replace_week(
        practitioner=newcomer, pieces=[Piece(2, time(9), time(0), location.pk)], first_day=TUESDAY, by=by
    )

    assert list_week(newcomer, TUESDAY) == [(2, "09:00-00:00")]
