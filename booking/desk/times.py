"""Choosing a time for a visit, as staff do: from the openings, or any other with a warning.

Choosing changes nothing and ends at one slot, free or not. What speaks against it are its concerns;
those about the practice's own rules staff may set aside, and say why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.actions import SETTABLE_ASIDE
from booking.admin.words import explain_refusal
from booking.availability import Slot, SlotChoice, check, find_slots
from booking.engine.rules import Code, Refusal
from booking.models import Appointment, Location, Patient, Practitioner, VisitType

# From a day on: so many days are looked at, and so many openings listed.
DAYS_LISTED, MOST_LISTED = 14, 12
# Near a visit: so many days before and after it are looked at, and so many openings shown.
DAYS_BEFORE, DAYS_AFTER = 3, 14
NEAREST = 6


class ListingForm(forms.Form):
    """Which openings to list. Every field may be left out."""

    first_day = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(), label=_("Clinician"), required=False, empty_label=_("Everybody")
    )

    def __init__(self, data: QueryDict, *, visit_type: VisitType) -> None:
        super().__init__(data, label_suffix="")
        field = self.fields["practitioner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = visit_type.practitioners.filter(is_active=True)


class OtherTimeForm(forms.Form):
    """Any time at all, in the wall time of the location."""

    prefix = "other"
    use_required_attribute = False

    practitioner = forms.ModelChoiceField(Practitioner.objects.filter(is_active=True), label=_("Clinician"))
    location = forms.ModelChoiceField(Location.objects.filter(is_active=True), label=_("Location"))
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data, label_suffix="")

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

    def choose(self) -> SlotChoice:
        """Return the time. The form must be valid."""
        said = self.cleaned_data
        return SlotChoice(practitioner=said["practitioner"], location=said["location"], start=said["start"])


def make_slot(choice: SlotChoice, *, visit_type: VisitType) -> Slot:
    """Return the time that a visit of this type takes there. It may not be free."""
    return Slot(
        start=choice.start,
        end=choice.start + timedelta(minutes=visit_type.duration),
        practitioner=choice.practitioner,
        location=choice.location,
    )


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that speaks against a time."""

    code: Code
    sentence: str
    may_be_set_aside: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """A slot that was chosen, and all that speaks against it."""

    slot: Slot
    concerns: list[Concern]

    @property
    def is_possible(self) -> bool:
        return all(concern.may_be_set_aside for concern in self.concerns)

    @property
    def codes(self) -> frozenset[Code]:
        return frozenset(concern.code for concern in self.concerns)


def consider(
    slot: Slot, *, visit_type: VisitType, patient: Patient | None = None, ignoring: Appointment | None = None
) -> Chosen:
    """Return the slot with what speaks against it: for a visit that moves, or for a patient if known."""
    refusals = check(
        visit_type=visit_type,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        patient=patient,
        ignoring=ignoring,
    )
    return Chosen(slot=slot, concerns=[_describe(refusal) for refusal in refusals])


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
class Nearest:
    """The openings that lie nearest to a visit: with its own clinician, and with others."""

    same: list[Slot]
    others: list[Slot]


def find_nearest(visit: Appointment) -> Nearest:
    """Return where a visit could move to, at most NEAREST each, the nearest first."""
    today = timezone.localdate()
    day = visit.local_start.date()
    slots = find_slots(
        visit_type=visit.visit_type,
        first_day=max(today, day - timedelta(days=DAYS_BEFORE)),
        last_day=max(today, day) + timedelta(days=DAYS_AFTER),
        ignoring=visit,
    )
    slots.sort(key=lambda slot: abs(slot.start - visit.start))
    here = (visit.start, visit.practitioner, visit.location)
    others = [slot for slot in slots if (slot.start, slot.practitioner, slot.location) != here]
    return Nearest(
        same=[slot for slot in others if slot.practitioner == visit.practitioner][:NEAREST],
        others=[slot for slot in others if slot.practitioner != visit.practitioner][:NEAREST],
    )


@dataclass(frozen=True)
class Openings:
    """The first openings from a day on, with the form that asks for another day or clinician."""

    form: ListingForm
    slots: list[Slot]
    first_day: date
    last_day: date


def list_openings(
    query: QueryDict,
    *,
    visit_type: VisitType,
    patient: Patient | None = None,
    ignoring: Appointment | None = None,
) -> Openings:
    """Return the first openings within DAYS_LISTED days, from the day and for the clinician asked for."""
    form = ListingForm(query, visit_type=visit_type)
    wanted = form.cleaned_data if form.is_valid() else {}
    today = timezone.localdate()
    horizon = today + timedelta(days=visit_type.booking_horizon)
    first_day = min(max(wanted.get("first_day") or today, today), horizon)
    last_day = first_day + timedelta(days=DAYS_LISTED - 1)
    slots = find_slots(
        visit_type=visit_type,
        first_day=first_day,
        last_day=last_day,
        limit=MOST_LISTED,
        practitioner=wanted.get("practitioner"),
        patient=patient,
        ignoring=ignoring,
    )
    return Openings(form=form, slots=slots, first_day=first_day, last_day=last_day)
