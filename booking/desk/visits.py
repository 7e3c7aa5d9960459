"""One visit as its panel shows it: what may be done next, its mails, its history, how long they wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import scope
from booking.actions.records import BOOKED_TOGETHER, CANCELLED_TOGETHER
from booking.admin.steps import Step, list_steps
from booking.admin.visit_fields import SIGNS
from booking.admin.wishes import name_contact, spell_needs, tell_device_time, tell_urgency
from booking.admin.words import explain_refusal
from booking.desk.calling import ToCall
from booking.desk.read import Waiting, measure_wait
from booking.engine.rules import Code, Refusal
from booking.engine.states import UNDO, can_move
from booking.engine.states import Status as State
from booking.models import Appointment, AppointmentEvent
from booking.models.appointment import AppointmentQuerySet, Status
from outbox.models import OutboxMessage
from outbox.models import State as MailState

MAILS = {
    "booking.booked": gettext_lazy("Confirmation"),
    "booking.moved": gettext_lazy("New time"),
    "booking.cancelled": gettext_lazy("Cancellation"),
    "booking.reminder": gettext_lazy("Reminder"),
    "booking.away": gettext_lazy("Clinician away"),
    "booking.link": gettext_lazy("Link, asked for online"),
}
# Their subject is the group of several visits.
MAILS_TOGETHER = {
    BOOKED_TOGETHER: gettext_lazy("Confirmation of several visits"),
    CANCELLED_TOGETHER: gettext_lazy("Cancellation of several visits"),
}


@dataclass(frozen=True)
class Mail:
    """One mail about the visit, by its row in the outbox: no address, no text."""

    message: OutboxMessage

    @property
    def name(self) -> str:
        return str((MAILS | MAILS_TOGETHER).get(self.message.kind, self.message.kind))

    @property
    def when(self) -> datetime:
        """When it left, or else the next or last try; on the practice's clock."""
        return timezone.localtime(self.message.sent_at or self.message.send_at)

    @property
    def has_failed(self) -> bool:
        return self.message.state == MailState.DEAD


@dataclass(frozen=True)
class Line:
    """One line of the history, in the zone of the place."""

    event: AppointmentEvent
    at: datetime
    old_start: datetime | None

    @property
    def is_untold(self) -> bool:
        return bool(self.event.details.get("untold"))

    @property
    def set_aside(self) -> list[str]:
        """What spoke against the time, a sentence each."""
        return [explain_refusal(Refusal(code=Code(code))) for code in self.event.details.get("set_aside", [])]

    @property
    def who(self) -> str:
        if self.event.actor is not None:
            return self.event.actor.get_short_name() or self.event.actor.get_username()
        return str(self.event.get_actor_kind_display())


@dataclass(frozen=True)
class Panel(ToCall):
    visit: Appointment
    now: datetime
    history: Sequence[Line]
    mails: Sequence[Mail]

    @property
    def sign(self) -> str:
        return SIGNS[Status(self.visit.status)]

    @property
    def needs(self) -> list[str]:
        return spell_needs(self.visit)

    @property
    def contact(self) -> str:
        return name_contact(self.visit.related_person)

    @property
    def about(self) -> Appointment:
        return self.visit

    @property
    def email(self) -> str:
        return self.visit.contact.email if self.visit.contact else ""

    @property
    def on_device(self) -> str:
        return tell_device_time(self.visit)

    @property
    def urgency(self) -> str:
        return tell_urgency(self.visit)

    @cached_property
    def answers(self) -> list[tuple[str, str]]:
        return [(answer.told_wording, answer.answer) for answer in self.visit.intake_answers.all()]

    @cached_property
    def steps(self) -> list[Step]:
        return [step for step in list_steps(self.visit) if step.target is not None]

    @property
    def undo_to(self) -> str:
        """Where an undo leads, in a word; nothing where there is none."""
        state = State(self.visit.status)
        if self.visit.patient is None or state not in UNDO:
            return ""
        return str(Status(UNDO[state].value).label)

    @property
    def can_be_moved(self) -> bool:
        return self.visit.status == Status.BOOKED

    @property
    def can_be_cancelled(self) -> bool:
        return not self.visit.is_hold and can_move(State(self.visit.status), State.CANCELLED)

    @property
    def held_until(self) -> datetime | None:
        ends = self.visit.hold_expires_at
        return ends and ends.astimezone(self.visit.location.zone)

    @property
    def confirmed_at(self) -> datetime | None:
        """When they said that they will come, on the clock of the place."""
        said = self.visit.confirmed_at
        return said and said.astimezone(self.visit.location.zone)

    @property
    def waiting(self) -> Waiting | None:
        if self.visit.status != Status.ARRIVED:
            return None
        arrivals = [
            line.event.at for line in self.history if line.event.kind == AppointmentEvent.Kind.ARRIVED
        ]
        return measure_wait(self.visit, since=arrivals[-1] if arrivals else self.visit.start, now=self.now)


def read_panel(visit: Appointment, *, now: datetime) -> Panel:
    zone = visit.location.zone
    events = visit.events.select_related("actor")
    # A kind whose subject is something else, such as a wish for an earlier time, is not about the visit.
    of_visit = Q(kind__in=MAILS, subject_id=visit.pk)
    of_group = Q(kind__in=MAILS_TOGETHER, subject_id=visit.group_id) if visit.group_id else Q()
    messages = OutboxMessage.objects.filter(of_visit | of_group)
    return Panel(
        visit=visit,
        now=now,
        history=[
            Line(
                event=event,
                at=event.at.astimezone(zone),
                old_start=datetime.fromisoformat(event.details["start"]).astimezone(zone)
                if "start" in event.details
                else None,
            )
            for event in events
        ],
        mails=[Mail(message) for message in messages.order_by("pk")],
    )


@dataclass(frozen=True)
class Undelivered(ToCall):
    """A mail that failed, the visit it is about, and whom to call instead."""

    mail: Mail
    visit: Appointment

    @property
    def about(self) -> Appointment:
        return self.visit


def list_undelivered(*, now: datetime, place_id: int | None, user: Any) -> list[Undelivered]:
    """Return failed mails about visits to come that `user` may see, the next visit first.

    A mail about an older version of the visit is no longer true, and nobody misses it. One about several
    visits stands beside the next of those that it would tell of. At most four queries; two where no mail
    failed, which the desk asks twice a minute.
    """
    visits = scope.visible_visits(user).filter(end__gt=now)
    if place_id is not None:
        visits = visits.filter(location=place_id)
    undelivered = [*_list_undelivered_alone(visits), *_list_undelivered_together(visits)]
    return sorted(undelivered, key=lambda one: (one.visit.start, one.mail.message.pk))


def _list_undelivered_alone(visits: AppointmentQuerySet) -> list[Undelivered]:
    failed = OutboxMessage.objects.dead().filter(kind__in=MAILS)
    if not failed:
        return []
    about = visits.filter(pk__in=failed.values("subject_id"))
    by_pk = {visit.pk: visit for visit in about.with_parts()}
    return [
        Undelivered(mail=Mail(message), visit=visit)
        for message in failed
        if (visit := by_pk.get(message.subject_id)) is not None and visit.version == message.version
    ]


def _list_undelivered_together(visits: AppointmentQuerySet) -> list[Undelivered]:
    failed = OutboxMessage.objects.dead().filter(kind__in=MAILS_TOGETHER)
    if not failed:
        return []
    still_told = Q(status=Status.BOOKED, version=0) | Q(status=Status.CANCELLED)
    about = visits.filter(still_told, group__in=failed.values("subject_id"))
    next_of: dict[tuple[int | None, str], Appointment] = {}
    for visit in about.with_parts():
        next_of.setdefault((visit.group_id, visit.status), visit)
    of_kind = {BOOKED_TOGETHER: Status.BOOKED, CANCELLED_TOGETHER: Status.CANCELLED}
    found = [(message, next_of.get((message.subject_id, of_kind[message.kind]))) for message in failed]
    return [Undelivered(mail=Mail(message), visit=visit) for message, visit in found if visit is not None]


def explain_stale(visit: Appointment) -> str:
    """Say that somebody else was faster."""
    return _("Somebody else has just changed this visit. It is now: %(status)s. Nothing was done.") % {
        "status": visit.get_status_display()
    }
