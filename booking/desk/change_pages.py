"""Pages that change one visit: cancel it, move it, take back what was just done."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from booking import actions
from booking.actions import Actor
from booking.admin.forms import CancelForm
from booking.desk import times
from booking.desk.answers import (
    UNDO_MOVE,
    UNDO_STEP,
    answer_change,
    attempt,
    find_visit_to_change,
    is_stale,
    show_in_panel,
    tell_of_mail,
)
from booking.desk.parts import record_visit
from booking.desk.together import read_together
from booking.desk.visits import explain_stale
from booking.engine.states import Status as State
from booking.engine.states import can_move
from booking.models import Appointment
from booking.models.appointment import Status
from booking.models.history import AppointmentEvent
from booking.templatetags.times import clock, full_day


@require_POST
def set_language(request: HttpRequest, pk: int) -> HttpResponse:
    """Write about the visit in another language from now on."""
    visit = find_visit_to_change(request, pk)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        kept = attempt(request, lambda: actions.keep_language(appointment=visit, language=language))
        if kept is not None:
            told = _("From now on mails are in this language: %(language)s.")
            messages.success(request, told % {"language": visit.get_language_display()})
    return answer_change(request, pk)


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask who cancels, once, then cancel."""
    visit = find_visit_to_change(request, pk)
    if visit.is_hold or not can_move(State(visit.status), State.CANCELLED):
        messages.error(request, explain_stale(visit))
        return answer_change(request, pk)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        mail = tell_of_mail(visit)
        record_visit(request, visit)
        return show_in_panel(
            request,
            "cancel.html",
            title=_("Cancel a visit"),
            visit=visit,
            form=form,
            mail=mail,
            together=read_together(visit, user=request.user),
        )
    if is_stale(request, visit):
        return answer_change(request, pk)
    reason, by = form.cleaned_data["reason"], Actor.staff(request.user)
    if attempt(request, lambda: actions.cancel(appointment=visit, reason=reason, by=by), visit=visit):
        messages.success(request, f"{_('Cancelled.')} {tell_of_mail(visit)}", extra_tags=UNDO_STEP)
    return answer_change(request, pk)


class MoveForm(forms.Form):
    """How a visit moves. `asks_why`: rules are set aside for it."""

    tell = forms.BooleanField(label=gettext_lazy("Email the patient"), required=False, initial=True)
    note = forms.CharField(
        label=gettext_lazy("Why this time all the same?"),
        required=False,
        max_length=AppointmentEvent._meta.get_field("note").max_length,
    )

    def __init__(self, data: Any = None, *, visit: Appointment, asks_why: bool) -> None:
        super().__init__(data, label_suffix="")
        if visit.related_person is not None and visit.contact == visit.related_person:
            self.fields["tell"].label = _("Email %(person)s") % {"person": visit.related_person}
        if asks_why:
            self.fields["note"].required = True
            self.fields["note"].error_messages["required"] = _("Write why you choose this time all the same.")
        else:
            del self.fields["note"]


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """List the nearest openings; with a chosen time tell what speaks against it; a POST moves."""
    visit = find_visit_to_change(request, pk)
    if visit.status != Status.BOOKED:
        messages.error(
            request, _("Only a booked visit can be moved. This one is: %(status)s.") % _state(visit)
        )
        return answer_change(request, pk)
    sent = request.POST if request.method == "POST" else request.GET
    other = times.OtherTimeForm(sent if "check_other" in sent else None, user=request.user)
    chosen = _read_chosen(request, visit, other)
    form = MoveForm(visit=visit, asks_why=chosen is not None and bool(chosen.concerns))
    if request.method == "POST" and chosen is not None:
        if is_stale(request, visit):
            return answer_change(request, pk)
        # What was never shown was never set aside: another press is asked for.
        if times.read_set_aside(request.POST.getlist("anyway")).issuperset(chosen.codes):
            form = MoveForm(request.POST, visit=visit, asks_why=bool(chosen.concerns))
            if form.is_valid() and _move(request, visit, chosen, form):
                return answer_change(request, pk)
            chosen = times.consider(
                chosen.slot, user=request.user, visit_type=visit.visit_type, ignoring=visit
            )
        else:
            form.initial = {"tell": "tell" in request.POST}
    record_visit(request, visit)
    return show_in_panel(
        request,
        "move.html",
        title=_("Move a visit"),
        visit=visit,
        together=read_together(visit, user=request.user),
        form=form,
        chosen=chosen,
        other=other,
        nearest=times.find_nearest(visit, user=request.user)
        if chosen is None or not chosen.is_possible
        else None,
        openings=times.list_openings(
            request.GET, user=request.user, visit_type=visit.visit_type, ignoring=visit
        )
        if "first_day" in request.GET
        else None,
        listing_form=times.ListingForm(request.GET, user=request.user, visit_type=visit.visit_type),
    )


def _read_chosen(request: HttpRequest, visit: Appointment, other: times.OtherTimeForm) -> times.Chosen | None:
    if other.is_bound:
        if not other.is_valid():
            return None
        choice = other.choose()
    else:
        sent = request.POST if request.method == "POST" else request.GET
        if "slot" not in sent:
            return None
        try:
            choice = times.read_slot(sent.get("slot", ""), user=request.user)
        except ValueError:
            messages.error(request, _("We could not read that time. Please choose one of the times shown."))
            return None
    slot = times.make_slot(choice, visit_type=visit.visit_type)
    return times.consider(slot, user=request.user, visit_type=visit.visit_type, ignoring=visit)


def _move(request: HttpRequest, visit: Appointment, chosen: times.Chosen, form: MoveForm) -> bool:
    """Move it and say so. False: it was refused in the last moment, which is said as well."""
    slot, tell = chosen.slot, form.cleaned_data["tell"]
    moved = attempt(
        request,
        lambda: actions.move(
            appointment=visit,
            practitioner=slot.practitioner,
            location=slot.location,
            start=slot.start,
            by=Actor.staff(request.user),
            override=chosen.settable_codes,
            note=form.cleaned_data.get("note", ""),
            tell=tell,
        ),
        visit=visit,
    )
    if moved is None:
        return False
    if moved.version == visit.version:
        messages.info(request, _("The visit is already there. Nothing was changed."))
        return True
    # A mail that waited was replaced, whatever was ticked.
    event = moved.events.filter(kind=AppointmentEvent.Kind.MOVED).last()
    is_untold = event is not None and event.details.get("untold")
    told = _("No email about it: please tell the patient.") if is_untold else tell_of_mail(moved)
    messages.success(request, f"{_spell_new_time(moved)} {told}", extra_tags=UNDO_MOVE)
    return True


@require_POST
def move_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the last move."""
    visit = find_visit_to_change(request, pk)
    if not is_stale(request, visit):
        by = Actor.staff(request.user)
        back = attempt(request, lambda: actions.move_back(appointment=visit, by=by), visit=visit)
        if back is not None:
            messages.success(request, f"{_('Undone.')} {_spell_new_time(back)}")
    return answer_change(request, pk)


@require_POST
def unbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a booking of the desk."""
    visit = find_visit_to_change(request, pk)
    if not is_stale(request, visit):
        by = Actor.staff(request.user)
        undone = attempt(request, lambda: actions.unbook(appointment=visit, by=by), visit=visit)
        if undone is not None and undone.status == Status.CANCELLED:
            messages.success(request, f"{_('Undone: the visit is cancelled.')} {tell_of_mail(undone)}")
        elif undone is not None:
            messages.success(request, _("Undone: the visit is taken back. Nobody was told of it."))
    return answer_change(request, pk)


def _state(visit: Appointment) -> dict[str, str]:
    return {"status": visit.get_status_display()}


def _spell_new_time(visit: Appointment) -> str:
    # No name of a patient: messages may travel in a cookie.
    return _("The visit is now on %(day)s, %(clock)s, with %(name)s.") % {
        "day": full_day(visit.local_start),
        "clock": clock(visit.local_start),
        "name": visit.practitioner.display_name,
    }
