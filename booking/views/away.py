"""What a patient answers whose clinician is away: take the time that is held, or ask for a call."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from booking import actions, links
from booking.actions import Actor, BookingError, ProposalOver
from booking.models import Appointment, Rearrangement
from booking.views.errors import answer_error
from booking.views.journey import keep_outcome
from booking.views.openings import Chooser
from booking.views.personal import for_visit


@require_POST
@for_visit
def answer(request: HttpRequest, *, visit: Appointment, token: str) -> HttpResponse:
    """Do what the pressed button says of the proposal that the page showed."""
    try:
        row = _find_shown(request, visit)
        if "call" in request.POST:
            actions.ask_for_call(rearrangement=row)
            return redirect("visits:visit", token)
        moved = actions.accept_proposal(rearrangement=row, by=Actor.patient())
    except BookingError as error:
        return answer_error(request, error, chooser=Chooser.to_move(visit, token=token))
    keep_outcome(request, moved, "moved", left=token)
    return redirect("visits:visit", links.issue(moved))


def _find_shown(request: HttpRequest, visit: Appointment) -> Rearrangement:
    """Return the row that the page showed, with the time it showed. Raises ProposalOver."""
    shown = request.POST.get("asked", "")
    is_key = shown.isascii() and shown.isdecimal() and len(shown) < 19
    rows = visit.rearrangements.select_related("absence", "hold__practitioner", "hold__location")
    row = rows.filter(pk=int(shown)).first() if is_key else None
    if row is None:
        raise ProposalOver
    row.appointment = visit
    return row
