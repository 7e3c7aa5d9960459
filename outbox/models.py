"""Messages that must leave the house, written in the transaction of what they tell about."""

from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    # What it said is no longer true, for example the visit was moved since.
    DROPPED = "dropped", _("No longer needed")
    DEAD = "dead", _("Failed")
    STOPPED = "stopped", _("Stopped by staff")


HELD = "Held"
# What staff read instead of the word in the row. Other words name an error of the mail server or ours.
PROBLEMS = {
    "AddressBounced": _("an earlier email to this address came back"),
    "AnymailRecipientsRefused": _("the mail provider refuses this address"),
    "Bounced": _("the email came back"),
    "Failed": _("the mail provider could not deliver it"),
    "Complained": _("marked as unwanted in the mailbox"),
    HELD: _("a backup was restored, and it may have left before"),
    "NoRecipients": _("there is no address to send it to"),
    "WorkerLost": _("sending was cut off again and again"),
}


def make_message_id() -> str:
    """A new Message-ID in the domain mail comes from: the host's own name must not leave the house."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return f"<{uuid4().hex}@{sender.rpartition('@')[2]}>"


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, now: datetime) -> Self:
        """What a worker may claim: its time has come, or whoever claimed it before has died."""
        return self.filter(
            Q(state=State.QUEUED, send_at__lte=now) | Q(state=State.SENDING, lease_until__lte=now)
        )

    def dead(self) -> Self:
        return self.filter(state=State.DEAD)

    def oldest_due_age(self, now: datetime) -> timedelta:
        """How long the message that waits longest has been due; zero when nothing is due."""
        oldest = self.due(now).aggregate(oldest=models.Min("send_at"))["oldest"]
        return now - oldest if oldest else timedelta(0)


class OutboxMessage(models.Model):
    """One mail to one recipient about one version of one subject.

    It holds no name, address or text: the mail is composed from `subject_id` when it leaves.
    `send_at` is when the next try is wanted; only `outbox.deliver` and `outbox.queue` write.
    """

    kind = models.CharField(_("kind"), max_length=100)
    subject_id = models.BigIntegerField(_("subject"))
    version = models.PositiveIntegerField(_("version"))
    recipient = models.CharField(
        _("recipient"), max_length=100, help_text=_("A role, such as patient; never an address.")
    )
    send_at = models.DateTimeField(_("send at"), default=timezone.now)
    due_at = models.DateTimeField(
        _("wanted at"),
        null=True,
        blank=True,
        help_text=_("When it was wanted first: a try that fails puts off only the next one."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    message_id = models.CharField("Message-ID", max_length=255, default=make_message_id, unique=True)
    tracking_id = models.CharField(
        _("provider's number"),
        max_length=255,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the mail provider calls this mail when it tells about it."),
    )
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ["-send_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "send_at"], name="outbox_state_send_at"),
            models.Index(fields=["tracking_id"], name="outbox_tracking_id", condition=~Q(tracking_id="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id", "version", "recipient"], name="outbox_message_once"
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENDING, lease_until__isnull=False)
                | (~Q(state=State.SENDING) & Q(lease_until__isnull=True)),
                name="outbox_lease_while_sending",
                violation_error_message=_("A message has a lease exactly while it is being sent."),
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SENT) | Q(sent_at__isnull=False),
                name="outbox_sent_has_time",
                violation_error_message=_("A sent message says when it was sent."),
            ),
            models.CheckConstraint(
                condition=~Q(recipient__contains="@"),
                name="outbox_recipient_is_a_role",
                violation_error_message=_("The recipient is a role, never an address."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} v{self.version} → {self.recipient}"

    @property
    def problem(self) -> str:
        """Why it did not leave, in words where we have some."""
        return str(PROBLEMS.get(self.last_error, self.last_error))


class BadAddress(models.Model):
    """An address that mail came back from, or whose owner called it unwanted. Only a keyed hash is kept.

    Nothing more is sent there until staff delete the row. `outbox.addresses` writes and reads it.
    """

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("Mail came back")
        COMPLAINED = "complained", _("Marked as unwanted")

    address_hash = models.CharField(_("hash of the address"), max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    at = models.DateTimeField(_("since"), default=timezone.now)
    message = models.ForeignKey(
        OutboxMessage,
        verbose_name=_("message"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The message that came back."),
    )

    class Meta:
        verbose_name = _("address that mail came back from")
        verbose_name_plural = _("addresses that mail came back from")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {timezone.localtime(self.at):%Y-%m-%d %H:%M}"


class MinuteCount(models.Model):
    """How many mails asked to leave in one minute: all of them, or those to one domain."""

    minute = models.DateTimeField(_("minute"))
    # Empty for all mails. A keyed hash otherwise: a domain can be somebody's name.
    scope = models.CharField(_("domain"), max_length=64, blank=True)
    asked = models.PositiveIntegerField(_("asked"), default=0)

    class Meta:
        verbose_name = _("mails in a minute")
        verbose_name_plural = _("mails in a minute")
        constraints = [models.UniqueConstraint(fields=["minute", "scope"], name="outbox_minute_count_once")]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} {self.asked}"
