"""The doors for Celery. Both tasks may run twice, late or at once: the claim decides."""

from celery import shared_task

from outbox.deliver import deliver, sweep


@shared_task
def deliver_message_task(pk: int) -> None:
    deliver(pk)


@shared_task
def sweep_outbox_task() -> None:
    sweep()
