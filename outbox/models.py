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
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    message_id = models.CharField("Message-ID", max_length=255, default=make_message_id, unique=True)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        ordering = ["-send_at", "-pk"]
        indexes = [models.Index(fields=["state", "send_at"], name="outbox_state_send_at")]
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
