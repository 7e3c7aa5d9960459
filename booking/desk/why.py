"""Why a day offers no time, in words for the desk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import forms
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.availability import SlotChoice
from booking.availability.explaining import Candidate, Explanation, Reason, explain_day
from booking.availability.hours import Closing
from booking.desk.choice import FURTHEST
from booking.desk.words import spell_span
from booking.engine.rules import Code
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.templatetags.times import clock, spell_minutes


class WhyForm(forms.Form):
    """Whom, when and what somebody looked for. Also those who left: that is a reason."""

    clinician = forms.ModelChoiceField(
        Practitioner.objects.all(),
        label=gettext_lazy("Clinician"),
        error_messages={"required": gettext_lazy("Choose a clinician.")},
    )
    day = forms.DateField(
        label=gettext_lazy("Date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose a day.")},
    )
    visit_type = forms.ModelChoiceField(
        VisitType.objects.all(),
        label=gettext_lazy("Visit type"),
        error_messages={"required": gettext_lazy("Choose a visit type.")},
    )
    location = forms.ModelChoiceField(
        Location.objects.all(),
        label=gettext_lazy("Location"),
        required=False,
        empty_label=gettext_lazy("All locations"),
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if abs(day - timezone.localdate()) > FURTHEST:
            raise forms.ValidationError(_("Choose a day within three years."))
        return day


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that speaks against a start, and the visit that it is about."""

    words: str
    visit: Appointment | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One start on the clock of the place. Where it is offered, `slot` books it and there are no causes."""

    start: datetime
    slot: str
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The starts of one place, and how many of them are offered."""

    location: Location
    offered: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`general` speaks against every start of the day, or says who cannot see what is offered."""

    general: list[str]
    sheets: list[Sheet]


def explain(
    *,
    clinician: Practitioner,
    visit_type: VisitType,
    day: date,
    location: Location | None,
    now: datetime,
) -> Answer:
    explanations = explain_day(
        visit_type=visit_type, practitioner=clinician, day=day, location=location, now=now
    )
    return Answer(
        general=list(_list_general(clinician, visit_type, day, location, explanations)),
        sheets=[_make_sheet(one, clinician=clinician, visit_type=visit_type) for one in explanations],
    )


def _list_general(
    clinician: Practitioner,
    visit_type: VisitType,
    day: date,
    location: Location | None,
    explanations: list[Explanation],
) -> Iterator[str]:
    names = {"clinician": clinician.display_name, "visit_type": visit_type.name}
    if not clinician.is_active:
        yield _("%(clinician)s does not take appointments.") % names
    if not visit_type.practitioners.filter(pk=clinician.pk).exists():
        yield _("%(clinician)s does not do this type: %(visit_type)s.") % names
    if not visit_type.is_public:
        yield _("Patients cannot book this type online: %(visit_type)s. Staff can.") % names
    if location is not None and not location.is_active:
        yield _("%(location)s is not open for booking.") % {"location": location}
    elif not explanations:
        weekday = dateformat.format(day, "l")
        if location is None:
            yield _("%(clinician)s has no hours on this %(weekday)s.") % {**names, "weekday": weekday}
        else:
            yield _("%(clinician)s has no hours at %(location)s on this %(weekday)s.") % {
                **names,
                "location": location,
                "weekday": weekday,
            }
    for explanation in explanations:
        if explanation.is_closed:
            closings = ", ".join(dict.fromkeys(map(_name_closing, explanation.closings)))
            yield _("All day at %(location)s: %(closings)s.") % {
                "location": explanation.location,
                "closings": closings,
            }


def _make_sheet(explanation: Explanation, *, clinician: Practitioner, visit_type: VisitType) -> Sheet:
    zone = explanation.location.zone
    lines = []
    for candidate in explanation.candidates:
        slot = SlotChoice(start=candidate.start, practitioner=clinician, location=explanation.location)
        lines.append(
            Line(
                start=slot.local_start,
                slot=slot.key if candidate.is_offered else "",
                causes=tuple(_list_causes(candidate, zone=zone)),
            )
        )
    return Sheet(location=explanation.location, offered=explanation.offered, lines=tuple(lines))


def _list_causes(candidate: Candidate, *, zone: ZoneInfo) -> Iterator[Cause]:
    if candidate.is_break:
        yield Cause(_("Break"))
        return
    codes = {reason.refusal.code for reason in candidate.reasons}
    if Code.PAST in codes:
        # Nothing else matters any more.
        yield Cause(_("It has passed"))
        return
    for reason in candidate.reasons:
        yield from _spell(reason, candidate, zone=zone)


def _spell(reason: Reason, candidate: Candidate, *, zone: ZoneInfo) -> Iterable[Cause]:
    """Return what to say of one reason: a cause for each visit in the way, else one."""
    refusal = reason.refusal
    match refusal.code:
        case Code.TAKEN:
            return [Cause(_name_visit(visit, candidate, zone=zone), visit) for visit in reason.visits]
        case Code.CLOSED:
            return [Cause(name) for name in dict.fromkeys(map(_name_closing, reason.closings))]
        case Code.KEPT:
            return [Cause(_("Kept for: %(name)s") % {"name": name}) for name in _list_names(reason)]
        case Code.TOO_SOON:
            notice = spell_minutes(refusal.minutes or 0)
            words = _("Sooner than the notice of %(notice)s") % {"notice": notice}
        case Code.TOO_FAR:
            words = ngettext(
                "Beyond the %(count)d day that can be booked ahead",
                "Beyond the %(count)d days that can be booked ahead",
                refusal.count or 0,
            ) % {"count": refusal.count or 0}
        case Code.DAY_FULL:
            words = _("The day's limit of %(count)d is reached") % {"count": refusal.count or 0}
        case Code.NO_ROOM:
            words = _name_rooms(reason)
        case Code.WRONG_PRACTITIONER:
            words = _("Not with this clinician")
        case _other:
            # Of the grid's own starts the hours can only be too short.
            assert candidate.closes_at is not None
            words = _("It would last until %(end)s, and the hours end at %(closes)s") % {
                "end": clock(candidate.end.astimezone(zone)),
                "closes": clock(candidate.closes_at.astimezone(zone)),
            }
    return [Cause(words)]


def _name_visit(visit: Appointment, candidate: Candidate, *, zone: ZoneInfo) -> str:
    start, end = visit.start.astimezone(zone), visit.end.astimezone(zone)
    if candidate.start >= visit.end:
        return _("Kept free after the %(clock)s visit") % {"clock": clock(start)}
    if candidate.end <= visit.start:
        return _("Kept free before the %(clock)s visit") % {"clock": clock(start)}
    if visit.is_hold and visit.hold_expires_at is not None:
        until = clock(visit.hold_expires_at.astimezone(zone))
        return _("Held online until %(clock)s: %(span)s") % {"clock": until, "span": spell_span(start, end)}
    if candidate.start < visit.start:
        return _("Not enough time before the %(clock)s visit") % {"clock": clock(start)}
    return _("Already a visit: %(span)s, %(visit_type)s") % {
        "span": spell_span(start, end),
        "visit_type": visit.visit_type,
    }


def _list_names(reason: Reason) -> Iterable[str]:
    return dict.fromkeys(keeping.name for keeping in reason.kept)


def _name_closing(closing: Closing) -> str:
    kind = _("Away") if closing.is_away else _("Closed")
    return f"{kind}: {closing.label}" if closing.label else kind


def _name_rooms(reason: Reason) -> str:
    if not reason.rooms:
        return _("No room here is for this type of visit")
    names = {"rooms": _(" and ").join(room.name for room in reason.rooms)}
    taken = ngettext(
        "No room free: %(rooms)s is taken", "No room free: %(rooms)s are taken", len(reason.rooms)
    )
    return taken % names
