"""The day, the steps of its visits, its search and its list on paper."""

from typing import cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_list_or_404, get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.models import Entry
from audit.reads import record_shown
from booking import scope
from booking.actions import Actor
from booking.admin.steps import STEPS, Step
from booking.desk.access import show
from booking.desk.answers import (
    UNDO_STEP,
    answer_change,
    attempt,
    find_visit,
    find_visit_to_change,
    is_partial,
    is_stale,
    show_visit,
)
from booking.desk.choice import read_choice
from booking.desk.parts import draw_day, draw_visit, pick_changed, record_search
from booking.desk.printing import list_sheets
from booking.desk.read import read_day
from booking.desk.search import find_patients
from booking.desk.visits import MAILS, MAILS_TOGETHER, read_panel
from booking.models import Appointment
from outbox.admin import OutboxMessageAdmin
from outbox.models import OutboxMessage


@require_GET
def show_day(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    choice = read_choice(request.GET, now=now)
    parts = draw_day(request, read_day(choice, now=now, user=request.user))
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
    parts = draw_day(request, read_day(choice, now=now, user=request.user))
    opened = request.GET.get("open", "")
    if opened.isdecimal() and len(opened) <= 18:
        visit = scope.visible_visits(request.user).with_parts().filter(pk=opened).first()
        if visit is not None:
            parts.append(draw_visit(request, read_panel(visit, now=now)))
    changed = pick_changed(parts, seen=request.GET.getlist("seen"))
    if not changed:
        return HttpResponse(status=204)
    return render(request, "desk/refresh.html", {"parts": changed})


@require_GET
def open_visit(request: HttpRequest, pk: int) -> HttpResponse:
    return show_visit(request, find_visit(request, pk))


@require_POST
def take_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the step named in the button, unless the visit is no longer as the page showed it."""
    visit = find_visit_to_change(request, pk)
    step = STEPS.get(request.POST.get("step", ""))
    if step is None:
        messages.error(request, _("This step does not exist."))
    elif not is_stale(request, visit):
        _act(request, visit, step)
    return answer_change(request, pk)


def _act(request: HttpRequest, visit: Appointment, step: Step) -> None:
    by = Actor.staff(request.user)
    changed = attempt(request, lambda: step.act(appointment=visit, by=by), visit=visit)
    if changed is None:
        return
    status = {"status": changed.get_status_display()}
    if step.target is None:
        messages.success(request, _("Undone. The visit is again: %(status)s.") % status)
    else:
        messages.success(request, _("Marked as: %(status)s.") % status, extra_tags=UNDO_STEP)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a mail about a visit once more, as the outbox's own page does."""
    outbox = cast(OutboxMessageAdmin, admin.site.get_model_admin(OutboxMessage))
    message = get_object_or_404(outbox.get_queryset(request), pk=pk, kind__in=[*MAILS, *MAILS_TOGETHER])
    if not outbox.has_steer_permission(request):
        raise PermissionDenied
    outbox.send_again(request, OutboxMessage.objects.filter(pk=message.pk))
    if message.kind in MAILS:
        return answer_change(request, message.subject_id)
    # A mail about several visits: back to the first of them.
    [first, *_rest] = get_list_or_404(scope.visible_visits(request.user), group=message.subject_id)
    return answer_change(request, first.pk)


@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Find patients. By POST, though nothing changes: what is typed must not stand in an address."""
    if not request.user.has_perm("booking.view_patient"):
        raise PermissionDenied
    words = request.POST.get("words", "")
    answer = find_patients(words, now=timezone.now(), user=request.user) if words.strip() else None
    if answer is not None:
        record_search(request, answer)
    if is_partial(request):
        return render(request, "desk/found.html", {"answer": answer})
    return show(request, "find.html", title=_("Find a patient"), words=words, answer=answer)


@require_GET
def print_day(request: HttpRequest) -> HttpResponse:
    """The day on paper: a page for each clinician, or for each location."""
    now = timezone.now()
    choice = read_choice(request.GET, now=now)
    by_location = request.GET.get("by") == "location"
    sheets = list_sheets(read_day(choice, now=now, user=request.user), by_location=by_location)
    record_shown(
        request,
        [line.visit.patient_id for sheet in sheets for line in sheet.lines],
        kind=Entry.Kind.PRINTED,
        detail=choice.day.isoformat(),
    )
    return show(
        request,
        "print.html",
        title=_("Printed list"),
        choice=choice,
        sheets=sheets,
        by_location=by_location,
        printed_at=now.astimezone(choice.zone),
    )
