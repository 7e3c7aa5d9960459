"""Rows → the desk's week: what is booked and free for each clinician and each type of visit.

A fixed number of queries, however many clinicians, visits and visit types there are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking import scope
from booking.availability import Calendar, Slot, read_calendars
from booking.availability.hours import Closing, Hours, list_hours
from booking.desk.choice import Choice, read_choice
from booking.models import Location, Practitioner, VisitType
from booking.models.appointment import HOLDING_STATUSES

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
WORKDAYS = 5
# Most types have their third opening this soon. Only where one has not is the whole horizon read.
NEAR = timedelta(days=28)
THIRD = 3


class WeekForm(forms.Form):
    """The GET form above the tables. Any day stands for its week."""

    week = forms.DateField(
        label=_("Week of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    location = forms.ChoiceField(label=_("Location"))


@dataclass(frozen=True)
class WeekChoice:
    """The week around the day that the desk has chosen, at a location or all of them."""

    day: Choice

    @property
    def monday(self) -> date:
        return self.day.day - timedelta(days=self.day.day.weekday())

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=number) for number in range(7)]

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """The week before, this one and the week after, each with its address and whether it is shown."""
        weeks = [
            (_("Week before"), self.day.day - WEEK),
            (_("This week"), self.day.today),
            (_("Week after"), self.day.day + WEEK),
        ]
        return [(str(name), replace(self.day, day=day).week_query, day in self.days) for name, day in weeks]

    @cached_property
    def form(self) -> WeekForm:
        place = self.day.location
        form = WeekForm(
            label_suffix="", initial={"week": self.day.day, "location": place.pk if place else ""}
        )
        for_day, field = self.day.form.fields["location"], form.fields["location"]
        assert isinstance(for_day, forms.ChoiceField)
        assert isinstance(field, forms.ChoiceField)
        field.choices = for_day.choices
        return form


def read_week_choice(query: QueryDict, *, now: datetime) -> WeekChoice:
    """Return what the address asks for; this week, everywhere, where it says nothing useful."""
    asked = query.copy()
    asked["day"] = query.get("week", "")
    return WeekChoice(read_choice(asked, now=now))


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one clinician or of one type of visit.

    `free` counts the starts that can still be booked; None where nobody asks: the day is over, or without
    open hours. `is_beyond` is a day past the booking horizon. `closings` are what lies over the hours: all
    of them where the day `is_closed`. The hours are those of a clinician, at `places`.
    """

    day: date
    booked: int = 0
    free: int | None = None
    is_beyond: bool = False
    has_hours: bool = False
    is_closed: bool = False
    closings: tuple[Closing, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Third:
    """The third next start that can be booked, and how many days from today it is."""

    day: date
    days_ahead: int


@dataclass(frozen=True, slots=True)
class ClinicianRow:
    clinician: Practitioner
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """`third` is None where the booking horizon has not three starts."""

    visit_type: VisitType
    cells: tuple[Cell, ...]
    third: Third | None


@dataclass(frozen=True, slots=True)
class Week:
    """`days` are those shown: weekends only with hours or visits."""

    choice: WeekChoice
    days: tuple[date, ...]
    clinicians: tuple[ClinicianRow, ...]
    types: tuple[TypeRow, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many a day, by the key of the clinician and by that of the visit type."""

    of_clinician: Counter[tuple[int, date]]
    of_type: Counter[tuple[int, date]]


def read_week(choice: WeekChoice, *, now: datetime, user: Any) -> Week:
    """Read what `user` may see of the chosen week, and each visit type's third next opening from now on."""
    calendars, near = _read_calendars(choice, now=now)
    booked, free = _count_booked(choice, user=user), _count_free(calendars, user=user)
    hours = _list_hours(calendars, days=choice.days, user=user)
    used = {day for _, day in {*hours, *booked.of_clinician}}
    days = tuple(day for day in choice.days if day.weekday() < WORKDAYS or day in used)
    people = Practitioner.objects.in_bulk({pk for pk, _ in {*hours, *booked.of_clinician}})
    own = None
    if not scope.sees_every_visit(user):
        own = frozenset(scope.visible_practitioners(user).values_list("pk", flat=True))
    thirds = find_thirds(near, location=choice.day.location, now=now)
    today = choice.day.today

    def make_row(person: Practitioner) -> ClinicianRow:
        bookable = (one.last_bookable_day for one in calendars if person.pk in one.offering)
        last_day = max(bookable, default=today)
        cells = (
            _make_cell(
                day=day,
                hours=hours.get((person.pk, day), []),
                booked=booked.of_clinician[person.pk, day],
                free=free.of_clinician[person.pk, day] if day >= today else None,
                is_beyond=day > last_day,
            )
            for day in days
        )
        return ClinicianRow(clinician=person, cells=tuple(cells))

    def make_type_row(calendar: Calendar) -> TypeRow:
        pk = calendar.visit_type.pk
        cells = (
            Cell(
                day=day,
                booked=booked.of_type[pk, day],
                free=free.of_type[pk, day] if day >= today else None,
                is_beyond=day > calendar.last_bookable_day,
            )
            for day in days
        )
        return TypeRow(visit_type=calendar.visit_type, cells=tuple(cells), third=thirds.get(pk))

    in_order = sorted(people.values(), key=lambda person: (person.family_name, person.given_name, person.pk))
    return Week(
        choice=choice,
        days=days,
        clinicians=tuple(make_row(person) for person in in_order),
        types=tuple(
            make_type_row(calendar)
            for calendar in calendars
            if _is_done_by(calendar, own) or any(booked.of_type[calendar.visit_type.pk, day] for day in days)
        ),
    )


def _is_done_by(calendar: Calendar, own: frozenset[int] | None) -> bool:
    """Say whether any of these practitioners does the type of visit; anybody at all for None."""
    return bool(calendar.offering if own is None else calendar.offering & own)


def find_thirds(near: list[Calendar], *, location: Location | None, now: datetime) -> dict[int, Third | None]:
    """Return the third next opening of each visit type, by its key; None where there are not three.

    The standard measure of access: the first opening may be somebody's late cancellation, the third is
    what a caller can expect. `near` are the calendars of the next weeks: only where they do not reach as
    far as the third opening of every type is the rest of the horizon read.
    """
    slots = {calendar.visit_type: calendar.soonest(count=THIRD) for calendar in near}
    if any(len(first) < THIRD for first in slots.values()):
        begins = near[0].last_day + DAY
        horizon = max(visit_type.booking_horizon for visit_type in slots)
        ends = max(timezone.localdate(now) + timedelta(days=horizon + 1), begins)
        for calendar in read_calendars(first_day=begins, last_day=ends, location=location, now=now):
            slots.setdefault(calendar.visit_type, []).extend(calendar.soonest(count=THIRD))
    return {
        visit_type.pk: _measure(first[THIRD - 1], now=now) if len(first) >= THIRD else None
        for visit_type, first in slots.items()
    }


def _measure(slot: Slot, *, now: datetime) -> Third:
    day = slot.local_start.date()
    return Third(day=day, days_ahead=(day - now.astimezone(slot.location.zone).date()).days)


def _read_calendars(choice: WeekChoice, *, now: datetime) -> tuple[list[Calendar], list[Calendar]]:
    """Return the calendars of the chosen week and those of the next weeks, read at once where they meet."""
    first, last, place = choice.days[0], choice.days[-1], choice.day.location
    # A day before: a location's day may differ from the practice's.
    today = timezone.localdate(now)
    near_first, near_last = today - DAY, today + NEAR
    if last < near_first or near_last < first:
        return (
            read_calendars(first_day=first, last_day=last, location=place, now=now),
            read_calendars(first_day=near_first, last_day=near_last, location=place, now=now),
        )
    near = read_calendars(
        first_day=min(first, near_first), last_day=max(last, near_last), location=place, now=now
    )
    return [replace(calendar, first_day=first, last_day=last) for calendar in near], near


def _count_booked(choice: WeekChoice, *, user: Any) -> Counts:
    """Count the visits that took place or will, at the chosen location; holds are none yet."""
    first, last = replace(choice.day, day=choice.days[0]), replace(choice.day, day=choice.days[-1])
    visits = (
        scope.visible_visits(user)
        .visits()
        .filter(status__in=HOLDING_STATUSES, start__gte=first.midnight, start__lt=last.next_midnight)
    )
    if choice.day.location is not None:
        visits = visits.filter(location=choice.day.location)
    counts = Counts(of_clinician=Counter(), of_type=Counter())
    rows = visits.values_list("practitioner_id", "visit_type_id", "start")
    for clinician, visit_type, start in rows:
        day = start.astimezone(choice.day.zone).date()
        counts.of_clinician[clinician, day] += 1
        counts.of_type[visit_type, day] += 1
    return counts


def _count_free(calendars: Iterable[Calendar], *, user: Any) -> Counts:
    """Count the starts that can be booked: each once for a clinician, and once for a type and a place."""
    of_clinician, of_type = set(), set()
    for calendar in calendars:
        visit_type = calendar.visit_type
        for slot in calendar.slots():
            if not scope.may_see_calendar(user, slot.practitioner):
                continue
            day = slot.local_start.date()
            of_clinician.add((slot.practitioner.pk, day, slot.start))
            place = None if visit_type.is_telehealth else slot.location.pk
            of_type.add((visit_type.pk, day, slot.start, place))
    return Counts(
        of_clinician=Counter((pk, day) for pk, day, _ in of_clinician),
        of_type=Counter((pk, day) for pk, day, _, _ in of_type),
    )


def _list_hours(
    calendars: list[Calendar], *, days: Iterable[date], user: Any
) -> dict[tuple[int, date], list[Hours]]:
    """Return the hours by clinician and day. All calendars have the same: one tells them."""
    found: dict[tuple[int, date], list[Hours]] = defaultdict(list)
    for calendar in calendars[:1]:
        for day in days:
            for hours in list_hours(calendar, day=day):
                if scope.may_see_calendar(user, hours.practitioner):
                    found[hours.practitioner.pk, day].append(hours)
    return found


def _make_cell(*, day: date, hours: list[Hours], booked: int, free: int | None, is_beyond: bool) -> Cell:
    is_closed = bool(hours) and not any(one.open for one in hours)
    closings = {closing.label: closing for one in hours for closing in one.closings}
    return Cell(
        day=day,
        booked=booked,
        free=None if is_closed or not hours else free,
        is_beyond=is_beyond,
        has_hours=bool(hours),
        is_closed=is_closed,
        closings=tuple(closings.values()),
        places=tuple(dict.fromkeys(one.location.name for one in hours if one.open)),
    )
