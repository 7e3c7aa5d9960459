"""Many at once, each on a connection of its own, and what the database says of it afterwards."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from booking.models.appointment import HOLDING_STATUSES


def run_at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Call work(0) … work(count - 1) in threads that start together; each closes its connection."""
    barrier = threading.Barrier(count)

    def call(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def wait_until_one_waits(*, seconds: float = 10) -> None:
    """Return once another connection to this database waits for a lock; TimeoutError after `seconds`.

    PostgreSQL only.
    """
    deadline = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            # Inside a transaction it would show the connections that it has shown before.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise TimeoutError(f"No connection waited for a lock within {seconds} seconds.")


def count_overlaps() -> int:
    """Pairs of appointments that hold the same practitioner, room or patient at one moment."""
    statuses = ", ".join(f"'{status}'" for status in HOLDING_STATUSES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*) FROM booking_appointment a JOIN booking_appointment b
            ON a.id < b.id AND a.busy_start < b.busy_end AND b.busy_start < a.busy_end
            AND (
                a.practitioner_id = b.practitioner_id OR a.room_id = b.room_id OR a.patient_id = b.patient_id
            )
            WHERE a.status IN ({statuses}) AND b.status IN ({statuses})
            """
        )
        return cursor.fetchone()[0]


def count_deadlocks() -> int:
    """Deadlocks that PostgreSQL has broken in this database. SQLite has one writer and none."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
