"""What stands beside each change: a line of history, and a message where somebody must be told."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.utils import timezone

from audit.writes import update_recorded
from booking.actions.actors import Actor
from booking.actions.errors import HoldLost, NotAllowed
from booking.availability import know_set_up
from booking.counting import count_event
from booking.engine.reminding import Daytime, plan_reminders
from booking.engine.rules import Code, Refusal
from booking.engine.states import Status
from booking.limits import DAY
from booking.models import Appointment, AppointmentEvent, FreedTime, WaitlistEntry
from outbox import queue
from outbox.models import State

REMINDER = "booking.reminder"
CANCELLED = "booking.cancelled"
# One of these tells the patient of each version of a visit that is to come.
TELLS_TIME = ("booking.booked", "booking.moved")
# About several visits: the subject is their group, the version 0 or the number of the cancellation.
BOOKED_TOGETHER = "booking.booked_together"
CANCELLED_TOGETHER = "booking.cancelled_together"


def record(
    appointment: Appointment,
    *,
    kind: AppointmentEvent.Kind,
    by: Actor,
    from_status: str,
    details: dict[str, Any] | None = None,
    note: str = "",
) -> None:
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind=kind,
        actor_kind=by.kind,
        actor=by.user,
        from_status=from_status,
        to_status=appointment.status,
        details=details or {},
        note=note,
    )
    count_event(kind=kind, by=by.kind)


def record_closed_time(appointment: Appointment, *, refusals: Iterable[Refusal], by: Actor) -> None:
    """Note a visit that an undo brings back into closed time, to which nobody has agreed since."""
    if not {Code.CLOSED, Code.OUTSIDE_HOURS}.isdisjoint(refusal.code for refusal in refusals):
        kind = AppointmentEvent.Kind.LEFT_IN_CLOSED
        record(appointment, kind=kind, by=by, from_status=appointment.status)


def record_freed(appointment: Appointment, *, cause: str) -> None:
    """Note that the time which the visit takes until now comes free, for those on the waitlist.

    To be called with the times that it leaves. What is past helps nobody.
    """
    if appointment.end > timezone.now() and appointment.patient_id is not None:
        FreedTime.objects.create(
            practitioner_id=appointment.practitioner_id,
            start=appointment.busy_start,
            end=appointment.busy_end,
            cause=cause,
        )


def end_wishes(appointment: Appointment, *, now: datetime) -> None:
    """Take the visit's wish for an earlier time off the list: nobody needs one before a visit that is off."""
    update_recorded(appointment.waitlist_entries.waiting(), status=WaitlistEntry.Status.LEFT, ended_at=now)


def take_up_wishes(appointment: Appointment, *, ended_at: datetime) -> None:
    """Put the wish back on the list that `end_wishes` took off it then. What somebody else ended stays so."""
    ended = appointment.waitlist_entries.filter(status=WaitlistEntry.Status.LEFT, ended_at=ended_at)
    update_recorded(ended, status=WaitlistEntry.Status.WAITING, ended_at=None)


def tell_patient(appointment: Appointment, kind: str) -> None:
    queue.enqueue_all(_list_news(appointment, kind))


def tell_patient_and_remind(appointment: Appointment, kind: str) -> None:
    """Write the mail about a version of a visit together with its reminders."""
    queue.enqueue_all([*_list_news(appointment, kind), *_list_reminders(appointment)])


def _list_news(appointment: Appointment, kind: str) -> list[queue.Message]:
    if appointment.contact is None or not appointment.contact.email:
        return []
    return [
        queue.Message(kind=kind, subject_id=appointment.pk, version=appointment.version, recipient="patient")
    ]


def tell_after_all(appointment: Appointment) -> None:
    """Send what was dropped, or told of others only, since the visit was marked as no longer to come.

    Who was marked as here by mistake while it waited would never hear of their visit.
    """
    steps = AppointmentEvent.objects.filter(appointment=appointment, from_status=Status.BOOKED)
    marked = steps.exclude(to_status=Status.BOOKED).order_by("at", "pk").last()
    # A visit that was written by hand has no history.
    since = marked.at if marked else appointment.created_at
    version, group = appointment.version, appointment.group_id
    queue.take_up_again(
        kinds=(*TELLS_TIME, REMINDER), subject_id=appointment.pk, version=version, since=since
    )
    if group is None or version:
        return
    if queue.has_left(kinds=[BOOKED_TOGETHER], subject_id=group, version=0, since=since):
        tell_patient(appointment, "booking.booked")
    queue.take_up_again(kinds=[BOOKED_TOGETHER], subject_id=group, version=0, since=since)


def tell_of_group(visits: Sequence[Appointment], *, kind: str, version: int) -> None:
    """Write one mail about several visits of one group."""
    contact, group = visits[0].contact, visits[0].group_id
    assert group is not None
    if contact is not None and contact.email:
        queue.enqueue(kind=kind, subject_id=group, version=version, recipient="patient")


def take_up_reminders(appointment: Appointment, *, since: datetime) -> None:
    """Send the reminders after all that came due since then, while the patient was asked for another time."""
    queue.take_up_again(kinds=[REMINDER], subject_id=appointment.pk, version=appointment.version, since=since)


def queue_reminders(appointment: Appointment) -> None:
    """Write the reminders of this version of a booked visit, each to leave at its time."""
    queue.enqueue_all(_list_reminders(appointment))


def bring_reminders_back(appointment: Appointment, *, version: int, since: datetime) -> None:
    """Write those anew that an earlier version has lost since then, for it holds again and nobody heard.

    Not as for a new time: what leaves soon would be left out then, and no other mail says the time today.
    """
    lost = queue.list_dropped(kind=REMINDER, subject_id=appointment.pk, version=version, since=since)
    queue.enqueue_all(
        queue.Message(
            kind=REMINDER,
            subject_id=appointment.pk,
            version=appointment.version,
            recipient=message.recipient,
            send_at=message.send_at,
        )
        for message in lost
    )


def _list_reminders(appointment: Appointment) -> list[queue.Message]:
    """One version has several: "patient-7d" and "patient-1d" are two recipients of one kind."""
    if appointment.contact is None or not appointment.contact.email:
        return []
    reminders = plan_reminders(
        start=appointment.start,
        zone=appointment.location.zone,
        hours=appointment.visit_type.reminder_hours,
        now=timezone.now(),
        daytime=Daytime(time(settings.REMINDERS_FROM_HOUR), time(settings.REMINDERS_UNTIL_HOUR)),
    )
    messages = []
    for reminder in reminders:
        days, rest = divmod(reminder.hours, 24)
        message = queue.Message(
            kind=REMINDER,
            subject_id=appointment.pk,
            version=appointment.version,
            recipient=f"patient-{reminder.hours}h" if rest else f"patient-{days}d",
            send_at=reminder.send_at,
        )
        messages.append(message)
    return messages


def keep_cancellation_quiet(cancelled: Appointment) -> bool:
    """Hold back the mail of a cancellation that is being undone. True: the patient need hear nothing at all.

    That is where this mail has not left, and the one that told the time has.
    """
    own = queue.find_last(kinds=[CANCELLED], subject_id=cancelled.pk)
    # Of several that were cancelled as one, the mail about all of them tells.
    if own is None or own.version != cancelled.version:
        return False
    never_left = queue.withdraw(kind=CANCELLED, subject_id=cancelled.pk)
    told = queue.find_last(kinds=TELLS_TIME, subject_id=cancelled.pk)
    if told is None and cancelled.group_id is not None:
        told = queue.find_last(kinds=[BOOKED_TOGETHER], subject_id=cancelled.group_id)
    if told is None or told.state != State.SENT or told.sent_at is None or cancelled.cancelled_at is None:
        return False
    # The mail about several leaves out what was cancelled before it left.
    return never_left and told.sent_at < cancelled.cancelled_at


def drop_reminders(appointment: Appointment) -> None:
    """Take back the reminders of a time that no longer holds.

    They would find that out themselves when they leave; until then they would stand in staff's lists.
    """
    queue.withdraw(kind=REMINDER, subject_id=appointment.pk)


def was_just_booked(appointment: Appointment) -> bool:
    """Say whether it was booked within a day: later the outbox may no longer know that its mail has left."""
    return appointment.booked_at is not None and appointment.booked_at > timezone.now() - DAY


def is_waiting_to_be_told(appointment: Appointment) -> bool:
    """Say whether the mail that tells the visit's time has not left yet."""
    version = appointment.version
    if queue.is_waiting(kinds=TELLS_TIME, subject_id=appointment.pk, version=version):
        return True
    # The mail about all of them tells of a visit until something is done to it.
    group = appointment.group_id if version == 0 else None
    return group is not None and queue.is_waiting(kinds=[BOOKED_TOGETHER], subject_id=group, version=0)


def refuse_if_changed(current: Appointment, *, seen: Appointment) -> None:
    """Raise NotAllowed where the visit, by now locked, was moved, cancelled or brought back meanwhile."""
    if current.version != seen.version:
        raise NotAllowed


def reload_locked(appointment: Appointment) -> Appointment:
    """Lock the visit, then read it with its parts.

    Not in one query: PostgreSQL looks at the locked row anew once the lock is free, and at what is
    joined to it not. A visit that was moved to another clinician meanwhile would not be found.
    """
    list(Appointment.objects.select_for_update(no_key=True).filter(pk=appointment.pk).values_list("pk"))
    return Appointment.objects.with_parts().get(pk=appointment.pk)


def lock_hold(hold: Appointment) -> Appointment:
    """Lock a hold and read it anew, with its visit type, clinician and place as the set-up has them by now.

    A quarter of the price of `reload_locked`. Raises HoldLost where it was purged.
    """
    current = Appointment.objects.select_for_update(no_key=True).filter(pk=hold.pk).first()
    if current is None:
        raise HoldLost
    know_set_up(first_day=timezone.localdate()).fill_in(current)
    return current
