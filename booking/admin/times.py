"""Choosing a time for a visit, as staff do: from the openings, or any other with a warning.

Choosing is a GET that changes nothing and ends at one slot, free or not. What speaks against it
are its concerns; those about the practice's own rules staff may set aside.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from booking.actions import SETTABLE_ASIDE
from booking.admin.words import explain_refusal
from booking.availability import Slot, check, find_days, parse_slot_key
from booking.engine.rules import Code, Refusal
from booking.models import Appointment, Location, Practitioner, VisitType

DAYS_SHOWN = 5


class ListingForm(forms.Form):
    """Which openings to list. Every field may be left out."""

    first_day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(), label=_("Practitioner"), required=False, empty_label=_("Everybody")
    )

    def __init__(self, data: QueryDict, *, visit_type: VisitType) -> None:
        super().__init__(data)
        field = self.fields["practitioner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = visit_type.practitioners.filter(is_active=True)


class OtherTimeForm(forms.Form):
    """Any time at all, in the wall time of the location. `slot` is what it names."""

    prefix = "other"

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(is_active=True), label=_("Practitioner")
    )
    location = forms.ModelChoiceField(Location.objects.filter(is_active=True), label=_("Location"))
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if abs((day - timezone.localdate()).days) > 2 * 365:
            raise forms.ValidationError(_("Choose a day within two years."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            zone = values["location"].zone
            wall = datetime.combine(values["day"], values["time"]).replace(second=0, microsecond=0)
            start = wall.replace(tzinfo=zone).astimezone(UTC)
            if start.astimezone(zone).replace(tzinfo=None) != wall:
                raise forms.ValidationError(_("The clocks are put forward then: there is no such time."))
            values["start"] = start
        return values

    def name_slot(self, *, visit_type: VisitType) -> Slot:
        return _make_slot(
            visit_type=visit_type,
            practitioner=self.cleaned_data["practitioner"],
            location=self.cleaned_data["location"],
            start=self.cleaned_data["start"],
        )


def _make_slot(
    *, visit_type: VisitType, practitioner: Practitioner, location: Location, start: datetime
) -> Slot:
    end = start + timedelta(minutes=visit_type.duration)
    return Slot(start=start, end=end, practitioner=practitioner, location=location)


def read_slot(key: str, *, visit_type: VisitType) -> Slot:
    """Return the slot that a form field names. Raises ValueError."""
    choice = parse_slot_key(key)
    return _make_slot(
        visit_type=visit_type,
        practitioner=choice.practitioner,
        location=choice.location,
        start=choice.start,
    )


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that speaks against a time."""

    code: Code
    sentence: str
    may_be_set_aside: bool


def find_concerns(slot: Slot, *, visit_type: VisitType, ignoring: Appointment | None = None) -> list[Concern]:
    refusals = check(
        visit_type=visit_type,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        ignoring=ignoring,
    )
    return [_describe(refusal) for refusal in refusals]


def _describe(refusal: Refusal) -> Concern:
    return Concern(
        code=refusal.code,
        sentence=explain_refusal(refusal),
        may_be_set_aside=refusal.code in SETTABLE_ASIDE,
    )


def read_set_aside(codes: Iterable[str]) -> frozenset[Code]:
    """Return the rules that staff were warned about and set aside; anything else sent is ignored."""
    sent = set(codes)
    return frozenset(code for code in SETTABLE_ASIDE if code.value in sent)


@dataclass(frozen=True, slots=True)
class Group:
    """Openings of one practitioner at one location on one day."""

    practitioner: Practitioner
    location: Location
    slots: list[Slot]


def list_openings(
    query: QueryDict, *, visit_type: VisitType, ignoring: Appointment | None = None
) -> dict[str, Any]:
    """Return a few days of openings for a template, from the day and for the practitioner asked for."""
    form = ListingForm(query, visit_type=visit_type)
    wanted = form.cleaned_data if form.is_valid() else {}
    today = timezone.localdate()
    last_day = today + timedelta(days=visit_type.booking_horizon)
    first_day = min(max(wanted.get("first_day") or today, today), last_day)
    days = find_days(
        visit_type=visit_type,
        first_day=first_day,
        days=DAYS_SHOWN,
        practitioner=wanted.get("practitioner"),
        ignoring=ignoring,
    )
    later = first_day + timedelta(days=DAYS_SHOWN)
    asked = {"visit_type": visit_type.pk}
    if wanted.get("practitioner"):
        asked["clinician"] = wanted["practitioner"].pk
    return {
        "listing_form": form,
        "days": [(day, _group(day.slots)) for day in days],
        "earlier": max(first_day - timedelta(days=DAYS_SHOWN), today) if first_day > today else None,
        "later": later if later <= last_day else None,
        # The desk's page that says why a day has none; the day comes behind it.
        "why_query": urlencode(asked),
    }


def _group(slots: Iterable[Slot]) -> list[Group]:
    groups: dict[tuple[int, int], Group] = {}
    for slot in slots:
        key = (slot.practitioner.pk, slot.location.pk)
        group = groups.setdefault(
            key, Group(practitioner=slot.practitioner, location=slot.location, slots=[])
        )
        group.slots.append(slot)
    return list(groups.values())
