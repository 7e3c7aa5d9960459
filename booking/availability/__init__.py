"""Rows → engine → slots: the only bridge from the database to what can be booked.

Listing, holding, booking, moving, staff pages and feeds all read availability here, so that
what is offered can be booked and what can be booked was offered. The set-up is known to the
process until it changes (ADR 26). A reading asks for the busy time of its days in one query, however
many practitioners and appointments there are; a page that looks for the soonest times, or whose first
days are full, reads more than once.
"""

from datetime import UTC, date, datetime, timedelta
from typing import TypedDict, Unpack

from django.utils import timezone

from booking.availability.answers import Answer, remember
from booking.availability.busy import LONGEST_BUSY
from booking.availability.calendar import Calendar
from booking.availability.pairs import Pair, find_pairs
from booking.availability.reading import read_calendar, read_calendars
from booking.availability.set_up import SetUp, know_set_up, recall_set_up
from booking.availability.slots import Day, Slot, SlotChoice, to_datetime, to_minutes, to_minutes_up
from booking.engine.rules import Refusal
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.versions import read_versions

__all__ = [
    "LONGEST_BUSY",
    "Answer",
    "Calendar",
    "Day",
    "Pair",
    "SetUp",
    "Slot",
    "SlotChoice",
    "check",
    "find_days",
    "find_pairs",
    "find_slots",
    "find_soonest",
    "is_only_choice",
    "know_set_up",
    "parse_slot_key",
    "read_calendar",
    "read_calendars",
    "read_horizon",
    "read_versions",
    "recall_set_up",
    "remember",
    "to_datetime",
    "to_minutes",
    "to_minutes_up",
]

# How many days a search for the soonest times reads at first, and then, before it reads them all.
FIRST_DAYS = (1, 2, 3, 4, 8, 28)


def parse_slot_key(text: str, *, set_up: SetUp | None = None) -> SlotChoice:
    """Read a `Slot.key` back. Raises ValueError for anything that names no slot of ours."""
    try:
        start_text, practitioner_slug, location_slug = text.split("/")
        start = datetime.strptime(start_text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        if not 2000 <= start.year <= 2200:
            raise ValueError(start.year)
    except ValueError as error:
        raise ValueError("not a slot key") from error
    set_up = set_up or know_set_up(first_day=timezone.localdate())
    practitioner, location = set_up.find_person(practitioner_slug), set_up.find_location(location_slug)
    if practitioner is None or location is None:
        raise ValueError("not a slot key")
    return SlotChoice(practitioner=practitioner, location=location, start=start)


class Narrowing(TypedDict, total=False):
    """What narrows a question about free time; see `read_calendar`."""

    practitioner: Practitioner | None
    location: Location | None
    patient: Patient | None
    ignoring: Appointment | None
    holder: str
    horizon: int | None
    now: datetime | None
    set_up: SetUp | None


def find_slots(
    *,
    visit_type: VisitType,
    first_day: date,
    last_day: date,
    limit: int | None = None,
    **narrowing: Unpack[Narrowing],
) -> list[Slot]:
    """Return the bookable slots of the local days first_day to last_day, earliest first."""
    calendar = read_calendar(visit_type=visit_type, first_day=first_day, last_day=last_day, **narrowing)
    return calendar.slots(limit=limit)


def read_horizon(
    *, visit_type: VisitType, through: date | None = None, **narrowing: Unpack[Narrowing]
) -> Calendar:
    """Read all that can be booked from now on, for pages that list it in several ways.

    With `through` the times of that day and earlier, and still all places that have any later.
    """
    today = timezone.localdate(narrowing.get("now"))
    # A day either side: a location's day may differ from the practice's.
    last_day = today + timedelta(days=visit_type.booking_horizon + 1)
    return read_calendar(
        visit_type=visit_type,
        first_day=today - timedelta(days=1),
        last_day=min(through or last_day, last_day),
        desks_through=last_day,
        **narrowing,
    )


def find_soonest(*, visit_type: VisitType, count: int = 3, **narrowing: Unpack[Narrowing]) -> list[Slot]:
    """Return the first `count` starts within the booking horizon, each with one fairly chosen clinician.

    The first days are read first: of many clinicians somebody is free soon.
    """
    now = narrowing.get("now") or timezone.now()
    today = timezone.localdate(now)
    first_day = today - timedelta(days=1)
    set_up = narrowing.get("set_up") or know_set_up(first_day=first_day)
    narrowing["set_up"] = set_up
    # The first day that a reading may add something to; extra time on a day off is seen with the next one.
    unread = timezone.localdate(now + timedelta(minutes=visit_type.minimum_notice))
    for days in FIRST_DAYS:
        last_day = first_day + timedelta(days=days)
        if days > visit_type.booking_horizon:
            break
        if not set_up.has_weekly_hours(unread, last_day):
            continue
        unread = last_day + timedelta(days=1)
        calendar = read_calendar(visit_type=visit_type, first_day=first_day, last_day=last_day, **narrowing)
        soonest = calendar.soonest(count=count)
        # Where the next day begins first, it may have starts before some that were found elsewhere.
        if len(soonest) == count and soonest[-1].start < calendar.first_end:
            return soonest
    return read_horizon(visit_type=visit_type, **narrowing).soonest(count=count)


def find_days(
    *, visit_type: VisitType, first_day: date, days: int = 10, **narrowing: Unpack[Narrowing]
) -> list[Day]:
    """Return `days` local days from first_day on, each with its slots, open or not."""
    last_day = first_day + timedelta(days=days - 1)
    calendar = read_calendar(visit_type=visit_type, first_day=first_day, last_day=last_day, **narrowing)
    return calendar.days(first_day=first_day, days=days)


def is_only_choice(
    choice: SlotChoice, *, visit_type: VisitType, holder: str = "", set_up: SetUp | None = None
) -> bool:
    """Say whether nobody else is free at that start: at that place or, by video, anywhere."""
    day = choice.start.astimezone(choice.location.zone).date()
    calendar = read_calendar(
        visit_type=visit_type,
        first_day=day - timedelta(days=1),
        last_day=day + timedelta(days=1),
        location=None if visit_type.is_telehealth else choice.location,
        holder=holder,
        set_up=set_up,
    )
    start = to_minutes(choice.start)
    others = (desk for desk in calendar.offered_desks if desk.practitioner != choice.practitioner)
    return not any(start in calendar.starts_of(desk) for desk in others)


def check(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    patient: Patient | None = None,
    ignoring: Appointment | None = None,
    holder: str = "",
    horizon: int | None = None,
    now: datetime | None = None,
) -> list[Refusal]:
    """Return every reason why `start` (aware) cannot be booked; [] exactly when it would be offered."""
    day = start.astimezone(location.zone).date()
    calendar = read_calendar(
        visit_type=visit_type,
        first_day=day,
        last_day=day,
        practitioner=practitioner,
        location=location,
        patient=patient,
        ignoring=ignoring,
        holder=holder,
        horizon=horizon,
        now=now,
    )
    return calendar.refusals(practitioner=practitioner, location=location, start=start)
