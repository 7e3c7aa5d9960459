"""The doors for Celery. All of them may run twice, late or at once: the claim decides."""

from celery import shared_task
from django.utils import timezone

from outbox import retention
from outbox.deliver import deliver, sweep


@shared_task
def deliver_message_task(pk: int) -> None:
    deliver(pk)


@shared_task
def sweep_outbox_task() -> None:
    sweep()


@shared_task
def purge_outbox_task() -> None:
    retention.purge(now=timezone.now())
