"""Why a day offers no time: each start that somebody might expect, and everything that speaks against it.

The rules are those of `Calendar.refusals`. What is added is the cause behind each: which visit, closing
or rooms. A start without a reason is offered, and no other is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from booking.availability.busy import LONGEST_BUSY
from booking.availability.calendar import Calendar
from booking.availability.facts import Desk, Keeping
from booking.availability.hours import Closing, list_hours
from booking.availability.reading import read_calendar
from booking.availability.slots import to_datetime, to_minutes, to_minutes_up
from booking.engine.rules import Code, Refusal, is_taken
from booking.models import Appointment, Location, Practitioner, Room, VisitType


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that a start breaks, and what is behind it.

    For CLOSED the closings, for KEPT what keeps it, for TAKEN the visits of the clinician, for NO_ROOM the
    rooms of the place that would do, all of them taken.
    """

    refusal: Refusal
    closings: tuple[Closing, ...] = ()
    kept: tuple[Keeping, ...] = ()
    visits: tuple[Appointment, ...] = ()
    rooms: tuple[Room, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A start, aware and in UTC, on the grid of the hours or, as `is_break`, between two of them.

    `closes_at` is when the hours that it lies in end.
    """

    start: datetime
    end: datetime
    reasons: tuple[Reason, ...]
    is_break: bool = False
    closes_at: datetime | None = None

    @property
    def is_offered(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class Explanation:
    """One practitioner's day at one location. `closings` are named also where nothing else is left."""

    location: Location
    candidates: list[Candidate]
    closings: list[Closing]

    @property
    def offered(self) -> int:
        return sum(candidate.is_offered for candidate in self.candidates)

    @property
    def is_closed(self) -> bool:
        """Closings lie over all of it."""
        return bool(self.candidates) and all(
            candidate.is_break or any(reason.refusal.code == Code.CLOSED for reason in candidate.reasons)
            for candidate in self.candidates
        )


def explain_day(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    day: date,
    location: Location | None = None,
    now: datetime | None = None,
) -> list[Explanation]:
    """Return each place where the practitioner has hours on that local day, in eight queries."""
    calendar = read_calendar(
        visit_type=visit_type,
        first_day=day,
        last_day=day,
        practitioner=practitioner,
        location=location,
        now=now,
    )
    visits = _read_visits(calendar, practitioner=practitioner)
    return [
        explanation
        for desk in calendar.desks
        if (explanation := _explain(desk, calendar=calendar, visits=visits)).candidates
    ]


def _read_visits(calendar: Calendar, *, practitioner: Practitioner) -> list[Appointment]:
    """Read what takes the practitioner's time around the day, wherever that is."""
    # In whatever zone: two days more than any needs.
    midnight = datetime.combine(calendar.first_day, time(), UTC)
    return list(
        Appointment.objects.holding_time(now=calendar.now)
        .filter(
            practitioner=practitioner,
            busy_start__gt=midnight - 2 * LONGEST_BUSY,
            busy_start__lt=midnight + 3 * LONGEST_BUSY,
        )
        .select_related("visit_type", "location")
        .order_by("start")
    )


def _explain(desk: Desk, *, calendar: Calendar, visits: list[Appointment]) -> Explanation:
    own = replace(calendar, desks=[desk])
    closings = [closing for hours in list_hours(own, day=calendar.first_day) for closing in hours.closings]
    candidates = []
    for minute, closes_at in _list_starts(desk, calendar=calendar):
        refusals = calendar.refusals(
            practitioner=desk.practitioner, location=desk.location, start=to_datetime(minute)
        )
        candidates.append(
            Candidate(
                start=to_datetime(minute),
                end=to_datetime(minute + calendar.visit_type.duration),
                reasons=tuple(
                    _find_cause(refusal, minute, desk, calendar, closings=closings, visits=visits)
                    for refusal in refusals
                ),
                is_break=closes_at is None,
                closes_at=None if closes_at is None else to_datetime(closes_at),
            )
        )
    return Explanation(location=desk.location, candidates=candidates, closings=closings)


def _list_starts(desk: Desk, *, calendar: Calendar) -> Iterator[tuple[int, int | None]]:
    """Yield the starts on the grid of the planned hours, with the end of these, and those in the breaks."""
    step = calendar.visit_type.start_step
    planned = calendar.openings(desk, closed=[])
    for number, opening in enumerate(planned):
        first = opening.start + (opening.anchor - opening.start) % step
        yield from ((start, opening.end) for start in range(first, opening.end, step))
        if number + 1 < len(planned):
            after = planned[number + 1].start
            into_break = opening.end + (opening.anchor - opening.end) % step
            yield from ((start, None) for start in range(into_break, after, step))


def _find_cause(
    refusal: Refusal,
    start: int,
    desk: Desk,
    calendar: Calendar,
    *,
    closings: Iterable[Closing],
    visits: Iterable[Appointment],
) -> Reason:
    end = start + calendar.visit_type.duration
    if refusal.code == Code.CLOSED:
        return Reason(refusal, closings=tuple(one for one in closings if one.start < end and start < one.end))
    if refusal.code == Code.KEPT:
        return Reason(refusal, kept=tuple(_list_kept(start, end, desk, calendar)))
    if refusal.code == Code.TAKEN:
        in_the_way = (
            visit
            for visit in visits
            if is_taken(
                start, calendar.shape, [(to_minutes(visit.busy_start), to_minutes_up(visit.busy_end))]
            )
        )
        return Reason(refusal, visits=tuple(in_the_way))
    if refusal.code == Code.NO_ROOM and calendar.rooms_at is not None:
        return Reason(refusal, rooms=tuple(calendar.rooms_at.get(desk.location.pk, [])))
    return Reason(refusal)


def _list_kept(start: int, end: int, desk: Desk, calendar: Calendar) -> Iterator[Keeping]:
    for keeping in calendar.kept:
        alone = replace(calendar, kept=[keeping])
        if any(begins < end and start < ends for begins, ends in alone.find_kept(desk)):
            yield keeping
