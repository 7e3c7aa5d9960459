"""One wish on the waitlist, reached by the link in its mails: answer an offer, change the wish, leave."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking import actions, links, offering
from booking.actions import Actor, BookingError, OfferOver
from booking.forms.waitlist import WishForm, describe_wish
from booking.models import Appointment, WaitlistEntry, WaitlistOffer
from booking.views.errors import answer_error
from booking.views.journey import keep_outcome
from booking.views.openings import Chooser
from booking.views.personal import for_visit, for_wish
from booking.waiting import change_wish, leave_by_link


@require_safe
@for_wish
def wish(request: HttpRequest, *, entry: WaitlistEntry, token: str) -> HttpResponse:
    """Say where the wish stands, and ask about the time that is kept for it."""
    ended = entry.offers.exclude(status=WaitlistOffer.Status.OPEN).select_related("location")
    context = {
        "entry": entry,
        "token": token,
        "is_waiting": is_waiting(entry),
        "ahead": offering.count_ahead(entry),
        "offer": find_offer(entry),
        "last_offer": ended.first(),
    }
    return render(request, "booking/wish.html", context)


@require_POST
@for_wish
def answer(request: HttpRequest, *, entry: WaitlistEntry, token: str) -> HttpResponse:
    """Take the time that is kept, or let it go."""
    try:
        visit = answer_offer(request, entry)
    except BookingError as error:
        return answer_error(request, error, chooser=Chooser.to_book(entry.visit_type, holder=""))
    return redirect("visits:visit", links.issue(visit)) if visit else redirect("visits:wish", token)


@require_POST
@for_visit
def answer_for_visit(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """The same from the page of the visit that somebody has: taking the time moves it."""
    entry = visit.waitlist_entries.with_parts().order_by("-pk").first()
    try:
        if entry is None:
            raise OfferOver
        moved = answer_offer(request, entry)
    except BookingError as error:
        return answer_error(request, error, chooser=Chooser.to_move(visit, token=token))
    if moved is None:
        return redirect("visits:visit", token)
    keep_outcome(request, moved, "moved", left=token)
    return redirect("visits:visit", links.issue(moved))


@require_http_methods(["GET", "HEAD", "POST"])
@for_wish
def change(request: HttpRequest, *, entry: WaitlistEntry, token: str) -> HttpResponse:
    """Ask anew what would help; the place on the list stays."""
    if not is_waiting(entry):
        return redirect("visits:wish", token)
    form = WishForm(
        request.POST if request.method == "POST" else None,
        visit_type=entry.visit_type,
        initial=describe_wish(entry),
    )
    if form.is_valid():
        try:
            change_wish(entry=entry, wish=form.make_wish_until(entry.until))
        except BookingError as error:
            return answer_error(request, error, chooser=Chooser.to_book(entry.visit_type, holder=""))
        return redirect("visits:wish", token)
    context = {"entry": entry, "token": token, "form": form}
    return render(request, "booking/wish_change.html", context, status=422 if form.errors else 200)


@require_POST
@for_wish
def leave(request: HttpRequest, *, entry: WaitlistEntry, token: str) -> HttpResponse:
    """Take the wish off the list; pressed twice, the second time changes nothing."""
    try:
        leave_by_link(entry=entry)
    except BookingError as error:
        return answer_error(request, error, chooser=Chooser.to_book(entry.visit_type, holder=""))
    return redirect("visits:wish", token)


def is_waiting(entry: WaitlistEntry) -> bool:
    return entry.status == WaitlistEntry.Status.WAITING and entry.until >= timezone.localdate()


def find_offer(entry: WaitlistEntry) -> WaitlistOffer | None:
    """Return the offer that waits for an answer, with the held time."""
    parts = ("hold__visit_type", "hold__practitioner", "hold__location")
    offers: Any = entry.offers.standing().select_related(*parts)
    return offers.filter(expires_at__gt=timezone.now(), hold__isnull=False).first()


def answer_offer(request: HttpRequest, entry: WaitlistEntry) -> Appointment | None:
    """Do what the pressed button says of the offer that the page showed; return the visit, if one came of it.

    Raises OfferOver, SlotTaken, Busy.
    """
    shown = request.POST.get("offer", "")
    is_key = shown.isascii() and shown.isdecimal() and len(shown) < 19
    offer = entry.offers.filter(pk=int(shown)).first() if is_key else None
    if offer is None:
        raise OfferOver
    if "take" in request.POST:
        return actions.accept_offer(offer=offer, by=Actor.patient())
    actions.pass_offer(offer=offer)
    return None
