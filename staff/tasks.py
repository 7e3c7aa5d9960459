from celery import shared_task

from staff import limits


@shared_task
def purge_tries_task() -> None:
    limits.purge_tries()
