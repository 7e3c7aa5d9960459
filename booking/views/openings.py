"""Open times as the pages show them: the soonest, by day or by clinician."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.availability import Calendar, SetUp, Slot, know_set_up, read_calendar, read_horizon
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.views.wish import Wish, read_wish

DAYS_SHOWN = 10
# Weekdays on which nobody works are left out, so ten days may take four weeks.
DAYS_READ = 28
SLOTS_PER_CLINICIAN = 3
DAY = timedelta(days=1)
SOONEST = 3
# From today on, where the address names no day: enough for whoever has a time within a week.
FIRST_READ = (DAYS_READ + 10) * DAY
# How far around a time that is gone others are looked for, one after the other.
NEAR = (2 * DAY, 5 * DAY, 14 * DAY)
NOON = 12


@dataclass(frozen=True, slots=True)
class Chooser:
    """For whom times are listed, and where a chosen one goes.

    `times` is the address of all of them, `back` the way out. `method` is "get" where choosing
    only asks for a confirmation. `same` is the clinician to offer first. `ignoring` and `holder`
    are as in `booking.availability`.
    """

    visit_type: VisitType
    times: str
    back: str
    action: str
    method: str
    same: Practitioner | None = None
    ignoring: Appointment | None = None
    holder: str = ""

    @classmethod
    def to_book(cls, visit_type: VisitType, *, holder: str) -> "Chooser":
        # A type that staff took off the site has no page of times.
        all_types = reverse("booking:visit-type")
        times = reverse("booking:time", args=[visit_type.slug]) if visit_type.is_public else all_types
        return cls(
            visit_type=visit_type,
            times=times,
            back=times,
            action=reverse("booking:hold", args=[visit_type.slug]),
            method="post",
            holder=holder,
        )

    @classmethod
    def to_move(cls, visit: Appointment, *, token: str) -> "Chooser":
        address = reverse("visits:move", args=[token])
        return cls(
            visit_type=visit.visit_type,
            times=address,
            back=reverse("visits:visit", args=[token]),
            action=address,
            method="get",
            same=visit.practitioner,
            ignoring=visit,
        )

    @property
    def search(self) -> dict[str, Any]:
        return {"visit_type": self.visit_type, "ignoring": self.ignoring, "holder": self.holder}


@dataclass(frozen=True, slots=True)
class Tile:
    """One day of the listing: how many times it has, and the address that opens it."""

    day: date
    count: int
    is_closed: bool
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the address asks for, and the soonest times of that; read as far as `asked` goes."""

    wish: Wish
    practitioners: list[Practitioner]
    places: list[Location]
    asked: Calendar
    soonest: list[Slot]
    same_soonest: list[Slot]

    @property
    def is_enough(self) -> bool:
        """Whether nothing that is shown can lie in days that were not read."""
        asked = self.asked
        soonest = [self.soonest, self.same_soonest] if self.wish.same else [self.soonest]
        if any(len(slots) < SOONEST or slots[-1].start >= asked.first_end for slots in soonest):
            return False
        # Two days more: several zones share their starts.
        return self.soonest[0].local_start.date() + (DAYS_READ + 2) * DAY < asked.last_day


def _find(query: QueryDict, *, chooser: Chooser, set_up: SetUp, through: date | None = None) -> Found:
    """Read the times through that day, or all."""
    visit_type = chooser.visit_type
    calendar = read_horizon(**chooser.search, set_up=set_up, through=through)
    practitioners = set_up.list_people(visit_type)
    places = [] if visit_type.is_telehealth else calendar.locations
    wish = read_wish(
        query,
        practitioners=practitioners,
        locations=places,
        last_day=calendar.last_bookable_day,
        same=chooser.same if len(practitioners) > 1 else None,
    )
    asked = calendar.narrow(practitioner=wish.practitioner, location=wish.location)
    return Found(
        wish=wish,
        practitioners=practitioners,
        places=places,
        asked=asked,
        soonest=asked.soonest(count=SOONEST),
        same_soonest=asked.narrow(practitioner=wish.same).soonest(count=SOONEST) if wish.same else [],
    )


def list_openings(query: QueryDict, *, chooser: Chooser, set_up: SetUp | None = None) -> dict[str, Any]:
    """Return what booking/_openings.html shows: the soonest times, ten days, one day or all clinicians.

    `set_up` is that of yesterday and later, where somebody knows it already.
    """
    visit_type = chooser.visit_type
    set_up = set_up or know_set_up(first_day=timezone.localdate() - DAY)
    names_day = bool({"from", "day"} & query.keys())
    reads_all = names_day or visit_type.booking_horizon * DAY < FIRST_READ
    through = None if reads_all else timezone.localdate() + FIRST_READ
    found = _find(query, chooser=chooser, set_up=set_up, through=through)
    if not (reads_all or found.is_enough):
        found = _find(query, chooser=chooser, set_up=set_up)
    wish, asked, practitioners, places = found.wish, found.asked, found.practitioners, found.places
    soonest, same_soonest = found.soonest, found.same_soonest
    show_place = len(places) > 1 and wish.location is None
    context = {
        "chooser": chooser,
        "visit_type": visit_type,
        "wish": wish,
        "places": _link_places(places, wish=wish),
        "anybody": wish.address(practitioner=None),
        "all_times": wish.first_page(practitioner=None, location=None),
        "asked_before": _link_seen_before(practitioners, wish=wish, chooser=chooser),
        "same_soonest": same_soonest,
        "all_with_same": wish.first_page(practitioner=wish.same.slug, same=None) if wish.same else None,
        # The same three times twice would only be longer.
        "soonest": [] if soonest == same_soonest else soonest,
        "has_times": bool(soonest),
        "wanted": "named" if wish.practitioner else "any",
        "zones": sorted({place.time_zone for place in asked.locations}),
        "show_place": show_place,
    }
    if soonest:
        soonest_day = soonest[0].local_start.date()
        context |= _list_days(asked, practitioners, wish=wish, soonest_day=soonest_day, show_place=show_place)
    return context


def _list_days(
    asked: Calendar, practitioners: list[Practitioner], *, wish: Wish, soonest_day: date, show_place: bool
) -> dict[str, Any]:
    """Return ten days from the asked one on, with the times of one day or of each clinician."""
    first_day = wish.first_day or wish.day or soonest_day
    days, shown = _outline_days(asked, first_day=first_day)
    if wish.day and not first_day <= wish.day <= max(days):
        # An address that was put together by hand: the day counts.
        first_day = wish.day
        days, shown = _outline_days(asked, first_day=first_day)
    later = max(days) + DAY
    context = {
        "by_day": wish.address(view=None),
        "by_clinician": wish.address(view="clinician", day=None),
        "first_days": wish.first_page() if first_day > soonest_day else None,
        "later_days": (
            wish.address(**{"from": later, "day": None}) if later <= asked.last_bookable_day else None
        ),
    }
    if wish.by_clinician:
        slots = [slot for day in asked.days(first_day=first_day, days=len(days)) for slot in day.slots]
        return context | {
            "clinicians": _group_by_clinician(
                slots, _leave_out_no_hours(practitioners, asked, wish), wish=wish
            )
        }
    counts = asked.count_shared_slots(first_day=first_day, last_day=max(days))
    tiles = {
        day: Tile(
            day=day,
            count=counts[day],
            is_closed=is_closed,
            address=wish.address(**{"from": first_day, "day": day}),
        )
        for day, is_closed in days.items()
    }
    chosen = _choose_day([tiles[day] for day in shown], wish=wish)
    # Only these have to be made: of the other days their number is enough.
    slots = asked.shared_slots_on(chosen.day) if chosen else []
    day_places = sorted({slot.location.told.name for slot in slots})
    return context | {
        "tiles": [tiles[day] for day in shown],
        "chosen": chosen,
        "parts": _split_day(slots),
        "day_places": day_places,
        "names_place": show_place and len(day_places) > 1,
        "asked_day": tiles.get(wish.day) if wish.day else None,
    }


def _outline_days(asked: Calendar, *, first_day: date) -> tuple[dict[date, bool], list[date]]:
    """Return the days from `first_day` to the last that is shown, each open or not, and the ten shown.

    Which weekdays are never open takes some weeks to see; their times nobody asks for.
    """
    count = min(DAYS_READ, max(1, (asked.last_bookable_day - first_day).days + 1))
    weeks = asked.outline(first_day=first_day, days=count)
    shown = _leave_out_days_off(weeks)[:DAYS_SHOWN]
    last_shown = shown[-1] if shown else max(weeks)
    return {day: is_closed for day, is_closed in weeks.items() if day <= last_shown}, shown


def _link_places(places: list[Location], *, wish: Wish) -> list[tuple[str, str, bool]]:
    """Return the name and the address of all places and of each, and whether it is the one shown."""
    if len(places) < 2:
        return []
    everywhere = (_("All places"), wish.first_page(location=None), wish.location is None)
    return [everywhere] + [
        (place.told.name, wish.first_page(location=place.slug), place == wish.location) for place in places
    ]


def _link_seen_before(
    practitioners: list[Practitioner], *, wish: Wish, chooser: Chooser
) -> list[tuple[Practitioner, str]]:
    """Return who may have been seen before, where that is still to ask."""
    was_here = chooser.visit_type.audience == VisitType.Audience.ESTABLISHED
    is_open = wish.practitioner is None and wish.same is None and not wish.by_clinician
    if not (was_here and is_open and len(practitioners) > 1):
        return []
    return [(person, wish.first_page(same=person.slug)) for person in practitioners]


def _leave_out_days_off(days: dict[date, bool]) -> list[date]:
    """Drop the weekdays that are never open: a closed Thursday is news, a closed Sunday is not."""
    working = {day.weekday() for day, is_closed in days.items() if not is_closed}
    return [day for day in days if day.weekday() in working]


def _choose_day(tiles: list[Tile], *, wish: Wish) -> Tile | None:
    open_days = [tile for tile in tiles if tile.count]
    asked = (tile for tile in open_days if tile.day == wish.day)
    return next(asked, open_days[0] if open_days else None)


def _split_day(slots: list[Slot]) -> list[tuple[str, list[Slot]]]:
    parts = [
        (_("Morning"), [slot for slot in slots if slot.local_start.hour < NOON]),
        (_("Afternoon"), [slot for slot in slots if slot.local_start.hour >= NOON]),
    ]
    return [(name, slots) for name, slots in parts if slots]


def _leave_out_no_hours(practitioners: list[Practitioner], asked: Calendar, wish: Wish) -> list[Practitioner]:
    """Drop those without any hours that can be booked, unless the address names them.

    Who is new has none yet. Who is full, or away for now, stays: later days may have times.
    """
    working = {desk.person for desk in asked.desks}
    return [
        person for person in practitioners if person.pk in working or person in (wish.practitioner, wish.same)
    ]


def _group_by_clinician(
    slots: Iterable[Slot], practitioners: list[Practitioner], *, wish: Wish
) -> list[tuple[Practitioner, list[Slot], str]]:
    """Return each clinician with their next slots and the address of all of them."""
    slots_of: dict[int, list[Slot]] = defaultdict(list)
    for slot in slots:
        slots_of[slot.practitioner.pk].append(slot)
    return [
        (
            person,
            slots_of[person.pk][:SLOTS_PER_CLINICIAN],
            wish.first_page(practitioner=person.slug, same=None, view=None),
        )
        for person in practitioners
        if wish.practitioner in (None, person)
    ]


def find_nearest(chooser: Chooser, *, wanted: datetime | None, count: int = 3) -> list[Slot]:
    """Return the open starts nearest to the wanted one, in order of time; the soonest where none is near."""
    slots: list[Slot] = []
    farthest = timedelta(days=chooser.visit_type.booking_horizon) + NEAR[-1]
    if wanted is not None and abs(wanted - timezone.now()) < farthest:
        # After a popular time everybody asks at once, and nearly always some are left on that day.
        for near in NEAR:
            slots = _list_near(chooser, wanted=wanted, near=near, count=count)
            # A place's day may begin up to a day earlier or later than the practice's.
            if len(slots) == count and abs(slots[-1].start - wanted) < near - DAY:
                break
    if not slots:
        slots = read_horizon(**chooser.search).soonest(count=count)
    return sorted(slots, key=lambda slot: slot.start)


def _list_near(chooser: Chooser, *, wanted: datetime, near: timedelta, count: int) -> list[Slot]:
    """Return the `count` open starts that are nearest, of the days within `near`, the nearest first."""
    day = timezone.localdate(wanted)
    calendar = read_calendar(first_day=day - near, last_day=day + near, **chooser.search)
    return sorted(calendar.shared_slots(one_place=True), key=lambda slot: abs(slot.start - wanted))[:count]
