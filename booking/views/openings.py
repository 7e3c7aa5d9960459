"""Open times as the pages show them: read by day or by clinician, from an address that may hold anything."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from booking.availability import Day, Slot, find_days, find_slots, find_soonest
from booking.models import Appointment, Practitioner, VisitType

DAYS_SHOWN = 10
# Weekdays on which nobody works are left out, so ten days may take four weeks.
DAYS_READ = 28
SLOTS_PER_CLINICIAN = 3
NEAR = timedelta(days=14)
NOON = 12


@dataclass(frozen=True, slots=True)
class Chooser:
    """For whom times are listed, and where a chosen one goes.

    `times` is the address of all of them, `back` the way out. `method` is "get" where choosing
    only asks for a confirmation. `ignoring` and `holder` are as in `booking.availability`.
    """

    visit_type: VisitType
    times: str
    back: str
    action: str
    method: str
    ignoring: Appointment | None = None
    holder: str = ""

    @classmethod
    def to_book(cls, visit_type: VisitType, *, holder: str) -> "Chooser":
        times = reverse("booking:time", args=[visit_type.slug])
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
            ignoring=visit,
        )

    @property
    def search(self) -> dict[str, Any]:
        return {"visit_type": self.visit_type, "ignoring": self.ignoring, "holder": self.holder}


@dataclass(frozen=True, slots=True)
class Tile:
    """One day of the listing, and the address that opens it."""

    day: Day
    address: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for; what it asks in vain is told in `notes`."""

    first_day: date | None
    day: date | None
    practitioner: Practitioner | None
    by_clinician: bool
    notes: list[str]

    def address(self, **changes: Any) -> str:
        """Return the address of the same page with other choices; None leaves one out."""
        choices = {
            "from": self.first_day,
            "day": self.day,
            "practitioner": self.practitioner and self.practitioner.slug,
            "view": "clinician" if self.by_clinician else None,
            **changes,
        }
        query = urlencode({name: choice for name, choice in choices.items() if choice is not None})
        return f"?{query}"


def _read_day(text: str | None, *, first: date, last: date, notes: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        notes.append(_("We could not read that day. Here are the next days."))
        return None
    if day < first:
        notes.append(_("That day has passed. Here are the next days."))
        return None
    if day > last:
        notes.append(_("That day is too far ahead to book online. Here are the next days."))
        return None
    return day


def _read_wish(query: QueryDict, *, practitioners: list[Practitioner], last_day: date) -> Wish:
    notes: list[str] = []
    today = timezone.localdate()
    slug = query.get("practitioner")
    practitioner = next((person for person in practitioners if person.slug == slug), None)
    if slug and practitioner is None:
        notes.append(_("That clinician cannot be booked online for this visit. Here are all clinicians."))
    return Wish(
        first_day=_read_day(query.get("from"), first=today, last=last_day, notes=notes),
        day=_read_day(query.get("day"), first=today, last=last_day, notes=notes),
        practitioner=practitioner,
        by_clinician=query.get("view") == "clinician",
        notes=notes,
    )


def list_openings(query: QueryDict, *, chooser: Chooser) -> dict[str, Any]:
    """Return what booking/_openings.html shows: the soonest times, ten days, one day or all clinicians."""
    visit_type = chooser.visit_type
    practitioners = list(visit_type.practitioners.filter(is_active=True))
    last_day = timezone.localdate() + timedelta(days=visit_type.booking_horizon)
    wish = _read_wish(query, practitioners=practitioners, last_day=last_day)
    asked = {**chooser.search, "practitioner": wish.practitioner}
    soonest = find_soonest(**asked)
    context = {"chooser": chooser, "visit_type": visit_type, "wish": wish, "soonest": soonest}
    if not soonest:
        return context
    soonest_day = soonest[0].local_start.date()
    first_day = wish.first_day or wish.day or soonest_day
    all_days = find_days(first_day=first_day, days=DAYS_READ, **asked)
    days = _leave_out_days_off(all_days)[:DAYS_SHOWN]
    slots = [slot for day in days for slot in day.slots]
    chosen = _choose_day(days, wish=wish)
    later = (days or all_days)[-1].day + timedelta(days=1)
    return context | {
        "tiles": [Tile(day=day, address=wish.address(**{"from": first_day, "day": day.day})) for day in days],
        "chosen": chosen,
        "parts": _split_day(chosen) if chosen else [],
        "asked_day": next((day for day in days if day.day == wish.day), None),
        "clinicians": _group_by_clinician(slots, practitioners, wish=wish) if wish.by_clinician else [],
        "by_day": wish.address(view=None),
        "by_clinician": wish.address(view="clinician", day=None),
        "anybody": wish.address(practitioner=None),
        "first_days": wish.address(**{"from": None, "day": None}) if first_day > soonest_day else None,
        "later_days": wish.address(**{"from": later, "day": None}) if later <= last_day else None,
        "zones": sorted({slot.location.time_zone for slot in soonest + slots}),
        "show_place": not visit_type.is_telehealth and len({slot.location for slot in soonest + slots}) > 1,
    }


def _leave_out_days_off(days: list[Day]) -> list[Day]:
    """Drop the weekdays that are never open: a closed Thursday is news, a closed Sunday is not."""
    working = {day.day.weekday() for day in days if not day.is_closed}
    return [day for day in days if day.day.weekday() in working]


def _choose_day(days: list[Day], *, wish: Wish) -> Day | None:
    open_days = [day for day in days if day.slots]
    asked = (day for day in open_days if day.day == wish.day)
    return next(asked, open_days[0] if open_days else None)


def _split_day(day: Day) -> list[tuple[str, list[Slot]]]:
    parts = [
        (_("Morning"), [slot for slot in day.slots if slot.local_start.hour < NOON]),
        (_("Afternoon"), [slot for slot in day.slots if slot.local_start.hour >= NOON]),
    ]
    return [(name, slots) for name, slots in parts if slots]


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
            wish.address(**{"practitioner": person.slug, "view": None, "from": None, "day": None}),
        )
        for person in practitioners
        if wish.practitioner in (None, person)
    ]


def find_nearest(chooser: Chooser, *, wanted: datetime | None, count: int = 3) -> list[Slot]:
    """Return the open slots nearest to the wanted start, in order of time; the soonest where none is near."""
    slots: list[Slot] = []
    farthest = timedelta(days=chooser.visit_type.booking_horizon) + NEAR
    if wanted is not None and abs(wanted - timezone.now()) < farthest:
        day = timezone.localdate(wanted)
        slots = find_slots(first_day=day - NEAR, last_day=day + NEAR, **chooser.search)
        slots = sorted(slots, key=lambda slot: abs(slot.start - wanted))[:count]
    if not slots:
        slots = find_soonest(count=count, **chooser.search)
    return sorted(slots, key=lambda slot: slot.start)
