"""Time that is blocked once or as a series, and every way to change and remove it."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from booking import availability
from booking.actions import Actor
from booking.blocking import (
    BlockGone,
    DayTooFar,
    Repeat,
    Scope,
    SeriesOverlaps,
    SeriesTooLong,
    block_time,
    blocks,
    change_block,
    remove_block,
    remove_blocks,
    save_block,
)
from booking.models import AvailabilityException, ExceptionSeries, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.blocking.conftest import EXTRA, WEEK, away, block_weeks, list_days
from booking.tests.practice import TUESDAY, at

pytestmark = pytest.mark.usefixtures("clock")


def test_one_block_is_one_row_without_a_series(practitioner: Practitioner) -> None:
    [row] = block_time(practitioners=[practitioner], block=away(note="Conference"))

    assert (row.practitioner, row.first_day, row.note, row.series) == (
        practitioner,
        TUESDAY,
        "Conference",
        None,
    )
    assert row.pk


def test_series_has_a_row_for_every_time(practitioner: Practitioner) -> None:
    rows = block_weeks(practitioner, 3)

    assert list_days(practitioner) == [TUESDAY, TUESDAY + 2 * WEEK, TUESDAY + 4 * WEEK]
    assert len({row.series_id for row in rows}) == 1
    assert str(rows[0].series) == "every 2 weeks until 2026-12-22"


def test_each_clinician_has_a_series_of_their_own(practitioner: Practitioner, location: Location) -> None:
    colleague = practice.make_practitioner(visit_types=[], location=location)
    repeat = Repeat(every_weeks=1, until=TUESDAY + WEEK)

    rows = block_time(practitioners=[practitioner, colleague], block=away(), repeat=repeat)

    assert list_days(practitioner) == list_days(colleague) == [TUESDAY, TUESDAY + WEEK]
    assert ExceptionSeries.objects.count() == 2
    assert {row.series.exceptions.count() for row in rows} == {2}


def test_series_of_several_days_keeps_its_length(practitioner: Practitioner) -> None:
    rows = block_weeks(practitioner, 2, last_day=TUESDAY + timedelta(days=2))

    assert [row.last_day - row.first_day for row in rows] == [timedelta(days=2)] * 2


def test_series_keeps_its_wall_time_when_the_clock_changes(
    practitioner: Practitioner, visit_type: VisitType, clock: Any
) -> None:
    """The clock is set forward on March 14, 2027."""
    clock.move_to(at("09:00", date(2027, 3, 1)))
    before, after = date(2027, 3, 9), date(2027, 3, 16)
    hours = {"starts_at": time(10), "ends_at": time(17)}
    block_time(
        practitioners=[practitioner], block=away(before, **hours), repeat=Repeat(every_weeks=1, until=after)
    )

    for day in (before, after):
        slots = availability.find_slots(visit_type=visit_type, first_day=day, last_day=day)
        assert [slot.start for slot in slots] == [at("09:00", day), at("09:20", day)]


def test_series_of_more_than_two_years_is_refused(practitioner: Practitioner) -> None:
    repeat = Repeat(every_weeks=1, until=TUESDAY + timedelta(days=733))

    with pytest.raises(SeriesTooLong):
        block_time(practitioners=[practitioner], block=away(), repeat=repeat)

    assert list_days(practitioner) == []


def test_times_that_would_run_into_each_other_are_refused(practitioner: Practitioner) -> None:
    repeat = Repeat(every_weeks=1, until=TUESDAY + 4 * WEEK)

    with pytest.raises(SeriesOverlaps):
        block_time(practitioners=[practitioner], block=away(TUESDAY, TUESDAY + WEEK), repeat=repeat)


@pytest.mark.parametrize("day", [date.max, date.min])
def test_days_of_another_century_are_refused(practitioner: Practitioner, by: Actor, day: date) -> None:
    [row] = block_time(practitioners=[practitioner], block=away())

    with pytest.raises(DayTooFar):
        block_time(practitioners=[practitioner], block=away(day))
    with pytest.raises(DayTooFar):
        change_block(block=row, to=away(day), by=by)

    assert list_days(practitioner) == [TUESDAY]


def test_series_ends_on_the_last_day_that_there_is() -> None:
    assert Repeat(every_weeks=1, until=date.max).list_days(date.max, date.max) == [date.max]


# --- Changing --------------------------------------------------------------------------


def test_change_of_one_leaves_the_others(practitioner: Practitioner, by: Actor) -> None:
    _, second, _ = block_weeks(practitioner, 3)

    change_block(block=second, to=away(second.first_day + timedelta(days=1)), by=by)

    assert list_days(practitioner) == [
        TUESDAY,
        TUESDAY + 2 * WEEK + timedelta(days=1),
        TUESDAY + 4 * WEEK,
    ]


def test_change_of_this_and_following_makes_two_series(practitioner: Practitioner, by: Actor) -> None:
    first, second, third = block_weeks(practitioner, 3)

    changed = change_block(
        block=second,
        to=away(second.first_day, starts_at=time(13), ends_at=time(17)),
        scope=Scope.FOLLOWING,
        by=by,
    )

    assert [row.pk for row in changed] == [second.pk, third.pk]
    hours = dict(practitioner.exceptions.values_list("pk", "starts_at"))
    assert hours == {first.pk: None, second.pk: time(13), third.pk: time(13)}
    old, new = ExceptionSeries.objects.order_by("pk")
    assert old.until == second.first_day - timedelta(days=1)
    assert list(new.exceptions.values_list("pk", flat=True)) == [second.pk, third.pk]


def test_change_of_all_moves_each_by_as_many_days(practitioner: Practitioner, by: Actor) -> None:
    _, second, _ = block_weeks(practitioner, 3)

    change_block(block=second, to=away(second.first_day + timedelta(days=1)), scope=Scope.ALL, by=by)

    wednesday = TUESDAY + timedelta(days=1)
    assert list_days(practitioner) == [wednesday, wednesday + 2 * WEEK, wednesday + 4 * WEEK]
    assert ExceptionSeries.objects.get().until == wednesday + 4 * WEEK


@pytest.mark.parametrize("scope", [Scope.FOLLOWING, Scope.ALL])
def test_what_has_passed_stays_as_it_was(
    practitioner: Practitioner, by: Actor, clock: Any, scope: Scope
) -> None:
    first, second, third = block_weeks(practitioner, 3)
    clock.move_to(at("09:00", TUESDAY + timedelta(days=1)))

    change_block(
        block=first, to=away(first.first_day, starts_at=time(13), ends_at=time(17)), scope=scope, by=by
    )

    hours = dict(practitioner.exceptions.values_list("pk", "starts_at"))
    assert hours == {first.pk: None, second.pk: time(13), third.pk: time(13)}


def test_series_is_made_longer_without_what_was_removed_from_it(
    practitioner: Practitioner, by: Actor
) -> None:
    first, second, third = block_weeks(practitioner, 3)
    remove_block(block=second, by=by)

    change_block(block=first, to=away(), scope=Scope.ALL, until=TUESDAY + 9 * WEEK, by=by)

    assert list_days(practitioner) == [
        TUESDAY,
        third.first_day,
        TUESDAY + 6 * WEEK,
        TUESDAY + 8 * WEEK,
    ]
    assert ExceptionSeries.objects.get().exceptions.count() == 4


def test_series_is_made_shorter(practitioner: Practitioner, by: Actor) -> None:
    first, *_ = block_weeks(practitioner, 4)

    change_block(block=first, to=away(), scope=Scope.ALL, until=TUESDAY + 3 * WEEK, by=by)

    assert list_days(practitioner) == [TUESDAY, TUESDAY + 2 * WEEK]


def test_block_that_a_colleague_removed_is_not_changed(practitioner: Practitioner, by: Actor) -> None:
    [row] = block_time(practitioners=[practitioner], block=away())
    AvailabilityException.objects.all().delete()

    with pytest.raises(BlockGone):
        change_block(block=row, to=away(), by=by)
    with pytest.raises(BlockGone):
        save_block(block=row, by=by)


def test_block_that_is_removed_while_its_lock_is_waited_for_does_not_come_back(
    practitioner: Practitioner, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = block_time(practitioners=[practitioner], block=away())
    lock = blocks.lock_practitioners

    def wait(keys: Any) -> None:
        AvailabilityException.objects.all().delete()
        lock(keys)

    monkeypatch.setattr(blocks, "lock_practitioners", wait)

    with pytest.raises(BlockGone):
        save_block(block=row, by=by)


def test_only_a_change_of_time_counts_as_one(practitioner: Practitioner, by: Actor, clock: Any) -> None:
    [row] = block_time(practitioners=[practitioner], block=away())
    clock.shift(60)

    [noted] = change_block(block=row, to=away(note="Conference"), by=by)
    [moved] = change_block(block=row, to=away(TUESDAY + WEEK), by=by)

    assert noted.changed_at == row.changed_at
    assert moved.changed_at == row.changed_at + timedelta(seconds=60)


# --- Removing --------------------------------------------------------------------------


@pytest.mark.parametrize(("scope", "left"), [(Scope.ONE, [0, 2, 3]), (Scope.FOLLOWING, [0]), (Scope.ALL, [])])
def test_removal_takes_what_was_asked_for(
    practitioner: Practitioner, by: Actor, scope: Scope, left: list[int]
) -> None:
    rows = block_weeks(practitioner, 4)

    removed = remove_block(block=rows[1], scope=scope, by=by)

    assert removed == [row for number, row in enumerate(rows) if number not in left]
    assert list_days(practitioner) == [rows[number].first_day for number in left]
    assert ExceptionSeries.objects.exists() == bool(left)


def test_removal_of_all_keeps_what_has_passed(practitioner: Practitioner, by: Actor, clock: Any) -> None:
    rows = block_weeks(practitioner, 3)
    clock.move_to(at("09:00", TUESDAY + WEEK))

    remove_block(block=rows[1], scope=Scope.ALL, by=by)

    assert list_days(practitioner) == [TUESDAY]


def test_several_are_removed_at_once(practitioner: Practitioner, by: Actor) -> None:
    rows = block_weeks(practitioner, 2)
    block_time(practitioners=[practitioner], block=away(TUESDAY + WEEK))

    assert remove_blocks(blocks=rows, by=by) == 2

    assert list_days(practitioner) == [TUESDAY + WEEK]
    assert not ExceptionSeries.objects.exists()


def test_extra_time_can_be_booked(
    practitioner: Practitioner, location: Location, visit_type: VisitType
) -> None:
    saturday = TUESDAY + timedelta(days=4)
    extra = away(saturday, kind=EXTRA, location=location, starts_at=time(9), ends_at=time(10))

    block_time(practitioners=[practitioner], block=extra)

    slots = availability.find_slots(visit_type=visit_type, first_day=saturday, last_day=saturday)
    assert [slot.start for slot in slots] == [at("09:00", saturday), at("09:20", saturday)]
