"""A stretch of days, read once, and every answer that lies in it: slots, days, who gets them, refusals."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import islice
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.utils import timezone

from booking.availability.facts import Busy, Desk, Keeping
from booking.availability.slots import EPOCH, Day, Slot, to_datetime, to_minutes, to_minutes_up
from booking.engine.intervals import Interval
from booking.engine.keeping import find_kept
from booking.engine.openings import DateSpan, Opening, WeeklyRule, cut_openings, open_intervals
from booking.engine.rules import Code, Refusal, booking_window, check_start, is_taken
from booking.engine.sharing import choose_fairly, measure_share
from booking.engine.slots import VisitShape, find_rooms_free, find_starts
from booking.models import (
    AvailabilityException,
    Closure,
    Location,
    Practitioner,
    Room,
    VisitType,
)
from booking.models.practice import MAX_BUSY_MINUTES

DAY = timedelta(days=1)


@lru_cache(maxsize=512)
def _know_openings(
    *,
    first: date,
    last: date,
    zone: ZoneInfo,
    rules: tuple[WeeklyRule, ...],
    extra: tuple[DateSpan, ...],
    closed: tuple[DateSpan, ...],
) -> tuple[Opening, ...]:
    """`open_intervals`, remembered: many clinicians have the same hours, all pages ask for the same days."""
    return tuple(open_intervals(first=first, last=last, zone=zone, rules=rules, extra=extra, closed=closed))


@dataclass(frozen=True)
class Calendar:
    """Everything about a stretch of days that decides what can be booked, read once."""

    visit_type: VisitType
    first_day: date
    last_day: date
    now: datetime
    offering: frozenset[int]  # practitioners who do this type of visit
    desks: list[Desk]  # also of a practitioner who was asked for and does not do it
    closures: list[Closure]
    busy: Busy
    rooms_at: dict[int, list[Room]] | None
    kept: list[Keeping] = field(default_factory=list)
    # How many days ahead can be booked; None: as the visit type says.
    horizon: int | None = None
    # A start in UTC minutes, a practitioner and a place that are not listed: where a visit is already.
    left_out: tuple[int, int, int] | None = None

    @property
    def offered_desks(self) -> list[Desk]:
        return [desk for desk in self.desks if desk.person in self.offering]

    @cached_property
    def locations(self) -> list[Location]:
        """Where this type of visit can take place, by name."""
        places = {desk.place: desk.location for desk in self.offered_desks}
        return sorted(places.values(), key=attrgetter("name"))

    @property
    def last_bookable_day(self) -> date:
        """The last local day of the booking horizon, wherever it ends last."""
        zones = {place.zone for place in self.locations} or {timezone.get_default_timezone()}
        today = max(self.now.astimezone(zone).date() for zone in zones)
        return today + timedelta(days=self._horizon_days)

    @property
    def _horizon_days(self) -> int:
        return self.visit_type.booking_horizon if self.horizon is None else self.horizon

    @property
    def first_end(self) -> datetime:
        """The end of the last day, where it ends first: all that can be booked before is in the calendar."""
        next_day = datetime.combine(self.last_day + timedelta(days=1), time())
        return min(
            (next_day.replace(tzinfo=place.zone).astimezone(UTC) for place in self.locations), default=EPOCH
        )

    def narrow(
        self, *, practitioner: Practitioner | None = None, location: Location | None = None
    ) -> "Calendar":
        """Return the same calendar with the desks of one practitioner or at one location only."""
        desks = [
            desk
            for desk in self.desks
            if practitioner in (None, desk.practitioner) and location in (None, desk.location)
        ]
        return replace(self, desks=desks)

    @cached_property
    def shape(self) -> VisitShape:
        return self.visit_type.shape

    def _window(self, zone: ZoneInfo) -> tuple[int, int]:
        if zone not in self._windows:
            self._windows[zone] = booking_window(
                now=to_minutes_up(self.now),
                minimum_notice=self.visit_type.minimum_notice,
                horizon_days=self._horizon_days,
                zone=zone,
            )
        return self._windows[zone]

    @cached_property
    def _windows(self) -> dict[ZoneInfo, tuple[int, int]]:
        return {}

    def _closed_spans(self, desk: Desk) -> list[DateSpan]:
        closures = [
            closure.as_date_span() for closure in self.closures if closure.location_id in (None, desk.place)
        ]
        away = [
            exception.as_date_span()
            for exception in desk.exceptions
            if exception.kind == AvailabilityException.Kind.CLOSED
            and exception.location_id in (None, desk.place)
        ]
        return closures + away

    def find_kept(self, desk: Desk) -> list[Interval]:
        """Return the UTC minutes that are kept back from this visit type there."""
        own = [
            keeping.hours
            for keeping in self.kept
            if keeping.practitioner_id in (None, desk.person) and keeping.location_id in (None, desk.place)
        ]
        zone, now = desk.location.zone, to_minutes(self.now)
        return find_kept(own, first=self.first_day, last=self.last_day, zone=zone, now=now)

    def _full_days(self, desk: Desk) -> list[DateSpan]:
        limit = self.visit_type.daily_limit
        if limit is None:
            return []
        counts = self._count_visits(desk.practitioner, zone=desk.location.zone)
        return [DateSpan(first=day, last=day) for day, count in counts.items() if count >= limit]

    def _count_visits(self, practitioner: Practitioner, *, zone: ZoneInfo) -> Counter[date]:
        """Visits of this type a day, wherever they are, by the days of `zone`.

        One zone for all of them: by each visit's own, a listing of every place and a check of
        one could count a late visit to different days.
        """
        starts = self.busy.counted.get((practitioner.pk, self.visit_type.pk), [])
        return Counter(to_datetime(start).astimezone(zone).date() for start in starts)

    def openings(self, desk: Desk, *, closed: Iterable[DateSpan]) -> Sequence[Opening]:
        return _know_openings(
            first=self.first_day,
            last=self.last_day,
            zone=desk.location.zone,
            rules=desk.weekly_rules,
            extra=tuple(
                exception.as_date_span()
                for exception in desk.exceptions
                if exception.kind == AvailabilityException.Kind.EXTRA and exception.location_id == desk.place
            ),
            closed=tuple(closed),
        )

    def _open_hours(self, desk: Desk) -> Sequence[Opening]:
        if desk not in self._hours:
            self._hours[desk] = self.openings(desk, closed=self._closed_spans(desk))
        return self._hours[desk]

    @cached_property
    def _hours(self) -> dict[Desk, Sequence[Opening]]:
        return {}

    def _leave_out_full_days(self, desk: Desk) -> Sequence[Opening]:
        full_days = self._full_days(desk)
        if not full_days:
            return self._open_hours(desk)
        return self.openings(desk, closed=self._closed_spans(desk) + full_days)

    def busy_of(self, desk: Desk) -> list[Interval]:
        """Busy times of the practitioner, at every location."""
        return self.busy.of_practitioner.get(desk.person, [])

    def rooms_busy(self, desk: Desk) -> list[list[Interval]] | None:
        """Busy times of each room that would do; None where the visit needs no room."""
        if self.rooms_at is None:
            return None
        return [self.busy.of_room.get(room.pk, []) for room in self.rooms_at.get(desk.place, [])]

    def _find_rooms_free(self, desk: Desk) -> list[Interval] | None:
        """Return the starts at which one of these rooms is free; found once for everybody at the place."""
        place = desk.place
        if place not in self._rooms_free:
            rooms_busy = self.rooms_busy(desk)
            self._rooms_free[place] = None if rooms_busy is None else find_rooms_free(rooms_busy, self.shape)
        return self._rooms_free[place]

    @cached_property
    def _rooms_free(self) -> dict[int, list[Interval] | None]:
        return {}

    def starts_of(self, desk: Desk, *, limit: int | None = None) -> list[int]:
        """Return the UTC minutes at which the visit can begin there, ascending."""
        earliest, latest = self._window(desk.location.zone)
        left_out = (
            self.left_out[0] if self.left_out and self.left_out[1:] == (desk.person, desk.place) else None
        )
        starts = find_starts(
            openings=cut_openings(self._leave_out_full_days(desk), self.find_kept(desk)),
            busy=[*self.busy_of(desk), *self.busy.of_patient],
            shape=self.shape,
            rooms_free=self._find_rooms_free(desk),
            earliest=earliest,
            latest=latest,
            limit=limit + 1 if limit is not None and left_out is not None else limit,
        )
        return starts if left_out is None else [start for start in starts if start != left_out][:limit]

    def free_starts(self, *, limit: int | None = None) -> list[tuple[int, Desk]]:
        """Return each start, in UTC minutes, with each desk that is free then; in the order of both."""
        desks = self.offered_desks
        found = [
            (start, number)
            for number, desk in enumerate(desks)
            for start in self.starts_of(desk, limit=limit)
        ]
        return [(start, desks[number]) for start, number in sorted(found)[:limit]]

    def slots(self, *, limit: int | None = None) -> list[Slot]:
        """Return what can be booked with each practitioner at each location, earliest first."""
        return [self._make_slot(start, desk) for start, desk in self.free_starts(limit=limit)]

    def _make_slot(self, start: int, desk: Desk) -> Slot:
        begins, ends = self._times.get(start) or self._time(start)
        return Slot(begins, desk.practitioner, desk.location, ends)

    def _time(self, start: int) -> tuple[datetime, datetime]:
        """Return when a visit begins and ends; made once for everybody who is free then."""
        begins = to_datetime(start)
        self._times[start] = times = begins, begins + timedelta(minutes=self.visit_type.duration)
        return times

    @cached_property
    def _times(self) -> dict[int, tuple[datetime, datetime]]:
        return {}

    def shared_slots(self, *, one_place: bool = False) -> list[Slot]:
        """Return each start and place once, whoever is free then; by video each start once.

        With `one_place` each start once, wherever it is.
        """
        return [slot for slots in self._share_starts(one_place=one_place) for slot in slots]

    def soonest(self, *, count: int = 3) -> list[Slot]:
        """Return the first `count` starts, each once, out of the shared slots."""
        # The first starts of all are among the first of each: nothing later needs to be made.
        shared = self._share_starts(one_place=True, limit=count)
        return [slot for slots in islice(shared, count) for slot in slots]

    def _share_starts(self, *, one_place: bool, limit: int | None = None) -> Iterator[list[Slot]]:
        """Yield, start by start, the slots that are left when one of those who are free is chosen fairly.

        Of the earliest `limit` starts of each desk, or of all. In minutes, because making every clinician's
        slots first took several times as long.
        """
        free_at: dict[int, list[Desk]] = defaultdict(list)
        for desk in self.offered_desks:
            for start in self.starts_of(desk, limit=limit):
                free_at[start].append(desk)
        for start in sorted(free_at):
            # First for each place and then between the places, so that all listings name the same people.
            desks = self._choose_at_each_place(start, free_at[start])
            if one_place:
                desks = [self._choose(start, desks)]
            yield [self._make_slot(start, desk) for desk in desks]

    def _choose_at_each_place(self, start: int, desks: list[Desk]) -> list[Desk]:
        """Return one desk for each place, by its name; by video one, for no place matters to anybody."""
        if self.visit_type.is_telehealth:
            return [self._choose(start, desks)]
        at_place: dict[int, list[Desk]] = defaultdict(list)
        for desk in desks:
            at_place[desk.place].append(desk)
        winners = [self._choose(start, there) for there in at_place.values()]
        return sorted(winners, key=lambda desk: desk.location.name)

    def _choose(self, start: int, desks: list[Desk]) -> Desk:
        """Return the one of the desks, free at one start, whose practitioner has the least booked share."""
        if len(desks) == 1:
            return desks[0]
        of_person: dict[int, Desk] = {}
        for desk in desks:
            of_person.setdefault(desk.person, desk)
        shares = {person: self._share_booked(desk, start) for person, desk in of_person.items()}
        return of_person[choose_fairly(start, shares)]

    def _share_booked(self, desk: Desk, start: int) -> float:
        """Return how much of the practitioner's open time at that place on that local day is booked.

        Of that one place and day: read for more of them, the listings would disagree.
        """
        midnights = self._midnights(desk.location.zone)
        day = bisect_right(midnights, start)
        key = (desk, day)
        if key not in self._shares:
            begins, ends = midnights[day - 1], midnights[day]
            hours, busy = self._open_hours(desk), self.busy_of(desk)
            openings = hours[bisect_left(hours, (begins,)) : bisect_left(hours, (ends,))]
            taken = busy[bisect_left(busy, (begins - MAX_BUSY_MINUTES,)) : bisect_left(busy, (ends,))]
            # Compared for every start of a day, and Fractions are slow. Of a day's minutes
            # no two shares come so near to each other that a float would not tell them apart.
            share = measure_share(openings=[(first, last) for first, last, _ in openings], busy=taken)
            self._shares[key] = float(share)
        return self._shares[key]

    @cached_property
    def _shares(self) -> dict[tuple[Desk, int], float]:
        return {}

    def _midnights(self, zone: ZoneInfo) -> list[int]:
        """Return the UTC minutes at which each local day begins, and the last one ends."""
        if zone not in self._days_begin:
            count = (self.last_day - self.first_day).days + 2
            days = (self.first_day + timedelta(days=day) for day in range(count))
            self._days_begin[zone] = [to_minutes(datetime.combine(day, time(), zone)) for day in days]
        return self._days_begin[zone]

    @cached_property
    def _days_begin(self) -> dict[ZoneInfo, list[int]]:
        return {}

    def days(self, *, first_day: date, days: int) -> list[Day]:
        """Return `days` local days from first_day on, each with its slots, open or not."""
        by_day: dict[date, list[Slot]] = defaultdict(list)
        for slot in self._cut_out(first_day, first_day + timedelta(days=days - 1)).slots():
            by_day[slot.local_start.date()].append(slot)
        outline = self.outline(first_day=first_day, days=days)
        return [Day(day=day, slots=by_day[day], is_closed=is_closed) for day, is_closed in outline.items()]

    def outline(self, *, first_day: date, days: int) -> dict[date, bool]:
        """Return `days` local days from first_day on, and whether each is closed."""
        listed = [first_day + timedelta(days=offset) for offset in range(days)]
        open_days = self._cut_out(listed[0], listed[-1]).open_days()
        return {day: day not in open_days for day in listed}

    def shared_slots_on(self, day: date) -> list[Slot]:
        """Return the shared slots of one local day."""
        reach = self._reach
        shared = self._cut_out(day - reach, day + reach).shared_slots()
        return [slot for slot in shared if slot.local_start.date() == day]

    def count_shared_slots(self, *, first_day: date, last_day: date) -> Counter[date]:
        """Return how many shared slots each local day has, without choosing who gets them."""
        if self._reach:
            stretch = self._cut_out(first_day - self._reach, last_day + self._reach)
            return Counter(slot.local_start.date() for slot in stretch.shared_slots())
        stretch = self._cut_out(first_day, last_day)
        # By video no place matters to anybody, and all desks have one zone here.
        starts_at: dict[int, set[int]] = defaultdict(set)
        zone_of: dict[int, ZoneInfo] = {}
        for desk in stretch.offered_desks:
            place = 0 if self.visit_type.is_telehealth else desk.place
            starts_at[place].update(stretch.starts_of(desk))
            zone_of[place] = desk.location.zone
        counts: Counter[date] = Counter()
        for place, starts in starts_at.items():
            midnights = stretch._midnights(zone_of[place])
            for day, count in Counter(bisect_right(midnights, start) for start in starts).items():
                counts[stretch.first_day + (day - 1) * DAY] += count
        return counts

    @property
    def _reach(self) -> timedelta:
        """How many days around one must be looked at, where several zones share their starts.

        Who gets an instant is settled between them, and it may lie two of their days apart.
        """
        zones = {place.time_zone for place in self.locations}
        return 2 * DAY if self.visit_type.is_telehealth and len(zones) > 1 else 0 * DAY

    def _cut_out(self, first_day: date, last_day: date) -> "Calendar":
        """Return the calendar of these days, as far as it was read."""
        return replace(self, first_day=max(first_day, self.first_day), last_day=min(last_day, self.last_day))

    def open_days(self) -> set[date]:
        """The local days on which anybody has hours, free or not."""
        # Most begin at the same few hours, and each conversion costs as much as all the rest.
        begins: dict[ZoneInfo, set[int]] = defaultdict(set)
        for desk in self.offered_desks:
            begins[desk.location.zone].update(opening.start for opening in self._open_hours(desk))
        return {
            to_datetime(start).astimezone(zone).date() for zone, starts in begins.items() for start in starts
        }

    def refusals(self, *, practitioner: Practitioner, location: Location, start: datetime) -> list[Refusal]:
        """Return every reason why `start` cannot be booked; empty exactly when it is offered."""
        desk = next(
            (desk for desk in self.desks if (desk.practitioner, desk.location) == (practitioner, location)),
            Desk(practitioner=practitioner, location=location),
        )
        first, last = to_minutes(start), to_minutes_up(start)
        refusals = self._refuse_minute(first, desk=desk)
        if first != last:
            # Within a minute lies no start of ours. What touches either minute speaks against it.
            codes = {refusal.code for refusal in refusals}
            off_grid = Refusal(Code.OFF_GRID, minutes=self.visit_type.start_step)
            for refusal in [*self._refuse_minute(last, desk=desk), off_grid]:
                if refusal.code not in codes:
                    codes.add(refusal.code)
                    refusals.append(refusal)
        return refusals

    def _refuse_minute(self, start: int, *, desk: Desk) -> list[Refusal]:
        visit_type = self.visit_type
        zone = desk.location.zone
        local_day = to_datetime(start).astimezone(zone).date()
        refusals = check_start(
            start=start,
            now=to_minutes_up(self.now),
            shape=self.shape,
            minimum_notice=visit_type.minimum_notice,
            horizon_days=self._horizon_days,
            zone=zone,
            openings=self._open_hours(desk),
            openings_without_closings=self.openings(desk, closed=[]),
            kept=self.find_kept(desk),
            busy=self.busy_of(desk),
            rooms_busy=self.rooms_busy(desk),
            daily_limit=visit_type.daily_limit,
            booked_that_day=self._count_visits(desk.practitioner, zone=zone)[local_day],
            offers_type=desk.person in self.offering,
        )
        if is_taken(start, self.shape, self.busy.of_patient):
            refusals.append(Refusal(Code.PATIENT_BUSY))
        return refusals
