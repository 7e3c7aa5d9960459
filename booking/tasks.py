"""Celery tasks of the booking app: thin calls into `booking.actions`."""

from celery import shared_task

from booking import actions


@shared_task
def purge_stale_holds_task() -> None:
    actions.purge_stale_holds()
