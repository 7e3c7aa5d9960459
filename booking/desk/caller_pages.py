"""Pages for somebody on the phone or at the desk: book for them, print their confirmation."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods

from audit.models import Entry
from booking import actions, scope
from booking.actions import Actor
from booking.desk.access import show
from booking.desk.answers import (
    UNDO_BOOKING,
    UNDO_TOGETHER,
    answer_change,
    attempt,
    find_visit,
    show_in_panel,
    tell_of_mail,
)
from booking.desk.parts import record_visit, record_who
from booking.desk.planning import list_wanted
from booking.desk.slip import Slip
from booking.models import Appointment, Source
from booking.models.appointment import Status


@require_http_methods(["GET", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Write a caller's visit down, in any order; “Book” books it."""
    if not (
        request.user.has_perm("booking.add_appointment") and request.user.has_perm("booking.view_patient")
    ):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else request.GET
    slip = Slip(sent=sent, now=timezone.now(), user=request.user)
    if slip.is_new and not request.user.has_perm("booking.add_patient"):
        raise PermissionDenied
    if slip.is_unreadable:
        messages.error(request, _("We could not read that time. Please choose one of the times shown."))
    if request.method == "POST" and slip.is_asked_for and not slip.problems:
        visit = attempt(request, lambda: _book(slip, by=Actor.staff(request.user)))
        if visit is not None:
            undo = UNDO_BOOKING if visit.group_id is None else UNDO_TOGETHER
            messages.success(request, _tell_booked(visit), extra_tags=undo)
            if slip.patient is not None and request.user.has_perm("booking.view_waitlistentry"):
                _tell_of_wishes(request, visit)
            return answer_change(request, visit.pk)
        # Whatever was refused just now speaks against the time now: look again.
        slip = Slip(sent=request.POST, now=timezone.now(), user=request.user)
    record_who(request, slip)
    return show_in_panel(request, "slip.html", title=_("Book a visit"), slip=slip)


def _book(slip: Slip, *, by: Actor) -> Appointment:
    """Book what is on the slip, and return the first visit of it."""
    known = slip.patient
    visit = slip.notes.visit_details()
    said: dict[str, Any] = {
        "patient": known or replace(slip.new.patient_details(), language=visit.language),
        "by": by,
        "source": Source.STAFF,
        "visit": visit,
        "related_person": slip.notes.find_related_person() if known else slip.new.related_details(),
        "note": slip.why,
    }
    if slip.pair is not None:
        return actions.book_together(visits=slip.pair.list_wanted(), chain=slip.pair.chain, **said)[0]
    assert slip.visit_type is not None
    assert slip.chosen is not None
    if slip.plan is not None:
        wanted = list_wanted([slip.chosen, *slip.plan.kept], visit_type=slip.visit_type)
        return actions.book_together(visits=wanted, every_weeks=slip.plan.every_weeks, **said)[0]
    slot = slip.chosen.slot
    return actions.book_visit(
        visit_type=slip.visit_type,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        override=slip.chosen.settable_codes,
        **said,
    )


def _tell_booked(visit: Appointment) -> str:
    assert visit.contact is not None
    booked = _("Booked.")
    if visit.group is not None:
        booked = _("Booked: %(count)d visits.") % {"count": visit.group.visits.count()}
    if visit.contact.email:
        return f"{booked} {tell_of_mail(visit)}"
    return f"{booked} {_('There is no email address: read it out, or print the confirmation.')}"


def _tell_of_wishes(request: HttpRequest, visit: Appointment) -> None:
    """Name the wishes for such a visit that wait on: what they are offered would be one more visit."""
    wishes = (
        scope.visible_wishes(request.user)
        .waiting()
        .filter(patient=visit.patient, visit_type=visit.visit_type, appointment__isnull=True)
    )
    for wish in wishes.filter(until__gte=timezone.localdate()):
        told = _("They still wait for such a visit, and are offered times: take them off if they need none.")
        link = format_html('<a href="{}">{}</a>', reverse("desk:wish", args=[wish.pk]), _("Show the wish"))
        messages.warning(request, format_html("{} {}", told, link))


@require_GET
def print_confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """The confirmation on paper: all that a mail would tell, and no more. 404 for what is not booked."""
    visit = find_visit(request, pk)
    if visit.status != Status.BOOKED:
        raise Http404
    record_visit(request, visit, kind=Entry.Kind.PRINTED)
    # In UTC: a zone's own arithmetic is on the wall clock, and an hour off where clocks change.
    arrive_at = visit.start - timedelta(minutes=visit.visit_type.arrive_early)
    change_until = visit.start - timedelta(minutes=visit.visit_type.change_cutoff)
    with override(visit.language):
        find_url = settings.PUBLIC_URL + reverse("visits:find")
    return show(
        request,
        "confirmation.html",
        title=_("Confirmation"),
        visit=visit,
        arrive_at=arrive_at.astimezone(visit.location.zone),
        change_until=change_until.astimezone(visit.location.zone) if change_until > timezone.now() else None,
        find_url=find_url,
    )
