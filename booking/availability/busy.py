"""What takes time: the one question about visits and holds that every listing asks.

In SQL, as `versions.py` is: to build it, Django took longer than all the rest of a one-day listing takes.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection

from booking.availability.facts import Busy
from booking.models.appointment import HOLDING_STATUSES
from booking.models.practice import MAX_BUSY_MINUTES

LONGEST_BUSY = timedelta(minutes=MAX_BUSY_MINUTES)

_HOLDING = f"({', '.join(repr(status) for status in HOLDING_STATUSES)})"
# UTC epoch minutes, the last one rounded up. Counted by the database: reading thousands of instants as
# datetimes took longer than all the rest. On SQLite of the one form that `BusyTime` allows,
# 2026-11-24 09:00:00 and perhaps a fraction.
_SELECT = {
    "postgresql": """
        SELECT practitioner_id, room_id, patient_id, visit_type_id,
            floor(extract(epoch FROM start) / 60)::bigint,
            floor(extract(epoch FROM busy_start) / 60)::bigint,
            ceil(extract(epoch FROM busy_end) / 60)::bigint
        FROM booking_appointment""",
    "sqlite": """
        SELECT practitioner_id, room_id, patient_id, visit_type_id,
            strftime('%%s', substr(start, 1, 16)) / 60,
            strftime('%%s', substr(busy_start, 1, 16)) / 60,
            strftime('%%s', substr(busy_end, 1, 16)) / 60 + (substr(busy_end, 18) > '00')
        FROM booking_appointment""",
}
_ORDER = "ORDER BY busy_start"


def read_busy(
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    practitioners: Collection[int] | None,
    rooms: Collection[int] = (),
    patient: int | None = None,
    ignoring: int | None = None,
    holder: str = "",
) -> Busy:
    """Return whose and what time is taken between two aware instants, in one query.

    Of these practitioners, rooms and patient, by key; None: of everybody. `ignoring` is a visit that is in
    nobody's way, and so is the hold of `holder`, and one that ran out by `now`.
    """
    # No busy time is longer: without the lower bound each question would read the whole past.
    conditions = ["busy_start > %s AND busy_start < %s AND busy_end > %s"]
    values: list[Any] = [_adapt(start - LONGEST_BUSY), _adapt(end), _adapt(start)]
    conditions.append(f"status IN {_HOLDING} AND (status <> 'pending' OR hold_expires_at > %s)")
    values.append(_adapt(now))
    if practitioners is not None:
        takers = {
            "practitioner_id": practitioners,
            "room_id": rooms,
            "patient_id": [patient] if patient else [],
        }
        among = [_match(column, keys) for column, keys in takers.items() if keys]
        if not among:
            return Busy()
        conditions.append(f"({' OR '.join(condition for condition, _ in among)})")
        values += chain.from_iterable(chosen for _, chosen in among)
    if ignoring is not None:
        conditions.append("id <> %s")
        values.append(ignoring)
    if holder:
        conditions.append("(status <> 'pending' OR holder <> %s)")
        values.append(holder)
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT[connection.vendor]} WHERE {' AND '.join(conditions)} {_ORDER}", values)
        return _sort(cursor.fetchall(), patient=patient)


def _match(column: str, keys: Collection[int]) -> tuple[str, list[Any]]:
    """Return the condition that the column has one of these keys, and its values."""
    if connection.vendor == "postgresql":
        # One statement to plan, however many they are.
        return f"{column} = ANY(%s)", [list(keys)]
    return f"{column} IN ({', '.join(['%s'] * len(keys))})", list(keys)


def _adapt(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _sort(rows: Iterable[tuple[Any, ...]], *, patient: int | None) -> Busy:
    """Sort the times, which come by their beginning, by whom and what they take."""
    busy = Busy()
    for person, room, owner, kind, start, busy_start, busy_end in rows:
        interval = (busy_start, busy_end)
        busy.of_practitioner[person].append(interval)
        if room is not None:
            busy.of_room[room].append(interval)
        if patient is not None and owner == patient:
            busy.of_patient.append(interval)
        busy.counted[person, kind].append(start)
    return busy
