"""Putting messages into the outbox, and telling a worker at once."""

import logging
import time
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from celery import current_app
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import KombuError
from kombu.pools import producers

from outbox.models import HELD, OutboxMessage, State, make_message_id
from outbox.tasks import deliver_message_task

logger = logging.getLogger(__name__)

# In seconds. A patient waits for this, so it gives up sooner than a worker's connection may:
# a broker that hangs costs 1 s, with the worker's timeouts 5 s.
PUBLISH_TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 1}
# After a failed publish nobody in this process waits for the broker again for so long;
# the beat sweep sends what was not kicked.
BROKER_PAUSE_SECONDS = 30
# A message that left just now is not sent again: somebody pressed the button twice.
RESEND_PAUSE = timedelta(minutes=1)
TIMES = ("send_at", "due_at")

_broker_down_until = 0.0


class Message(NamedTuple):
    """A message that shall be written, as `enqueue` takes it."""

    kind: str
    subject_id: int
    version: int
    recipient: str
    send_at: datetime | None = None


def enqueue(
    *, kind: str, subject_id: int, version: int, recipient: str, send_at: datetime | None = None
) -> OutboxMessage:
    """Write the message into the running transaction, so that both stand or neither does.

    The same kind, subject, version and recipient again gives the message that is there.
    `send_at` is when it shall leave (aware; None: now). Raises TransactionManagementError
    outside a transaction.
    """
    wanted = Message(kind=kind, subject_id=subject_id, version=version, recipient=recipient, send_at=send_at)
    enqueue_all([wanted])
    return OutboxMessage.objects.get(kind=kind, subject_id=subject_id, version=version, recipient=recipient)


def enqueue_all(messages: Iterable[Message]) -> None:
    """Write several as `enqueue` writes one, in one statement, and one more if any of them is due."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "A message belongs into the transaction of the change it tells about."
        )
    now = timezone.now()
    wanted = {
        message[:4]: OutboxMessage(**message._asdict() | dict.fromkeys(TIMES, message.send_at or now))
        for message in messages
    }
    if connection.vendor == "sqlite":
        # Its OR IGNORE would drop without a word what breaks any other rule. Nobody writes in between.
        rows = [row for about, row in wanted.items() if not _is_there(Message(*about))]
        OutboxMessage.objects.bulk_create(rows)
    else:
        rows = list(wanted.values())
        OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
    # Only those that were written: what was there before has a Message-ID of its own.
    due = [row.message_id for row in rows if row.send_at <= now]
    if due:
        for pk in OutboxMessage.objects.filter(message_id__in=due).values_list("pk", flat=True):
            kick_on_commit(pk)


def _is_there(message: Message) -> bool:
    about = message._asdict()
    del about["send_at"]
    return OutboxMessage.objects.filter(**about).exists()


def send_again(message: OutboxMessage, *, by: AbstractBaseUser | None) -> bool:
    """Queue a failed, stopped or sent message anew, with fresh tries. False: it was not in such a state.

    One conditional UPDATE, so that pressing twice sends once. The Message-ID is a new one: this
    copy is wanted, and mailboxes hide a mail whose Message-ID they have seen. `by` is None for
    the command.
    """
    now = timezone.now()
    changed = OutboxMessage.objects.filter(
        Q(state__in=[State.DEAD, State.STOPPED]) | Q(state=State.SENT, sent_at__lte=now - RESEND_PAUSE),
        pk=message.pk,
    ).update(
        state=State.QUEUED,
        send_at=now,
        due_at=now,
        attempts=0,
        last_error="",
        message_id=make_message_id(),
        tracking_id="",
        updated_at=now,
    )
    if changed:
        logger.info("Outbox message %s was queued again by user %s", message.pk, by.pk if by else None)
        kick_on_commit(message.pk)
    return bool(changed)


def stop(message: OutboxMessage, *, by: AbstractBaseUser) -> bool:
    """Never send a waiting or failed message, for example after a call. False: it was neither."""
    changed = OutboxMessage.objects.filter(pk=message.pk, state__in=[State.QUEUED, State.DEAD]).update(
        state=State.STOPPED, updated_at=timezone.now()
    )
    if changed:
        logger.info("Outbox message %s was stopped by user %s", message.pk, by.pk)
    return bool(changed)


def hold_due(*, now: datetime) -> int:
    """Stop what would leave by now, after a backup was restored: it may have left before. Return how many.

    What has its time still to come was not sent by anybody.
    """
    return OutboxMessage.objects.filter(
        Q(state=State.QUEUED, send_at__lte=now) | Q(state=State.SENDING)
    ).update(state=State.STOPPED, lease_until=None, last_error=HELD, updated_at=now)


def list_held() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(state=State.STOPPED, last_error=HELD)


def withdraw(*, kind: str, subject_id: int) -> bool:
    """Drop the messages of one kind about one subject that still wait. True: none has ever left.

    One that was sent, and waits to be sent again, has left. Part of the caller's transaction. One
    conditional UPDATE: a worker that claims one of them at the same moment is either before it, and
    the answer is False, or finds nothing to send.
    """
    messages = OutboxMessage.objects.filter(kind=kind, subject_id=subject_id)
    messages.filter(state__in=[State.QUEUED, State.DEAD]).update(
        state=State.DROPPED, updated_at=timezone.now()
    )
    return not messages.filter(Q(state=State.SENDING) | Q(sent_at__isnull=False)).exists()


def take_up_again(*, kinds: Collection[str], subject_id: int, version: int, since: datetime) -> None:
    """Queue what was dropped since then and has never left: what it tells is true again.

    Part of the caller's transaction. One conditional UPDATE for each, as in `send_again`.
    """
    dropped = OutboxMessage.objects.filter(state=State.DROPPED, sent_at__isnull=True, updated_at__gte=since)
    of_subject = dropped.filter(kind__in=kinds, subject_id=subject_id, version=version)
    now = timezone.now()
    changes = {"state": State.QUEUED, "send_at": now, "due_at": now, "attempts": 0, "updated_at": now}
    for pk in list(of_subject.values_list("pk", flat=True)):
        if dropped.filter(pk=pk).update(**changes):
            kick_on_commit(pk)


def list_dropped(*, kind: str, subject_id: int, version: int, since: datetime) -> list[OutboxMessage]:
    """Return what was dropped since then and has never left."""
    dropped = OutboxMessage.objects.filter(state=State.DROPPED, sent_at__isnull=True, updated_at__gte=since)
    return list(dropped.filter(kind=kind, subject_id=subject_id, version=version))


def find_last(*, kinds: Collection[str], subject_id: int) -> OutboxMessage | None:
    """Return the message of one of these kinds about the latest version of a subject that has any."""
    messages = OutboxMessage.objects.filter(kind__in=kinds, subject_id=subject_id)
    return messages.order_by("version", "pk").last()


def has_left(*, kinds: Collection[str], subject_id: int, version: int, since: datetime) -> bool:
    """Say whether a message of one of these kinds about this version was sent at that time or later."""
    sent = OutboxMessage.objects.filter(state=State.SENT, sent_at__gte=since)
    return sent.filter(kind__in=kinds, subject_id=subject_id, version=version).exists()


def is_waiting(*, kinds: Collection[str], subject_id: int, version: int) -> bool:
    """Say whether a message of one of these kinds about this version of a subject has not arrived yet.

    One that is being sent may come back to wait, and one that failed was never read.
    """
    waiting = OutboxMessage.objects.filter(state__in=[State.QUEUED, State.SENDING, State.DEAD])
    return waiting.filter(kind__in=kinds, subject_id=subject_id, version=version).exists()


def kick_on_commit(pk: int) -> None:
    # robust: the change is committed by then, and nothing here may turn it into an error page.
    transaction.on_commit(lambda: kick(pk), robust=True)


def kick(pk: int) -> None:
    """Tell a worker about a message. A broker that is down costs this process a second, once a while."""
    global _broker_down_until
    if time.monotonic() < _broker_down_until:
        return
    connection = current_app.connection_for_write(transport_options=PUBLISH_TIMEOUTS)
    try:
        with producers[connection].acquire(block=True, timeout=1) as producer:
            deliver_message_task.apply_async((pk,), producer=producer)
    except KombuError as error:
        _broker_down_until = time.monotonic() + BROKER_PAUSE_SECONDS
        logger.warning("The broker cannot be reached (%s); mail waits for the sweep.", type(error).__name__)
