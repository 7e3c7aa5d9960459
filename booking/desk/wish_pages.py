"""Pages that put somebody on the waitlist: a caller whom no time suits, or who wants to come earlier."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from booking import offering, waiting
from booking.actions import Actor
from booking.desk.answers import (
    answer_change,
    attempt,
    find_visit_to_change,
    is_partial,
    is_stale,
    show_in_panel,
)
from booking.desk.parts import record_visit, record_who
from booking.desk.wishing import EarlierForm, WishSlip
from booking.forms.waitlist import describe_wish
from booking.models import Source, WaitlistEntry
from booking.models.appointment import Status


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Write down who waits and what would help, in any order; “Put on the waitlist” keeps it."""
    if not request.user.has_perm("booking.view_patient"):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else request.GET
    slip = WishSlip(sent=sent, now=timezone.now(), user=request.user)
    if slip.is_new and not request.user.has_perm("booking.add_patient"):
        raise PermissionDenied
    if request.method == "POST" and slip.is_asked_for and not slip.problems:
        entry = attempt(request, lambda: _add(slip, by=Actor.staff(request.user)))
        if entry is not None:
            messages.success(request, f"{_tell_place(entry)} {_tell_of_offers(entry)}")
            # The list has no room in the panel beside the day.
            list_address = reverse("desk:waitlist")
            return HttpResponseClientRedirect(list_address) if is_partial(request) else redirect(list_address)
    record_who(request, slip)
    return _show(
        request,
        "wish_slip.html",
        title=_("Add a caller to the waitlist"),
        is_wrong=slip.is_asked_for,
        slip=slip,
    )


def _add(slip: WishSlip, *, by: Actor) -> WaitlistEntry:
    assert slip.visit_type is not None
    assert slip.wish is not None
    known, language = slip.patient, slip.asker.cleaned_data["language"]
    return waiting.add_caller(
        visit_type=slip.visit_type,
        patient=known or replace(slip.new.patient_details(), language=language),
        related_person=slip.asker.find_related_person() if known else slip.new.related_details(),
        wish=slip.wish.make_wish_of_answers(),
        language=language,
        by=by,
    )


@require_http_methods(["GET", "POST"])
def ask_for_earlier(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what would help before the visit; asked again, change it."""
    visit = find_visit_to_change(request, pk)
    if waiting.goes_with_another(visit):
        messages.error(request, _("This visit goes together with another one: move both by hand."))
        return answer_change(request, pk)
    if visit.status != Status.BOOKED or not waiting.can_come_earlier(visit):
        messages.error(request, _("Only a booked visit can be earlier, and not if it is today."))
        return answer_change(request, pk)
    entry = visit.waitlist_entries.waiting().first()
    form = EarlierForm(
        request.POST if request.method == "POST" else None,
        visit_type=visit.visit_type,
        initial=describe_wish(entry) if entry is not None else None,
    )
    if form.is_valid():
        if is_stale(request, visit):
            return answer_change(request, pk)
        wish = form.make_wish_until(waiting.find_last_day_before(visit))
        kept = attempt(
            request,
            lambda: waiting.ask_for_earlier(appointment=visit, wish=wish, source=Source.STAFF),
            visit=visit,
        )
        if kept is not None:
            messages.success(request, f"{_tell_place(kept)} {_tell_of_offers(kept)}")
        return answer_change(request, pk)
    record_visit(request, visit)
    return _show(
        request,
        "earlier.html",
        title=_("Ask for an earlier time"),
        is_wrong=form.is_bound,
        visit=visit,
        form=form,
        last_day=waiting.find_last_day_before(visit),
    )


def _tell_place(entry: WaitlistEntry) -> str:
    place = offering.count_ahead(entry) + 1
    return _("On the waitlist: number %(place)d for this type of visit.") % {"place": place}


def _tell_of_offers(entry: WaitlistEntry) -> str:
    if entry.contact.email:
        return _("Times that fit are offered by email.")
    return _("There is no email: offers are to be told by phone.")


def _show(request: HttpRequest, template: str, *, title: str, is_wrong: bool, **context: Any) -> HttpResponse:
    response = show_in_panel(request, template, title=title, **context)
    # htmx puts nothing into the panel that answers an error.
    if is_wrong and not is_partial(request):
        response.status_code = 422
    return response
