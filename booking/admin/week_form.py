"""A clinician's hours as one week: a row for each weekday, some pieces in each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.blocking import Piece
from booking.models import AvailabilityRule, Location
from booking.models.hours import (
    Weekday,
    count_end_minutes,
    count_minutes,
    validate_near,
    validate_whole_minute,
)

# A morning, an afternoon and an evening.
PIECES = 3
Part = tuple[int, str]


@dataclass(frozen=True)
class Row:
    """One weekday, with the fields of its pieces."""

    weekday: Weekday
    pieces: list["Fields"]


@dataclass(frozen=True)
class Fields:
    starts_at: BoundField
    ends_at: BoundField
    place: BoundField

    @property
    def errors(self) -> list[str]:
        return [*self.starts_at.errors, *self.ends_at.errors, *self.place.errors]


class WeekForm(forms.Form):
    """`rules` are those that hold on `day`. A piece without times is none."""

    first_day = forms.DateField(
        label=_("Hold from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Until the day before, the hours stay as they were."),
    )
    # The mark of the hours that the page showed.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        rules: Iterable[AvailabilityRule],
        places: Sequence[Location],
        day: date,
        seen: str,
    ) -> None:
        self.places = places
        kept: dict[int, list[AvailabilityRule]] = defaultdict(list)
        for rule in sorted(rules, key=lambda rule: (rule.weekday, rule.starts_at)):
            kept[rule.weekday].append(rule)
        self.count = max(PIECES, *(len(some) for some in kept.values()), 0)
        super().__init__(
            data, initial={"first_day": day, "seen": seen, **_list_initial(kept)}, label_suffix=""
        )
        self.fields["first_day"].widget.attrs["min"] = timezone.localdate().isoformat()
        # Where there is one place alone, it stands there already.
        no_place = [] if len(places) == 1 else [("", gettext("Location"))]
        for weekday, number in self._list_parts():
            words = {"day": weekday.label, "number": number + 1}
            name = name_fields(weekday, number)
            self.fields[name.starts_at] = _make_time(gettext("%(day)s %(number)s: from") % words)
            self.fields[name.ends_at] = _make_time(gettext("%(day)s %(number)s: to") % words)
            self.fields[name.place] = forms.ChoiceField(
                required=False,
                choices=[*no_place, *((str(place.pk), place.name) for place in places)],
                widget=forms.Select(attrs={"aria-label": gettext("%(day)s %(number)s: location") % words}),
            )

    @property
    def rows(self) -> list[Row]:
        rows = []
        for weekday in Weekday:
            names = [name_fields(weekday, number) for number in range(self.count)]
            pieces = [Fields(self[name.starts_at], self[name.ends_at], self[name.place]) for name in names]
            rows.append(Row(weekday=weekday, pieces=pieces))
        return rows

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if day < timezone.localdate():
            raise ValidationError(_("Choose today or a later day: what has passed stays as it was."))
        validate_near(day)
        return day

    def clean(self) -> dict[str, Any]:
        """Add `pieces`, what the week is to be."""
        said = self.cleaned_data
        pieces: list[Piece] = []
        for weekday, number in self._list_parts():
            piece = self._read_piece(weekday, number)
            if piece is None:
                continue
            if any(piece.overlaps(other) for other in pieces):
                name = name_fields(weekday, number).starts_at
                self.add_error(name, _("These hours overlap others of the same day. Change one of them."))
            pieces.append(piece)
        return {**said, "pieces": pieces}

    def _read_piece(self, weekday: Weekday, number: int) -> Piece | None:
        name = name_fields(weekday, number)
        if any(part in self.errors for part in (name.starts_at, name.ends_at, name.place)):
            return None
        starts_at: time | None = self.cleaned_data.get(name.starts_at)
        ends_at: time | None = self.cleaned_data.get(name.ends_at)
        if starts_at is None and ends_at is None:
            return None
        if starts_at is None or ends_at is None:
            self.add_error(name.starts_at, _("Give both times, or leave both empty."))
            return None
        if count_end_minutes(ends_at) <= count_minutes(starts_at):
            self.add_error(name.ends_at, _("The hours must end after they start."))
            return None
        place = self.cleaned_data.get(name.place) or (str(self.places[0].pk) if len(self.places) == 1 else "")
        if not place:
            self.add_error(name.place, _("Choose the location of these hours."))
            return None
        return Piece(weekday.value, starts_at, ends_at, int(place))

    def _list_parts(self) -> Iterator[tuple[Weekday, int]]:
        return ((weekday, number) for weekday in Weekday for number in range(self.count))


@dataclass(frozen=True, slots=True)
class Names:
    starts_at: str
    ends_at: str
    place: str


def name_fields(weekday: int, number: int) -> Names:
    """Return the names of the fields of one piece."""
    prefix = f"day{int(weekday)}-{number}"
    return Names(f"{prefix}-from", f"{prefix}-to", f"{prefix}-place")


def _make_time(label: str) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time", "aria-label": label}, format="%H:%M")
    return forms.TimeField(required=False, widget=widget, validators=[validate_whole_minute])


def _list_initial(kept: dict[int, list[AvailabilityRule]]) -> dict[str, Any]:
    initial: dict[str, Any] = {}
    for weekday, rules in kept.items():
        for number, rule in enumerate(rules):
            name = name_fields(weekday, number)
            initial |= {
                name.starts_at: rule.starts_at,
                name.ends_at: rule.ends_at,
                name.place: str(rule.location_id),
            }
    return initial
