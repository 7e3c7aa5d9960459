"""What a contact asks of mail: no more reminders, another language, or the link to a visit once more."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from audit.writes import update_recorded
from booking.limits import DAY, TooManyTries, count_attempt, make_key
from booking.models import Appointment, Attempt
from booking.writing import writing
from outbox import queue
from outbox.models import OutboxMessage

LINK = "booking.link"
# More than anybody needs; a mailbox is not to be filled by whoever knows a reference and a birth date.
MAX_LINKS_PER_DAY = 5
# Pressed twice, or by two people at once: one mail will do.
LINK_PAUSE = timedelta(minutes=2)


@writing
def stop_reminders(*, appointment: Appointment) -> None:
    """Send the visit's contact no reminders any more, of any visit. The visit is not touched.

    Reminders that wait stay where they are, and are dropped when due: somebody may think better of it.
    Stopping twice keeps the first time. Raises Busy.
    """
    contact = appointment.contact
    if contact is not None:
        rows = type(contact).objects.filter(pk=contact.pk, reminders_off_at__isnull=True)
        update_recorded(rows, reminders_off_at=timezone.now())


@writing
def resume_reminders(*, appointment: Appointment) -> None:
    """Send the visit's contact reminders again: those that wait already, too. Raises Busy."""
    contact = appointment.contact
    if contact is not None:
        rows = type(contact).objects.filter(pk=contact.pk, reminders_off_at__isnull=False)
        update_recorded(rows, reminders_off_at=None)


@writing
def keep_language(*, appointment: Appointment, language: str) -> Appointment:
    """Write mails about the visit in `language` (a code of settings.LANGUAGES) from now on.

    Those that wait to be sent, too: a mail is composed when it leaves. And those about the visits that were
    booked together with it, and about a wish for an earlier time: it is one person who reads them.
    Raises Busy.
    """
    # By update(): nobody's time changes, so nobody has to wait for its lock.
    same = Q(pk=appointment.pk)
    if appointment.group_id is not None:
        same |= Q(group=appointment.group_id)
    Appointment.objects.filter(same).exclude(language=language).update(language=language)
    appointment.waitlist_entries.waiting().exclude(language=language).update(language=language)
    appointment.language = language
    return appointment


def mail_link(*, appointment: Appointment) -> None:
    """Mail a link to the visit to its contact. One who has no email, or asked too often, gets none.

    Nothing tells the caller which it was: that would tell strangers. Raises Busy.
    """
    if appointment.contact is None or not appointment.contact.email:
        return
    try:
        count_attempt(
            kind=Attempt.Kind.LINK,
            key=make_key("link", str(appointment.pk)),
            limit=MAX_LINKS_PER_DAY,
            window=DAY,
        )
    except TooManyTries:
        return
    _queue_link(appointment=appointment)


@writing
def _queue_link(*, appointment: Appointment) -> None:
    """Each mail is a recipient of its own, "patient-1" and on: an outbox row is for one mail."""
    earlier = OutboxMessage.objects.filter(kind=LINK, subject_id=appointment.pk, version=appointment.version)
    last = earlier.order_by("pk").last()
    if last is not None and last.created_at > timezone.now() - LINK_PAUSE:
        return
    # Not by their count: the first ones may be purged by now.
    number = int(last.recipient.rpartition("-")[2]) + 1 if last else 1
    queue.enqueue(
        kind=LINK,
        subject_id=appointment.pk,
        version=appointment.version,
        recipient=f"patient-{number}",
    )
