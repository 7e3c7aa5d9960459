"""Whether one visit may be booked at one moment: every rule it breaks, not only the first.

The same rules as find_starts, asked the other way round and answered with reasons. A property test keeps the
two in step: check_start refuses nothing exactly where find_starts offers the start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking.engine.intervals import Interval
from booking.engine.openings import Opening
from booking.engine.slots import VisitShape


class Code(StrEnum):
    """Why a start is refused. Some are found out by the callers, who know patients and web pages."""

    PAST = "past"
    TOO_SOON = "too_soon"
    """Inside the minimum notice, of `minutes`."""
    TOO_FAR = "too_far"
    """Beyond the booking horizon, of `count` days."""
    CLOSED = "closed"
    """A closing lies over time that would be open."""
    OUTSIDE_HOURS = "outside_hours"
    KEPT = "kept"
    """Kept back for visits of another kind, or not open yet."""
    OFF_GRID = "off_grid"
    """Not a step of `minutes` from the beginning of the opening."""
    WRONG_PRACTITIONER = "wrong_practitioner"
    """The practitioner does not do this type of visit."""
    NOT_BOOKABLE_ONLINE = "not_bookable_online"
    DAY_FULL = "day_full"
    """The daily limit, of `count` visits, is reached."""
    TAKEN = "taken"
    NO_ROOM = "no_room"
    TOO_MANY_VISITS = "too_many_visits"
    """A patient may have `count` coming visits."""
    PATIENT_BUSY = "patient_busy"


@dataclass(frozen=True, slots=True)
class Refusal:
    code: Code
    minutes: int | None = None
    count: int | None = None


def booking_window(*, now: int, minimum_notice: int, horizon_days: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the earliest and the latest start that may be booked at `now`, both included.

    `minimum_notice` is in minutes. The horizon ends with the last minute of the local day that many days on:
    by hours, the last day would fill up minute by minute. Without any time between the two, the earliest lies
    after the latest.
    """
    today = datetime.fromtimestamp(now * 60, zone).date()
    horizon = datetime.combine(today + timedelta(days=horizon_days + 1), time(), zone)
    return now + minimum_notice, int(horizon.timestamp()) // 60 - 1


def check_start(
    *,
    start: int,
    now: int,
    shape: VisitShape,
    minimum_notice: int,
    horizon_days: int,
    zone: ZoneInfo,
    openings: Sequence[Opening],
    openings_without_closings: Sequence[Opening],
    kept: Iterable[Interval] = (),
    busy: Iterable[Interval],
    rooms_busy: Iterable[Iterable[Interval]] | None,
    daily_limit: int | None,
    booked_that_day: int,
    offers_type: bool,
) -> list[Refusal]:
    """Return every reason why a visit cannot be booked to start at `start`; none if it can.

    Instants are UTC minutes. `booked_that_day` counts the visits that hold time on the local day of `start`,
    of whatever `daily_limit` limits. Both lists of openings come from open_intervals over that day, once with
    and once without `closed`; `kept` is what find_kept says of that day; busy times and rooms are as for
    find_starts.
    """
    refusals = _check_window(
        start, now=now, minimum_notice=minimum_notice, horizon_days=horizon_days, zone=zone
    )
    refusals += _check_hours(start, shape, openings, openings_without_closings)
    if any(kept_start < start + shape.duration and start < kept_end for kept_start, kept_end in kept):
        refusals.append(Refusal(Code.KEPT))
    if not offers_type:
        refusals.append(Refusal(Code.WRONG_PRACTITIONER))
    if daily_limit is not None and booked_that_day >= daily_limit:
        refusals.append(Refusal(Code.DAY_FULL, count=daily_limit))
    if is_taken(start, shape, busy):
        refusals.append(Refusal(Code.TAKEN))
    if rooms_busy is not None and all(is_taken(start, shape, room) for room in rooms_busy):
        refusals.append(Refusal(Code.NO_ROOM))
    return refusals


def _check_window(
    start: int, *, now: int, minimum_notice: int, horizon_days: int, zone: ZoneInfo
) -> list[Refusal]:
    """Too soon and past are one rule, so the worse of the two speaks for both."""
    earliest, latest = booking_window(
        now=now, minimum_notice=minimum_notice, horizon_days=horizon_days, zone=zone
    )
    refusals = []
    if start < now:
        refusals.append(Refusal(Code.PAST))
    elif start < earliest:
        refusals.append(Refusal(Code.TOO_SOON, minutes=minimum_notice))
    if start > latest:
        refusals.append(Refusal(Code.TOO_FAR, count=horizon_days))
    return refusals


def _check_hours(
    start: int, shape: VisitShape, openings: Sequence[Opening], without_closings: Sequence[Opening]
) -> list[Refusal]:
    """The grid is judged wherever the start itself lies in hours, even if the visit would run over them."""
    end = start + shape.duration
    refusals = []
    if _count_open(start, end, openings) < _count_open(start, end, without_closings):
        refusals.append(Refusal(Code.CLOSED))
    around = [opening for opening in without_closings if opening.start <= start < opening.end]
    if not any(end <= opening.end for opening in around):
        refusals.append(Refusal(Code.OUTSIDE_HOURS))
    if any((start - opening.anchor) % shape.start_step for opening in around):
        refusals.append(Refusal(Code.OFF_GRID, minutes=shape.start_step))
    return refusals


def _count_open(start: int, end: int, openings: Iterable[Opening]) -> int:
    """Return how many minutes of [start, end) are open."""
    return sum(max(0, min(end, opening.end) - max(start, opening.start)) for opening in openings)


def is_taken(start: int, shape: VisitShape, busy: Iterable[Interval]) -> bool:
    """Say whether the visit with its buffers would touch a busy time."""
    busy_start = start - shape.buffer_before
    busy_end = start + shape.duration + shape.buffer_after
    return any(busy_start < taken_end and taken_start < busy_end for taken_start, taken_end in busy)
