"""Celery tasks of the project itself."""

from celery import shared_task
from django.core.management import call_command


@shared_task
def clear_sessions_task() -> None:
    """Delete sessions that have ended, and with them what was typed and never sent."""
    call_command("clearsessions")
