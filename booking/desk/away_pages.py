"""/admin/desk/away/: a clinician is away: what becomes of each visit, who answered, whom to call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit.reads import record_opened, record_shown
from booking import actions, away, scope
from booking.actions import Actor, BookingError
from booking.admin.words import explain_error
from booking.desk import times
from booking.desk.access import show
from booking.desk.answers import tell_of_mail
from booking.desk.calling import ToCall
from booking.desk.time.forms import AwayForm
from booking.desk.time.words import spell_days, spell_hours
from booking.desk.words import spell_span
from booking.models import Absence, Appointment, AvailabilityException, Rearrangement
from booking.models.appointment import Status

MOST_LISTED = 20


@dataclass(frozen=True)
class Line(ToCall):
    """One visit of a plan."""

    row: Rearrangement
    is_unsettled: bool
    needs_call: bool

    @property
    def visit(self) -> Appointment:
        return self.row.appointment

    @property
    def span(self) -> str:
        return spell_span(self.visit.local_start, self.visit.local_end)

    @property
    def has_mail(self) -> bool:
        return self.visit.contact is not None and bool(self.visit.contact.email)

    @property
    def about(self) -> Appointment:
        return self.visit

    @property
    def can_change(self) -> bool:
        return self.is_unsettled or self.row.way == Rearrangement.Way.LEAVE

    @property
    def fate(self) -> str:
        """What became of it, or what it waits for."""
        row, visit = self.row, self.visit
        if visit.status == Status.CANCELLED:
            return _("Cancelled")
        if row.accepted_at is not None and visit.version == row.version + 1:
            return _("Took the time that was proposed")
        if visit.version != row.version:
            return _("Moved to another time")
        if row.settled_at is not None or row.way == Rearrangement.Way.LEAVE:
            return _("Stays where it is")
        if not self.is_unsettled:
            return _("No longer to come")
        if row.call_asked_at is not None:
            return _("Asks for a call")
        return _("To be called") if self.needs_call else _("Waits for an answer")


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Say who is away and when; below, the plans that wait and those that were sent."""
    if request.method == "POST":
        form = AwayForm(request.POST, user=request.user)
        if form.is_valid():
            practitioner, block = form.cleaned_data["practitioner"], form.block
            answer = _plan(
                request,
                lambda: away.plan_absence(
                    practitioner=practitioner, time=block, by=Actor.staff(request.user)
                ),
            )
            if answer is not None:
                return answer
    else:
        today = request.GET.get("day") or timezone.localdate().isoformat()
        form = AwayForm(
            initial={"first_day": today, "practitioner": request.GET.get("practitioner")}, user=request.user
        )
    plans = scope.visible_absences(request.user).exclude(status=Absence.Status.UNDONE)
    rows = plans.select_related("practitioner", "block")[:MOST_LISTED]
    listed = [(absence, spell_absence(absence)) for absence in rows]
    return show(request, "away.html", title=_("Clinician away"), form=form, plans=listed, media=form.media)


@require_POST
def start_from_block(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan for the visits in time that was blocked before."""
    block = get_object_or_404(
        scope.visible_blocks(request.user).filter(kind=AvailabilityException.Kind.CLOSED), pk=pk
    )
    by = Actor.staff(request.user)
    answer = _plan(request, lambda: away.plan_absence(practitioner=block.practitioner, block=block, by=by))
    return answer or redirect("desk:caught")


def _plan(request: HttpRequest, make: Callable[[], Absence]) -> HttpResponse | None:
    try:
        absence = make()
    except BookingError as error:
        messages.error(request, explain_error(error))
        return None
    try:
        away.find_proposals(absence=absence, by=Actor.staff(request.user))
    except BookingError as error:
        # The plan is there, and "Find times" goes on with it.
        messages.error(request, explain_error(error))
    return redirect("desk:away-plan", absence.pk)


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan that waits to be sent, or what came of one that was sent."""
    absence = _find(request, pk)
    lines = _list_lines(absence, user=request.user)
    hidden = Rearrangement.objects.filter(absence=absence).count() - len(lines)
    record_shown(request, [line.visit.patient_id for line in lines])
    open_lines = [line for line in lines if line.is_unsettled]
    return show(
        request,
        "away_plan.html",
        title=_("Clinician away"),
        absence=absence,
        span=spell_absence(absence),
        is_draft=absence.status == Absence.Status.DRAFT,
        lines=lines,
        hidden=hidden,
        calls=[line for line in lines if line.needs_call],
        others=[line for line in lines if not line.needs_call],
        told=sum(line.has_mail and line.row.way != Rearrangement.Way.CALL for line in open_lines),
        lost=[line for line in open_lines if line.row.way == "propose" and line.row.held is None],
    )


def spell_absence(absence: Absence) -> str:
    """Mon, Nov 30 to Thu, Dec 3, whole days; of time that was opened again, as it was written down."""
    if absence.block is None:
        return absence.span
    days = spell_days(absence.block, today=timezone.localdate())
    return f"{days}, {spell_hours(absence.block)}"


def _list_lines(absence: Absence, *, user: Any) -> list[Line]:
    rows = list(away.list_rows(scope.visible_rearrangements(user).filter(absence=absence)))
    unsettled = set(Rearrangement.objects.unsettled().filter(absence=absence).values_list("pk", flat=True))
    undelivered = away.list_undelivered(rows)
    is_sent = absence.status == Absence.Status.SENT
    return [
        Line(
            row=row,
            is_unsettled=row.pk in unsettled,
            needs_call=is_sent and row.pk in unsettled and away.needs_call(row, undelivered=undelivered),
        )
        for row in rows
    ]


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose for one visit of a plan: another time, or what else to do."""
    row = _find_row(request, pk)
    if request.method == "POST":
        _do(request, row.absence, lambda: _change(request, row))
        return redirect("desk:away-plan", row.absence_id)
    record_opened(request, row.appointment)
    return show(
        request,
        "away_visit.html",
        title=_("Visit of a clinician who is away"),
        row=row,
        line=Line(row=row, is_unsettled=True, needs_call=False),
        options=away.list_options(row.appointment, user=request.user),
        ways=[way for way in Rearrangement.Way if way != Rearrangement.Way.PROPOSE],
    )


def _change(request: HttpRequest, row: Rearrangement) -> str:
    way = request.POST.get("way", "")
    if way in Rearrangement.Way.values and way != Rearrangement.Way.PROPOSE:
        away.set_way(rearrangement=row, way=way)
        return _("Changed. Nothing has been sent yet.")
    slot = times.read_slot(request.POST.get("slot", ""), user=request.user)
    actions.propose(
        rearrangement=row,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        by=Actor.staff(request.user),
    )
    return _("Held. Nothing has been sent yet.")


@require_POST
def find(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a plan: hold times for the visits that have none."""
    absence = _find(request, pk)

    def act() -> str:
        away.find_proposals(absence=absence, by=Actor.staff(request.user))
        return _("Times were looked for. Please look at the plan again.")

    _do(request, absence, act)
    return redirect("desk:away-plan", pk)


@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    absence = _find(request, pk)

    def act() -> str:
        told = away.send(absence=absence)
        if told is None:
            return _("It was sent already.")
        if not told:
            return _("The plan stands. Nobody is told by email: please call.")
        sent = ngettext(
            "Sent: %(count)d patient is told by email.", "Sent: %(count)d patients are told.", told
        )
        return sent % {"count": told}

    _do(request, absence, act)
    return redirect("desk:away-plan", pk)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    absence = _find(request, pk)

    def act() -> str:
        away.undo(absence=absence, by=Actor.staff(request.user))
        return _("Undone. Nobody was told, and the held times are open again.")

    if _do(request, absence, act):
        return redirect("desk:away")
    return redirect("desk:away-plan", pk)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """They said yes on the phone."""
    row = _find_row(request, pk)
    if row.hold is not None and not scope.may_see_calendar(request.user, row.hold.practitioner):
        raise PermissionDenied

    def act() -> str:
        visit = actions.accept_proposal(rearrangement=row, by=Actor.staff(request.user))
        done = _("%(reference)s: moved.") % {"reference": visit.display_reference}
        return f"{done} {tell_of_mail(visit)}"

    _do(request, row.absence, act)
    return redirect("desk:away-plan", row.absence_id)


@require_POST
def called(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody answered, or they agreed on something that leaves the visit as it is."""
    row = _find_row(request, pk)

    def act() -> str:
        is_settled = "settled" in request.POST
        actions.note_call(rearrangement=row, is_settled=is_settled, by=Actor.staff(request.user))
        return _("Noted: settled.") if is_settled else _("Noted: not reached.")

    _do(request, row.absence, act)
    return redirect("desk:away-plan", row.absence_id)


def _find(request: HttpRequest, pk: int) -> Absence:
    """Return one that this member of staff may see, or answer 404."""
    return get_object_or_404(
        scope.visible_absences(request.user).select_related("practitioner", "block"), pk=pk
    )


def _find_row(request: HttpRequest, pk: int) -> Rearrangement:
    return get_object_or_404(away.list_rows(scope.visible_rearrangements(request.user)), pk=pk)


def _do(request: HttpRequest, absence: Absence, act: Callable[[], Any]) -> bool:
    """Do one step of the plan, and keep its times held for as long again. False: it was refused."""
    try:
        said = act()
        away.keep_held(absence=absence)
    except ValueError:
        messages.error(request, _("That time could not be read. Choose one of those shown."))
        return False
    except away.ProposalsLost:
        lost = _("Some times are held no longer, so nothing was sent. Find times again, then send.")
        messages.error(request, lost)
        return False
    except BookingError as error:
        messages.error(request, explain_error(error))
        return False
    messages.success(request, said)
    return True
