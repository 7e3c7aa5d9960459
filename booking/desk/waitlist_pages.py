"""/admin/desk/waitlist/: who waits, what they were offered and what became of it; offer by hand; pause."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from audit.reads import record_opened, record_shown
from booking import actions, offering, scope, waiting
from booking.actions import Actor, BookingError
from booking.admin.wishes import spell_wish
from booking.admin.words import explain_error
from booking.availability import Slot
from booking.desk import times
from booking.desk.access import show
from booking.desk.answers import tell_of_mail
from booking.desk.calling import ToCall
from booking.models import WaitlistEntry, WaitlistOffer

# More than anybody reads out on the phone.
MOST_OPENINGS = 12
# How long the list shows what became of an offer.
RECENT = timedelta(days=14)


@dataclass(frozen=True)
class Line(ToCall):
    """One wish, with its offers, the newest first."""

    entry: WaitlistEntry
    place: int
    """Counted from 1 among all who wait for the same type of visit."""
    offers: list[WaitlistOffer] = field(default_factory=list)

    @property
    def wish(self) -> str:
        return spell_wish(self.entry)

    @property
    def standing(self) -> WaitlistOffer | None:
        """The offer that waits for an answer."""
        return next((one for one in self.offers if one.status == WaitlistOffer.Status.OPEN), None)

    @property
    def about(self) -> WaitlistEntry:
        return self.entry


@require_GET
def list_wishes(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    entries = scope.visible_wishes(request.user).waiting().with_parts().filter(until__gte=today)
    recent = (
        scope.visible_offers(request.user)
        .filter(offered_at__gt=timezone.now() - RECENT)
        .select_related("practitioner", "location", "entry__patient", "entry__visit_type")
        .order_by("-offered_at", "-pk")
    )
    offers: dict[int, list[WaitlistOffer]] = {}
    for offer in recent:
        offers.setdefault(offer.entry_id, []).append(offer)
    in_order = list(entries.order_by("created_at", "pk"))
    places = offering.list_places()
    lines = [
        Line(entry=entry, place=places[entry.pk], offers=offers.get(entry.pk, []))
        for entry in in_order
        if entry.pk in places  # else they have left meanwhile
    ]
    shown = [line.entry.patient_id for line in lines] + [one.entry.patient_id for one in recent]
    record_shown(request, shown)
    return show(
        request,
        "waitlist.html",
        title=_("Waitlist"),
        lines=lines,
        recent=[offer for offer in recent if offer.status != WaitlistOffer.Status.OPEN],
        is_paused=offering.is_paused(),
    )


@require_GET
def open_wish(request: HttpRequest, pk: int) -> HttpResponse:
    """One wish: its offers, and the open times that fit, in the calendars that somebody sees."""
    entry = _find_wish(request, pk)
    record_opened(request, entry)
    visible = scope.visible_offers(request.user).filter(entry=entry)
    offers = list(visible.select_related("practitioner", "location", "offered_by"))
    line = Line(entry=entry, place=offering.count_ahead(entry) + 1, offers=offers)
    is_waiting = entry.status == WaitlistEntry.Status.WAITING
    openings: list[Slot] = []
    if is_waiting and line.standing is None:
        fitting = offering.find_openings(entry)
        openings = [slot for slot in fitting if scope.may_see_calendar(request.user, slot.practitioner)]
    return show(
        request,
        "wish.html",
        title=_("Wish on the waitlist"),
        line=line,
        entry=entry,
        openings=openings[:MOST_OPENINGS],
        is_waiting=is_waiting,
    )


@require_POST
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold one of the open times for whoever waits, and write to them where there is an address."""
    entry = _find_wish(request, pk)
    try:
        slot = times.read_slot(request.POST.get("slot", ""), user=request.user)
    except ValueError:
        messages.error(request, _("That time could not be read. Choose one of those shown."))
        return redirect("desk:wish", pk)

    def act() -> str:
        made = actions.offer_time(
            entry=entry,
            practitioner=slot.practitioner,
            location=slot.location,
            start=slot.start,
            by=Actor.staff(request.user),
        )
        if entry.contact.email:
            return _("Offered. It is held, and a mail asks them.")
        minutes = round((made.expires_at - made.offered_at).total_seconds() / 60)
        return _("Held for %(minutes)d minutes. There is no email: please call.") % {"minutes": minutes}

    return _do(request, pk, act)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """They said yes on the phone."""
    return _answer(request, pk, accept=True)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the held time back."""
    return _answer(request, pk, accept=False)


def _answer(request: HttpRequest, pk: int, *, accept: bool) -> HttpResponse:
    standing = get_object_or_404(scope.visible_offers(request.user).select_related("hold"), pk=pk)
    by = Actor.staff(request.user)

    def act() -> str:
        if accept:
            visit = actions.accept_offer(offer=standing, by=by)
            done = _("%(reference)s: booked.") % {"reference": visit.display_reference}
            return f"{done} {tell_of_mail(visit)}"
        actions.withdraw_offer(offer=standing, by=by)
        return _("Taken back. The time is open again.")

    return _do(request, standing.entry_id, act)


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer nothing to one wish by itself, or go on."""
    entry = _find_wish(request, pk)
    is_paused = "again" not in request.POST

    def act() -> str:
        waiting.pause_wish(entry=entry, is_paused=is_paused)
        return _("Paused. Nothing is offered by itself.") if is_paused else _("No longer paused.")

    return _do(request, pk, act)


@require_POST
def pause_all(request: HttpRequest) -> HttpResponse:
    """Offer nothing to anybody by itself, or go on. Offers that were made stand."""
    if "again" in request.POST:
        offering.resume_offers()
        messages.success(request, _("The waitlist goes on."))
    else:
        offering.pause_offers(by=request.user)
        messages.success(request, _("The waitlist is paused. Offers that were made still stand."))
    return redirect("desk:waitlist")


def _find_wish(request: HttpRequest, pk: int) -> WaitlistEntry:
    """Return one that this member of staff may see, or answer 404."""
    return get_object_or_404(scope.visible_wishes(request.user).with_parts(), pk=pk)


def _do(request: HttpRequest, pk: int, act: Any) -> HttpResponse:
    try:
        said = act()
    except BookingError as error:
        messages.error(request, explain_error(error))
    else:
        messages.success(request, said)
    return redirect("desk:wish", pk)
