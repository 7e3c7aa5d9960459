"""What the pages about one visit answer: with htmx a part of the day's page, without it a page or a way."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from booking import scope
from booking.actions import BookingError, NotAllowed
from booking.admin.words import explain_error
from booking.desk.access import show
from booking.desk.parts import draw_visit
from booking.desk.visits import explain_stale, read_panel
from booking.models import Appointment

# The page hears it and asks what is new.
CHANGED = "desk-changed"

# What an action gives: a visit, or a wish.
Done = TypeVar("Done")

# Tags of messages: which way back stands beside the outcome.
UNDO_STEP, UNDO_MOVE, UNDO_BOOKING = "undo-step", "undo-move", "undo-booking"
UNDO_TOGETHER = "undo-together"


def find_visit(request: HttpRequest, pk: int) -> Appointment:
    """Raises Http404 for a visit that whoever asks may not see, as for one that is none."""
    return get_object_or_404(scope.visible_visits(request.user).with_parts(), pk=pk)


def find_visit_to_change(request: HttpRequest, pk: int) -> Appointment:
    """Raises Http404 as `find_visit`, and PermissionDenied for one that was opened only to look at it."""
    visit = find_visit(request, pk)
    if not scope.may_change_visit(request.user, visit):
        raise PermissionDenied
    return visit


def is_partial(request: HttpRequest) -> bool:
    """Say whether htmx asks, which wants the inside of the panel."""
    return bool(request.htmx)  # type: ignore[attr-defined]


def show_in_panel(request: HttpRequest, template: str, *, title: str, **context: Any) -> HttpResponse:
    """Draw what stands in the panel beside the day, or on a page of its own."""
    if is_partial(request):
        return render(request, f"desk/{template}", context)
    return show(request, "panel_page.html", title=title, panel_template=f"desk/{template}", **context)


def show_visit(request: HttpRequest, visit: Appointment) -> HttpResponse:
    panel = read_panel(visit, now=timezone.now())
    part = draw_visit(request, panel).html
    return show_in_panel(request, "panel.html", title=_("Visit"), panel=panel, visit=visit, part=part)


def answer_change(request: HttpRequest, pk: int) -> HttpResponse:
    """With htmx the panel as it is now, and the page is told; without it a redirect to the visit's page."""
    if not is_partial(request):
        return redirect("desk:visit", pk)
    return trigger_client_event(show_visit(request, find_visit(request, pk)), CHANGED, after="swap")


def is_stale(request: HttpRequest, visit: Appointment) -> bool:
    """Say whether the visit is no longer as the page showed it, and tell so.

    Every form sends the version that it shows; those whose meaning hangs on it send the status too.
    """
    seen = request.POST.get("version"), request.POST.get("from", visit.status)
    if seen == (str(visit.version), visit.status):
        return False
    messages.error(request, explain_stale(visit))
    return True


def tell_of_mail(visit: Appointment) -> str:
    """Say who gets an email about what was just done to the visit, or that nobody does."""
    if visit.end <= timezone.now():
        return _("No email goes out: the visit is over.")
    if visit.contact is None or not visit.contact.email:
        return _("There is no email address: please call.")
    if visit.contact == visit.related_person:
        return _("An email goes to whoever is called for the patient.")
    return _("An email goes to the patient.")


def attempt(
    request: HttpRequest, act: Callable[[], Done], *, visit: Appointment | None = None
) -> Done | None:
    """Do it. None: it was refused, and the page will say why. `visit` is what it would change."""
    try:
        return act()
    except BookingError as error:
        if isinstance(error, NotAllowed) and visit is not None:
            messages.error(request, explain_stale(find_visit(request, visit.pk)))
        else:
            messages.error(request, explain_error(error))
        return None
