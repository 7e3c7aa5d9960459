"""Celery tasks of the booking app: thin calls."""

from celery import shared_task

from booking import actions, limits, offering
from booking.mail import staff
from booking.privacy import retention
from booking.reports import access


@shared_task
def purge_stale_holds_task() -> None:
    actions.purge_stale_holds()


@shared_task
def purge_freed_times_task() -> None:
    offering.purge_freed_times()


@shared_task
def purge_attempts_task() -> None:
    limits.purge_attempts()


@shared_task
def queue_daily_lists_task() -> None:
    staff.queue_daily_lists()


@shared_task
def report_failed_mail_task() -> None:
    staff.report_failed_mail()


@shared_task
def record_access_figures_task() -> None:
    access.record_figures()


@shared_task
def offer_freed_times_task() -> None:
    offering.offer_freed_times()


@shared_task
def purge_old_records_task() -> None:
    retention.purge_old()
