"""A series on the slip: from the first time on, every few weeks at the same time by the clock on the wall.

Nothing is kept on the server between two presses: each date stands in the form as it was chosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.actions import Wanted
from booking.availability import Calendar, Slot, SlotChoice, read_calendar
from booking.desk import times
from booking.engine.repeating import list_starts
from booking.models import Patient, VisitType
from booking.models.practice import LONGEST_HORIZON
from booking.models.together import MOST_VISITS, MOST_WEEKS

# In a week, so many openings nearest to the time that is wanted.
NEAREST = 6
LEFT_OUT = "out"


class SeriesForm(forms.Form):
    """How often. Which dates, the plan tells."""

    every_weeks = forms.IntegerField(
        label=gettext_lazy("Every so many weeks"), min_value=1, max_value=MOST_WEEKS, initial=4
    )
    times = forms.IntegerField(
        label=gettext_lazy("Visits in all"), min_value=2, max_value=MOST_VISITS, initial=3
    )

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data, prefix="series", label_suffix="")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        days = said.get("every_weeks", 0) * (said.get("times", 1) - 1) * 7
        if days > LONGEST_HORIZON:
            raise forms.ValidationError(_("A series lasts two years at most: fewer visits, or fewer weeks."))
        return said


@dataclass(frozen=True, slots=True)
class Planned:
    """One later date of the series. `wall` is when it would be by the clock; `chosen` is None without a time.

    `nearest` are the openings of that week, the nearest to `wall` first.
    """

    number: int
    wall: datetime
    chosen: times.Chosen | None
    is_left_out: bool
    nearest: list[Slot]

    @property
    def field(self) -> str:
        return f"date-{self.number}"

    @property
    def anyway(self) -> str:
        """The field that tells which concerns were shown."""
        return f"anyway-{self.number}"

    @property
    def is_possible(self) -> bool:
        return self.is_left_out or (self.chosen is not None and self.chosen.is_possible)

    @property
    def concerns(self) -> list[times.Concern]:
        return [] if self.is_left_out or self.chosen is None else self.chosen.concerns

    @property
    def others(self) -> list[Slot]:
        """The openings to choose from, besides the time that stands there."""
        return [slot for slot in self.nearest if self.chosen is None or slot.start != self.chosen.slot.start]


@dataclass(frozen=True, slots=True)
class Plan:
    """The dates after the first one."""

    every_weeks: int
    dates: list[Planned]

    @property
    def kept(self) -> list[times.Chosen]:
        return [one.chosen for one in self.dates if one.chosen is not None and not one.is_left_out]

    @property
    def asks_why(self) -> bool:
        return any(one.concerns and one.is_possible for one in self.dates)

    def find_problems(self, sent: QueryDict) -> list[str]:
        """Return what keeps these dates from being booked, in their order."""
        found = []
        for one in self.dates:
            said = {"day": f"{one.wall:%a, %b} {one.wall.day}"}
            if not one.is_possible:
                found.append(_("%(day)s: choose another time, or leave the date out.") % said)
            elif one.concerns:
                assert one.chosen is not None
                if not times.read_set_aside(sent.getlist(one.anyway)).issuperset(one.chosen.codes):
                    found.append(_("%(day)s: read what speaks against this time.") % said)
        if not self.kept:
            found.append(_("A series has at least two dates."))
        return found


def make_plan(
    sent: QueryDict,
    *,
    form: SeriesForm,
    first: SlotChoice,
    visit_type: VisitType,
    patient: Patient | None,
    user: Any,
) -> Plan:
    """Lay out the later dates, each as it was chosen or else as the rhythm has it. The form must be valid.

    One reading of the calendar for all of them. The horizon of patients does not count: a series is planned
    by staff, who know that it goes on.
    """
    said = form.cleaned_data
    zone = first.location.zone
    starts = list_starts(first.start, zone=zone, every_weeks=said["every_weeks"], times=said["times"])
    calendar = read_calendar(
        visit_type=visit_type,
        first_day=_find_monday(starts[0][0].date()),
        last_day=_find_monday(starts[-1][0].date()) + timedelta(days=6),
        practitioner=first.practitioner,
        location=first.location,
        patient=patient,
        horizon=LONGEST_HORIZON,
    )
    dates = [
        _plan_date(number, wall, start, sent=sent, first=first, calendar=calendar, user=user)
        for number, (wall, start) in enumerate(starts, start=1)
    ]
    return Plan(every_weeks=said["every_weeks"], dates=dates[1:])


def _plan_date(
    number: int,
    wall: datetime,
    start: datetime | None,
    *,
    sent: QueryDict,
    first: SlotChoice,
    calendar: Calendar,
    user: Any,
) -> Planned:
    monday = _find_monday(wall.date())
    week = replace(calendar, first_day=monday, last_day=monday + timedelta(days=6))
    said = sent.get(f"date-{number}", "")
    picked = _read_start(said)
    # What was picked for another rhythm, or another first date, lies in another week.
    if picked is not None and _find_monday(picked.astimezone(first.location.zone).date()) == monday:
        start = picked
    chosen = None
    if start is not None:
        slot = times.make_slot(replace(first, start=start), visit_type=calendar.visit_type)
        refusals = week.refusals(practitioner=first.practitioner, location=first.location, start=start)
        chosen = times.make_chosen(slot, refusals, user=user)
    wanted = wall.replace(tzinfo=first.location.zone)
    nearest = sorted(week.slots(), key=lambda slot: abs(slot.start - wanted))[:NEAREST]
    return Planned(number=number, wall=wall, chosen=chosen, is_left_out=said == LEFT_OUT, nearest=nearest)


def list_wanted(chosen: Iterable[times.Chosen], *, visit_type: VisitType) -> list[Wanted]:
    """Return what `actions.book_together` takes. Only what was shown against a date is set aside for it."""
    return [
        Wanted(
            visit_type=visit_type,
            practitioner=one.slot.practitioner,
            location=one.slot.location,
            start=one.slot.start,
            override=one.settable_codes,
            horizon=LONGEST_HORIZON,
        )
        for one in chosen
    ]


def _read_start(text: str) -> datetime | None:
    """Read a start as the form writes it, in UTC; None for anything else."""
    try:
        start = datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return start if 2000 <= start.year <= 2200 else None


def _find_monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
