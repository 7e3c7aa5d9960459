"""How the outbox is doing, for /health/ready."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from outbox.models import OutboxMessage


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    oldest_due_age: timedelta
    """How long the longest waiting message is due; grows when no worker or no beat runs."""
    due: int
    """Messages that are due now."""
    dead: int
    """Failed messages that staff have neither sent again nor stopped."""


def outbox_health() -> OutboxHealth:
    now = timezone.now()
    return OutboxHealth(
        oldest_due_age=OutboxMessage.objects.oldest_due_age(now),
        due=OutboxMessage.objects.due(now).count(),
        dead=OutboxMessage.objects.dead().count(),
    )
