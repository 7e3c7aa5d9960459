"""Blocked time, extra time and closures to come, in the order of their days. A series is one line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import scope
from booking.desk.time.words import Row, spell_days, spell_hours, spell_series
from booking.models import AvailabilityException, Closure, Practitioner

CLOSURE = "closure"


class ListForm(forms.Form):
    """The GET form above the list."""

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label=gettext_lazy("Clinician"),
        required=False,
        empty_label=gettext_lazy("All clinicians"),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[
            ("", gettext_lazy("All kinds")),
            *AvailabilityException.Kind.choices,
            (CLOSURE, gettext_lazy("Closure")),
        ],
    )


@dataclass(frozen=True)
class Line:
    """One block or closure, or the next time of a series with those that follow it."""

    row: Row
    today: date
    following: list["Line"] = field(default_factory=list)

    @property
    def is_closure(self) -> bool:
        return isinstance(self.row, Closure)

    @property
    def kind(self) -> str:
        return _("Closed") if isinstance(self.row, Closure) else self.row.get_kind_display()

    @property
    def who(self) -> str:
        """Whose time it is."""
        if isinstance(self.row, Closure):
            return self.row.location.name if self.row.location else _("Every location")
        return self.row.practitioner.display_name

    @property
    def about(self) -> str:
        if isinstance(self.row, Closure):
            return self.row.name
        place = self.row.location.name if self.row.location else ""
        return ", ".join(filter(None, (self.row.note, place)))

    @property
    def days(self) -> str:
        return spell_days(self.row, today=self.today)

    @property
    def hours(self) -> str:
        return spell_hours(self.row)

    @property
    def series(self) -> str:
        if isinstance(self.row, Closure) or self.row.series is None:
            return ""
        return spell_series(self.row.series, today=self.today)

    @property
    def change_address(self) -> str:
        return reverse("desk:closure-change" if self.is_closure else "desk:time-change", args=[self.row.pk])

    @property
    def remove_address(self) -> str:
        return reverse("desk:closure-remove" if self.is_closure else "desk:time-remove", args=[self.row.pk])


def list_coming(query: Any, *, today: date, user: Any) -> tuple[ListForm, list[Line]]:
    """Return the form and what it asks for of what `user` may see; all of that where it says nothing useful.

    At most four queries.
    """
    form = ListForm(query, label_suffix="")
    field = form.fields["practitioner"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = scope.visible_practitioners(user).filter(is_active=True)
    asked = form.cleaned_data if form.is_valid() else {}
    kind, person = asked.get("kind"), asked.get("practitioner")
    lines: list[Line] = []
    if kind != CLOSURE:
        rows = scope.visible_blocks(user).filter(last_day__gte=today)
        rows = rows.filter(kind=kind) if kind else rows
        rows = rows.filter(practitioner=person) if person else rows
        lines += _gather(
            rows.select_related("practitioner", "location", "series").order_by("first_day", "pk"), today=today
        )
    if kind in (None, "", CLOSURE):
        # Closures are everybody's.
        closures = Closure.objects.filter(last_day__gte=today).select_related("location")
        lines += [Line(closure, today) for closure in closures]
    return form, sorted(lines, key=attrgetter("row.first_day"))


def _gather(rows: Iterable[AvailabilityException], *, today: date) -> list[Line]:
    """Return a line for each row, or for each series with what follows inside it."""
    lines: list[Line] = []
    first_of: dict[int, Line] = {}
    for row in rows:
        line = Line(row, today)
        if row.series_id is not None and row.series_id in first_of:
            first_of[row.series_id].following.append(line)
            continue
        lines.append(line)
        if row.series_id is not None:
            first_of[row.series_id] = line
    return lines
