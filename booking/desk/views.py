"""The pages of the desk. With htmx some answer with the part that changes; without it each is a page."""

from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from booking.actions import Actor, BookingError, NotAllowed
from booking.admin.forms import NewVisitForm
from booking.admin.steps import STEPS, Step
from booking.admin.words import explain_error
from booking.availability import parse_slot_key
from booking.desk.access import show
from booking.desk.choice import read_choice
from booking.desk.parts import draw_day, draw_visit, pick_changed
from booking.desk.printing import list_sheets
from booking.desk.read import read_day
from booking.desk.search import find_patients
from booking.desk.visits import MAILS, explain_stale, read_panel
from booking.models import Appointment
from outbox.admin import OutboxMessageAdmin
from outbox.models import OutboxMessage

# The page hears it and asks what is new.
CHANGED = "desk-changed"
UNDOABLE = "undoable"


@require_GET
def show_day(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    choice = read_choice(request.GET, now=now)
    parts = draw_day(request, read_day(choice, now=now))
    return show(
        request,
        "day.html",
        title=_("Desk"),
        choice=choice,
        parts={part.name: part.html for part in parts},
        now=now.astimezone(choice.zone),
    )


@require_GET
def refresh(request: HttpRequest) -> HttpResponse:
    """What changed since the page was drawn; 204 where nothing did."""
    now = timezone.now()
    choice = read_choice(request.GET, now=now)
    parts = draw_day(request, read_day(choice, now=now))
    opened = request.GET.get("open", "")
    if opened.isdecimal() and len(opened) <= 18:
        visit = Appointment.objects.with_parts().filter(pk=opened).first()
        if visit is not None:
            parts.append(draw_visit(request, read_panel(visit, now=now)))
    changed = pick_changed(parts, seen=request.GET.getlist("seen"))
    if not changed:
        return HttpResponse(status=204)
    return render(request, "desk/refresh.html", {"parts": changed})


@require_GET
def show_visit(request: HttpRequest, pk: int) -> HttpResponse:
    return _show_visit(request, _find_visit(pk))


@require_POST
def take_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the step named in the button, unless the visit is no longer as the page showed it."""
    visit = _find_visit(pk)
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        messages.error(request, _("This step does not exist."))
    elif request.POST.get("from", visit.status) != visit.status:
        messages.error(request, explain_stale(visit))
    else:
        _act(request, visit, step)
    return _answer_change(request, pk)


def _act(request: HttpRequest, visit: Appointment, step: Step) -> None:
    try:
        changed = step.act(appointment=visit, by=Actor.staff(request.user))
    except NotAllowed:
        messages.error(request, explain_stale(_find_visit(visit.pk)))
    except BookingError as error:
        messages.error(request, explain_error(error))
    else:
        status = {"status": changed.get_status_display()}
        if step.target is None:
            messages.success(request, _("Undone. The visit is again: %(status)s.") % status)
        else:
            messages.success(request, _("Marked as: %(status)s.") % status, extra_tags=UNDOABLE)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a mail about a visit once more, as the outbox's own page does."""
    message = get_object_or_404(OutboxMessage, pk=pk, kind__in=MAILS)
    outbox = cast(OutboxMessageAdmin, admin.site.get_model_admin(OutboxMessage))
    if not outbox.has_steer_permission(request):
        raise PermissionDenied
    outbox.send_again(request, OutboxMessage.objects.filter(pk=message.pk))
    return _answer_change(request, message.subject_id)


@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Find patients. By POST, though nothing changes: what is typed must not stand in an address."""
    words = request.POST.get("words", "")
    context = {"words": words, "found": find_patients(words, now=timezone.now()) if words.strip() else None}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "desk/found.html", context)
    return show(request, "find.html", title=_("Find a patient"), **context)


@require_GET
def book(request: HttpRequest) -> HttpResponse:
    """Ask for whom and what; the admin's page for booking goes on from there with the time known."""
    if not (
        request.user.has_perm("booking.add_appointment") and request.user.has_perm("booking.view_patient")
    ):
        raise PermissionDenied
    key = request.GET.get("slot", "")
    try:
        slot = parse_slot_key(key)
    except ValueError:
        messages.error(request, _("We could not read that time. Please choose one of the times shown."))
        return redirect("desk:day")
    form = NewVisitForm()
    cast("ModelChoiceField", form.fields["visit_type"]).queryset = slot.practitioner.visit_types.all()
    return show(
        request,
        "book.html",
        title=_("Book a visit"),
        form=form,
        slot=slot,
        key=key,
        start=slot.start.astimezone(slot.location.zone),
    )


@require_GET
def print_day(request: HttpRequest) -> HttpResponse:
    """The day on paper: a page for each clinician, or for each location."""
    now = timezone.now()
    choice = read_choice(request.GET, now=now)
    by_location = request.GET.get("by") == "location"
    sheets = list_sheets(read_day(choice, now=now), by_location=by_location)
    return show(
        request,
        "print.html",
        title=_("Printed list"),
        choice=choice,
        sheets=sheets,
        by_location=by_location,
        printed_at=now.astimezone(choice.zone),
    )


def _find_visit(pk: int) -> Appointment:
    return get_object_or_404(Appointment.objects.with_parts(), pk=pk)


def _show_visit(request: HttpRequest, visit: Appointment) -> HttpResponse:
    panel = read_panel(visit, now=timezone.now())
    context = {"panel": panel, "visit": visit, "part": draw_visit(request, panel).html}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "desk/panel.html", context)
    return show(request, "visit.html", title=_("Visit"), **context)


def _answer_change(request: HttpRequest, pk: int) -> HttpResponse:
    """With htmx the panel as it is now, and the page is told; without it a redirect to the visit's page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("desk:visit", pk)
    response = _show_visit(request, _find_visit(pk))
    return trigger_client_event(response, CHANGED, after="swap")
