"""Celery tasks of the booking app: thin calls."""

from celery import shared_task

from booking import actions, limits


@shared_task
def purge_stale_holds_task() -> None:
    actions.purge_stale_holds()


@shared_task
def purge_attempts_task() -> None:
    limits.purge_attempts()
