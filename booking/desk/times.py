"""Choosing a time for a visit, as staff do: from the openings, or any other with a warning.

Choosing changes nothing and ends at one slot, free or not. What speaks against it are its concerns;
those about the practice's own rules staff may set aside, and say why.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from booking import scope
from booking.actions import SETTABLE_ASIDE
from booking.admin.words import explain_refusal
from booking.availability import Slot, SlotChoice, check, find_slots, parse_slot_key
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

    def __init__(self, data: QueryDict, *, user: Any, visit_type: VisitType) -> None:
        super().__init__(data, label_suffix="")
        field = self.fields["practitioner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = scope.visible_practitioners(user).filter(is_active=True, visit_types=visit_type)


class OtherTimeForm(forms.Form):
    """Any time at all, in the wall time of the location."""

    prefix = "other"
    use_required_attribute = False

    practitioner = forms.ModelChoiceField(Practitioner.objects.none(), label=_("Clinician"))
    location = forms.ModelChoiceField(Location.objects.filter(is_active=True), label=_("Location"))
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, data: QueryDict | None, *, user: Any) -> None:
        super().__init__(data, label_suffix="")
        field = self.fields["practitioner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = scope.visible_practitioners(user).filter(is_active=True)

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


def read_slot(key: str, *, user: Any) -> SlotChoice:
    """Return the time that an address or a button names.

    Raises ValueError where it names none, or one of a clinician whose calendar is not for `user`.
    """
    choice = parse_slot_key(key)
    if not scope.may_see_calendar(user, choice.practitioner):
        raise ValueError(key)
    return choice


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

    @property
    def settable_codes(self) -> frozenset[Code]:
        """Of those, what may be set aside."""
        return frozenset(concern.code for concern in self.concerns if concern.may_be_set_aside)


def consider(
    slot: Slot,
    *,
    user: Any,
    visit_type: VisitType,
    patient: Patient | None = None,
    ignoring: Appointment | None = None,
) -> Chosen:
    """Return the slot with what speaks against it: for a visit that moves, or for a patient if known.

    Whether any of it may be set aside depends on `user` too.
    """
    refusals = check(
        visit_type=visit_type,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        patient=patient,
        ignoring=ignoring,
    )
    return make_chosen(slot, refusals, user=user)


def make_chosen(slot: Slot, refusals: Iterable[Refusal], *, user: Any) -> Chosen:
    settable = SETTABLE_ASIDE if scope.may_override(user) else frozenset()
    return Chosen(slot=slot, concerns=[_describe(refusal, settable) for refusal in refusals])


def _describe(refusal: Refusal, settable: Container[Code]) -> Concern:
    return Concern(
        code=refusal.code,
        sentence=explain_refusal(refusal),
        may_be_set_aside=refusal.code in settable,
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


def find_nearest(visit: Appointment, *, user: Any) -> Nearest:
    """Return where `user` could move a visit to, at most NEAREST each, the nearest first."""
    today = timezone.localdate()
    day = visit.local_start.date()
    slots = find_slots(
        visit_type=visit.visit_type,
        first_day=max(today, day - timedelta(days=DAYS_BEFORE)),
        last_day=max(today, day) + timedelta(days=DAYS_AFTER),
        ignoring=visit,
    )
    slots.sort(key=lambda slot: abs(slot.start - visit.start))
    seen = [slot for slot in slots if scope.may_see_calendar(user, slot.practitioner)]
    return Nearest(
        same=[slot for slot in seen if slot.practitioner == visit.practitioner][:NEAREST],
        others=[slot for slot in seen if slot.practitioner != visit.practitioner][:NEAREST],
    )


@dataclass(frozen=True)
class Openings:
    """The first openings from a day on, with the form that asks for another day or clinician."""

    form: ListingForm
    visit_type: VisitType
    slots: list[Slot]
    first_day: date
    last_day: date

    @property
    def why_query(self) -> str:
        """The address of the page that says why its first day has none, as far as this knows it."""
        asked = {"visit_type": str(self.visit_type.pk), "day": self.first_day.isoformat()}
        practitioner = self.form.cleaned_data.get("practitioner") if self.form.is_valid() else None
        if practitioner is not None:
            asked["clinician"] = str(practitioner.pk)
        return urlencode(asked)


def list_openings(
    query: QueryDict,
    *,
    user: Any,
    visit_type: VisitType,
    patient: Patient | None = None,
    ignoring: Appointment | None = None,
) -> Openings:
    """Return the first openings within DAYS_LISTED days, from the day and for the clinician asked for."""
    form = ListingForm(query, user=user, visit_type=visit_type)
    wanted = form.cleaned_data if form.is_valid() else {}
    today = timezone.localdate()
    horizon = today + timedelta(days=visit_type.booking_horizon)
    first_day = min(max(wanted.get("first_day") or today, today), horizon)
    last_day = first_day + timedelta(days=DAYS_LISTED - 1)
    practitioner, is_anybody = wanted.get("practitioner"), scope.sees_every_visit(user)
    if practitioner is None and not is_anybody:
        # An account belongs to one clinician at most.
        practitioner = scope.visible_practitioners(user).first()
    slots = (
        find_slots(
            visit_type=visit_type,
            first_day=first_day,
            last_day=last_day,
            limit=MOST_LISTED,
            practitioner=practitioner,
            patient=patient,
            ignoring=ignoring,
        )
        if practitioner is not None or is_anybody
        else []
    )
    return Openings(form=form, visit_type=visit_type, slots=slots, first_day=first_day, last_day=last_day)
