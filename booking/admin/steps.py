"""The steps of a visit's day, as the admin offers them: one click each, most with a way back."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking import actions
from booking.actions import Actor
from booking.engine.states import Status, can_move, can_undo
from booking.models import Appointment


@dataclass(frozen=True, slots=True)
class Step:
    """`target` is the status it leads to; None for undo, which goes back to where the visit was."""

    name: str
    label: str | Promise
    target: Status | None
    action: Callable[..., Appointment]

    def act(self, *, appointment: Appointment, by: Actor) -> Appointment:
        """Take the step. Raises NotYet (a no-show before the visit begins), and what the action raises."""
        if self.target == Status.NOSHOW and self._is_too_early(appointment):
            raise actions.NotYet
        return self.action(appointment=appointment, by=by)

    def is_open_to(self, appointment: Appointment) -> bool:
        if appointment.patient_id is None or self._is_too_early(appointment):
            return False
        current = Status(appointment.status)
        return can_undo(current) if self.target is None else can_move(current, self.target)

    def _is_too_early(self, appointment: Appointment) -> bool:
        now = timezone.now()
        if self.target == Status.NOSHOW:
            return appointment.start > now
        if self.target in (Status.ARRIVED, Status.CHECKED_IN, Status.FULFILLED):
            return appointment.local_start.date() > now.astimezone(appointment.location.zone).date()
        return False


STEPS = {
    step.name: step
    for step in (
        Step("arrive", _("Arrived"), Status.ARRIVED, actions.arrive),
        Step("check_in", _("In room"), Status.CHECKED_IN, actions.check_in),
        Step("fulfil", _("Done"), Status.FULFILLED, actions.fulfil),
        Step("mark_noshow", _("No-show"), Status.NOSHOW, actions.mark_noshow),
        Step("undo", _("Undo"), None, actions.undo),
    )
}


def list_steps(appointment: Appointment) -> list[Step]:
    """Return the steps that the visit's status and the clock allow now."""
    return [step for step in STEPS.values() if step.is_open_to(appointment)]
