"""Celery tasks of the project itself."""

from celery import shared_task
from django.core.management import call_command

from clinic.models import Pulse
from clinic.watching.pulse import show_pulse


@shared_task
def clear_sessions_task() -> None:
    """Delete sessions that have ended, and with them what was typed and never sent."""
    call_command("clearsessions")


@shared_task
def show_pulse_task() -> None:
    show_pulse(Pulse.WORKER)
