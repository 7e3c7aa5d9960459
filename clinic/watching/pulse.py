"""Beat and worker say every half minute that they live, each by itself, in a row of the database.

Beat writes when it sends its task and the worker when it does it. A beat that starts without a broker waits
for it and is not seen; one that has had it ticks on without.
"""

import logging
from datetime import timedelta
from typing import Any

from celery.signals import beat_init, before_task_publish, worker_ready
from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from django.utils import timezone

from clinic.models import Pulse

logger = logging.getLogger(__name__)

TASK = "clinic.tasks.show_pulse_task"
# Four ticks missed.
LATE = timedelta(minutes=2)


def show_pulse(name: str) -> None:
    Pulse.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def read_ages() -> dict[str, timedelta | None]:
    """Return how long ago beat and worker were last seen; None for never."""
    now = timezone.now()
    seen = dict(Pulse.objects.values_list("name", "at"))
    return {name: now - seen[name] if name in seen else None for name in (Pulse.BEAT, Pulse.WORKER)}


def is_late(age: timedelta | None) -> bool:
    return age is None or age > LATE


def show_safely(name: str) -> None:
    """Outside of a task: a database that is away must not stop beat, which sends the mails' sweep.

    Nothing stays open: these processes have no other use for a connection, and the worker forks.
    """
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    # Whoever has the table to themselves, as a restore has, must not keep beat from its work.
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
            show_pulse(name)
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The database cannot be told that %s lives (%s).", name, type(error).__name__)
    finally:
        connections.close_all()


@beat_init.connect
def show_start_of_beat(**kwargs: Any) -> None:
    show_safely(Pulse.BEAT)


@before_task_publish.connect(sender=TASK)
def show_tick_of_beat(**kwargs: Any) -> None:
    show_safely(Pulse.BEAT)


@worker_ready.connect
def show_start_of_worker(**kwargs: Any) -> None:
    show_safely(Pulse.WORKER)
