"""From a row to a mail: claim, compose, send, and write down how it went.

The promise: nothing is lost, and a message leaves once, or once more for each worker that
dies while sending it. A worker takes a message by one conditional UPDATE that also sets a
lease; whoever does not hold the lease any more writes nothing.
"""

import logging
import random
import re
import smtplib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError
from django.db.models import F, Q
from django.utils import timezone

from outbox.addresses import AddressBounced, refuse_bounced
from outbox.connection import KeptConnection, NotOpened
from outbox.models import OutboxMessage, State
from outbox.rates import NoRoom, has_room, take_place
from outbox.registry import Superseded, compose_for
from outbox.tracking import METADATA

logger = logging.getLogger(__name__)

# Longer than the hard time limit of a task (120 s) by far. With a lease shorter than the SMTP
# time the next worker sends the same mail while the first is still at it: 16 copies of 4 mails.
LEASE = timedelta(seconds=300)
MAX_TRIES = 8
# 1, 3, 9, 27, 81 minutes, then 4 hours: eight tries outlast greylisting and a night's outage.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
SWEEP_BATCH = 100
# A sweep starts no further mail after this, so that its last one ends below the time limit.
SWEEP_SECONDS = 20

# These tell about our account or the server's mood, not about this mail: a wrong password must
# not turn everything that waits into dead letters, even though the server answers 5xx.
ABOUT_THE_CONNECTION = (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError)
# Also where the server says so at MAIL FROM: sign in first, encrypt first (RFC 4954, 6).
ABOUT_SIGNING_IN = (530, 534, 535, 538)
# The same from a provider: key, permission, payment, slow down.
ABOUT_THE_ACCOUNT = (401, 402, 403, 408, 429)
ENHANCED_CODE = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


class NoRecipients(ValueError):
    """The composed mail goes to nobody; a compose function that means this raises Superseded."""


def sweep(*, seconds: float | None = None, limit: int | None = None) -> int:
    """Deliver what is due, oldest first, one at a time; return how many were tried.

    It starts no mail after so many seconds (None: SWEEP_SECONDS) and no more than `limit`.

    It delivers here instead of publishing ids: the sweep must work when publishing does not,
    ids published every five seconds would pile up behind a slow mail server, and two sweeps
    at once just claim different rows. That also leaves nothing for SKIP LOCKED to do: a row
    is locked only for the moment of the claiming UPDATE. Never claim a whole batch at once:
    a worker killed in it would hold all of it back until the leases end.
    """
    stop_at = time.monotonic() + (SWEEP_SECONDS if seconds is None else seconds)
    tried = 0
    with KeptConnection() as connection:
        for pk in list_due():
            if time.monotonic() >= stop_at or tried == limit or not has_room(now=timezone.now()):
                break
            deliver(pk, connection=connection)
            tried += 1
    return tried


def list_due() -> Iterator[int]:
    """Yield the keys of what is due, oldest first, a batch at a time; each once, also if it stays due."""
    due = OutboxMessage.objects.due(timezone.now()).order_by("send_at", "pk").values_list("send_at", "pk")
    batch = list(due[:SWEEP_BATCH])
    while batch:
        yield from (pk for _send_at, pk in batch)
        send_at, pk = batch[-1]
        batch = list(due.filter(Q(send_at__gt=send_at) | Q(send_at=send_at, pk__gt=pk))[:SWEEP_BATCH])


def deliver(pk: int, *, connection: KeptConnection | None = None) -> None:
    """Try to send one message, unless it is not due or another worker has it.

    Must not run inside a transaction: talking to a mail server can take a minute, and no row
    may stay locked for that. Whatever goes wrong with the mail ends up in the row.
    """
    if not has_room(now=timezone.now()):
        return
    message = claim(pk, now=timezone.now())
    if message is None:
        return
    if message.attempts > MAX_TRIES:
        # Only workers that died get here: a try that failed is buried with the eighth.
        bury(message, last_error="WorkerLost")
        return
    try:
        email = compose(message)
        refuse_bounced(email.recipients())
        take_place(email.recipients(), now=timezone.now())
    except Superseded:
        settle(message, state=State.DROPPED, last_error="")
        take_up_if_true_again(message)
        return
    except AddressBounced as error:
        bury(message, last_error=describe(error))
        return
    except NoRoom as error:
        # Not a try: the mail has done nothing wrong.
        settle(message, state=State.QUEUED, send_at=error.until, attempts=F("attempts") - 1)
        return
    except (OperationalError, InterfaceError) as error:
        put_off(message, last_error=describe(error))
        return
    except Exception as error:
        logger.error("Composing outbox message %s failed.", pk, exc_info=error)
        bury(message, last_error=describe(error))
        return
    try:
        send(email, connection=connection)
    except Exception as error:
        (put_off if is_temporary(error) else bury)(message, last_error=describe(error))
        return
    settle(
        message, state=State.SENT, sent_at=timezone.now(), last_error="", tracking_id=read_tracking_id(email)
    )


def claim(pk: int, *, now: datetime) -> OutboxMessage | None:
    """Take the message for the time of a lease; None when it is not due or somebody else has it."""
    lease_until = now + LEASE
    claimed = (
        OutboxMessage.objects.due(now)
        .filter(pk=pk)
        .update(state=State.SENDING, lease_until=lease_until, attempts=F("attempts") + 1, updated_at=now)
    )
    return OutboxMessage.objects.get(pk=pk, lease_until=lease_until) if claimed else None


def compose(message: OutboxMessage) -> EmailMessage:
    email = compose_for(message.kind)(message)
    if not email.recipients():
        raise NoRecipients
    # The same on every try: a mailbox that gets a second copy after a crash can tell it is one.
    email.extra_headers["Message-ID"] = message.message_id
    email.extra_headers["Auto-Submitted"] = "auto-generated"
    # A mail provider gives this back when the mail bounces. It is no header, and SMTP knows nothing of it.
    email.metadata = {METADATA: message.message_id}  # type: ignore[attr-defined]
    return email


def send(email: EmailMessage, *, connection: KeptConnection | None) -> None:
    """Over the caller's connection, or over one of its own."""
    if connection is not None:
        connection.send(email)
        return
    with KeptConnection() as own:
        own.send(email)


def read_tracking_id(email: EmailMessage) -> str:
    """What the mail provider calls the mail; empty with SMTP."""
    status = getattr(email, "anymail_status", None)
    return str(getattr(status, "message_id", None) or "")


def settle(message: OutboxMessage, *, state: State, **changes: Any) -> None:
    """Write how the try went and give the lease back, if it is still ours.

    The end of the lease names the claim: no two claims of one message share it.
    """
    changed = OutboxMessage.objects.filter(
        pk=message.pk, state=State.SENDING, lease_until=message.lease_until
    ).update(state=state, lease_until=None, updated_at=timezone.now(), **changes)
    if not changed:
        logger.warning("Outbox message %s: the lease ended before the try did.", message.pk)


def take_up_if_true_again(message: OutboxMessage) -> None:
    """Look once more, now that the row says that it was dropped.

    Whoever made it true again while we composed it (`queue.take_up_again`) found it still being sent, and
    left it alone.
    """
    try:
        compose(message)
    except Exception:
        # Whatever speaks against it now, it stays dropped.
        return
    now = timezone.now()
    OutboxMessage.objects.filter(pk=message.pk, state=State.DROPPED, sent_at__isnull=True).update(
        state=State.QUEUED, send_at=now, due_at=now, attempts=0, updated_at=now
    )


def put_off(message: OutboxMessage, *, last_error: str) -> None:
    """Try again later, or give up after the last try."""
    if message.attempts >= MAX_TRIES:
        bury(message, last_error=last_error)
        return
    logger.warning("Outbox message %s (%s) is tried again later: %s", message.pk, message.kind, last_error)
    send_at = timezone.now() + pause_after(message.attempts)
    settle(message, state=State.QUEUED, send_at=send_at, last_error=last_error)


def bury(message: OutboxMessage, *, last_error: str) -> None:
    """Make it a dead letter: staff see it and can send it again."""
    logger.error("Outbox message %s (%s) cannot be sent: %s", message.pk, message.kind, last_error)
    settle(message, state=State.DEAD, last_error=last_error)


def pause_after(attempts: int) -> timedelta:
    """The wait after so many tries (1 or more), spread by a quarter so that a crowd comes back scattered."""
    pause: timedelta = min(FIRST_PAUSE * 3 ** (attempts - 1), LONGEST_PAUSE)
    return pause * random.uniform(0.75, 1.25)


def is_temporary(error: Exception) -> bool:
    """Whether the same mail may pass later: 4xx, the network, timeouts. A 5xx answer will not change."""
    if isinstance(error, NotOpened):
        # Also a password that cannot be written in ASCII, or a refusal to encrypt.
        return True
    if isinstance(error, AnymailError):
        return is_temporary_at_provider(error)
    reply = smtp_reply(error)
    if reply and reply[0] not in ABOUT_SIGNING_IN and not isinstance(error, ABOUT_THE_CONNECTION):
        return reply[0] < 500
    # A provider without its key: every mail would fail, and passes once that is set right.
    return isinstance(error, OSError | ImproperlyConfigured)


def is_temporary_at_provider(error: AnymailError) -> bool:
    """The same question for an answer over HTTP; without a code the network failed."""
    code = error.status_code
    return isinstance(error, AnymailAPIError) and (code is None or code in ABOUT_THE_ACCOUNT or code >= 500)


def smtp_reply(error: Exception) -> tuple[int, bytes] | None:
    """The server's code and text; of several refused recipients, the one most likely to pass later."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min(error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return error.smtp_code, text.encode() if isinstance(text, str) else text
    return None


def describe(error: Exception) -> str:
    """Class, code and enhanced code, for example "SMTPDataError 550 5.7.1".

    Never the text of an error: mail servers and databases put addresses and names into it.
    """
    if isinstance(error, NotOpened) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    parts = [type(error).__name__]
    if reply := smtp_reply(error):
        code, text = reply
        parts.append(str(code))
        if enhanced := ENHANCED_CODE.match(text):
            parts.append(enhanced.group().decode())
    elif isinstance(error, AnymailError) and error.status_code:
        parts.append(str(error.status_code))
    return " ".join(parts)
