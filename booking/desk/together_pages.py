"""Pages for visits that were booked as one: cancel several in one step, take a booking of them back."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from booking import actions, scope
from booking.actions import Actor, BookingError, NotAllowed
from booking.admin.forms import CancelForm
from booking.admin.words import explain_error
from booking.desk.answers import (
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
from booking.models import Appointment
from booking.models.appointment import Status


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask who cancels, once, then cancel both of a chain, or a visit of a series and all after it."""
    visit = find_visit_to_change(request, pk)
    together = read_together(visit, user=request.user)
    if together is None or not together.rest:
        messages.error(request, explain_stale(visit))
        return answer_change(request, pk)
    if not all(scope.may_change_visit(request.user, one) for one in together.rest):
        raise PermissionDenied
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        # What was never shown is not cancelled, and neither is what has changed since.
        if set(request.POST.getlist("seen")) == {_mark(one) for one in together.rest}:
            _cancel(request, together.rest, reason=form.cleaned_data["reason"])
        else:
            messages.error(request, explain_stale(visit))
        return answer_change(request, pk)
    for one in together.rest:
        record_visit(request, one)
    return show_in_panel(
        request,
        "cancel_together.html",
        title=_("Cancel several visits"),
        visit=visit,
        together=together,
        rest=[(one, _mark(one)) for one in together.rest],
        form=form,
        mail=tell_of_mail(visit),
    )


def _mark(visit: Appointment) -> str:
    return f"{visit.pk}-{visit.version}"


def _cancel(request: HttpRequest, visits: Sequence[Appointment], *, reason: str) -> None:
    try:
        by = Actor.staff(request.user)
        cancelled = actions.cancel_together(visits=visits, reason=reason, by=by)
    except BookingError as error:
        is_stale = isinstance(error, NotAllowed)
        messages.error(request, explain_stale(visits[0]) if is_stale else explain_error(error))
    else:
        told = _("Cancelled: %(count)d visits.") % {"count": len(cancelled)}
        messages.success(request, f"{told} {tell_of_mail(cancelled[-1])}")


@require_POST
def unbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a booking of several visits."""
    visit = find_visit_to_change(request, pk)
    together = read_together(visit, user=request.user)
    if together is None:
        messages.error(request, explain_stale(visit))
    elif not all(scope.may_change_visit(request.user, one) for one in together.visits):
        raise PermissionDenied
    elif not is_stale(request, visit):
        by = Actor.staff(request.user)
        undone = attempt(request, lambda: actions.unbook_together(appointment=visit, by=by)[0], visit=visit)
        if undone is not None and undone.status == Status.CANCELLED:
            messages.success(request, f"{_('Undone: the visits are cancelled.')} {tell_of_mail(undone)}")
        elif undone is not None:
            messages.success(request, _("Undone: the visits are taken back. Nobody was told of them."))
    return answer_change(request, pk)
