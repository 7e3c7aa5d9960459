"""One transaction around each action: its locks, its retries, and the database's verdicts as errors.

Locks are taken in one order that never changes: keys of limits, practitioners, rooms,
patients, visits; each by primary key. Two actions then wait for each other instead of
standing in each other's way. The locks make refusals cheap and orderly; the NoOverlap
constraints are what forbids an overlap.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from booking.availability import know_set_up
from booking.counting import BUSY, OVERLAP, count_refusal
from booking.engine.rules import Code, Refusal
from booking.models import Location, Patient, Practitioner, Room, VisitType

TRIES = 3
LOCK_TIMEOUT = "3s"


class BookingError(Exception):
    """Something that a person asked for and did not get."""


class Refused(BookingError):
    """Rules forbid it; `refusals` says which, all of them."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__(", ".join(refusal.code for refusal in self.refusals))


class SlotTaken(Refused):
    """Somebody else has the time. The judge was the database, or a look just before it."""

    def __init__(self, refusals: Iterable[Refusal] = (Refusal(code=Code.TAKEN),)) -> None:
        super().__init__(refusals)


class Busy(BookingError):
    """The database was too busy three times in a row. Trying again later will work."""


Action = TypeVar("Action", bound=Callable[..., Any])

_OVERLAP = "23P01"
_CONTENTION = {"40P01", "40001", "55P03"}
_UNIQUE = {"23505", "SQLITE_CONSTRAINT_UNIQUE"}


def _is_overlap(error: DatabaseError) -> bool:
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) == _OVERLAP:
        return True
    return getattr(cause, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_TRIGGER"


def _is_contention(error: DatabaseError) -> bool:
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _CONTENTION:
        return True
    return getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _is_reference_in_use(error: DatabaseError) -> bool:
    """References are drawn by lot; after some hundred thousand visits one comes twice now and then."""
    cause = error.__cause__
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", "")
    return code in _UNIQUE and "reference" in str(cause)


def writing(action: Action) -> Action:
    """Run an action in one transaction; turn the database's verdicts into ours.

    Raises SlotTaken for an overlap, Busy after three tries against contention (or against a
    reference that is in use: each try draws another). Errors are raised `from None`, because
    PostgreSQL's text prints the whole row, names and reasons included.
    """

    @wraps(action)
    def wrapper(**kwargs: Any) -> Any:
        for tries_left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    if connection.vendor == "postgresql":
                        with connection.cursor() as cursor:
                            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                    return action(**kwargs)
            except (IntegrityError, OperationalError) as error:
                if _is_overlap(error):
                    count_refusal(OVERLAP)
                    raise SlotTaken from None
                if not (_is_contention(error) or _is_reference_in_use(error)):
                    raise
                # Inside somebody else's transaction there is nothing left to try again in.
                if not tries_left or connection.in_atomic_block:
                    count_refusal(BUSY)
                    raise Busy from None
                time.sleep(random.uniform(0.02, 0.1))

    return wrapper  # type: ignore[return-value]


@contextmanager
def judging() -> Iterator[None]:
    """Inside an action that writes several visits: write one, and undo only that where it overlaps.

    Raises SlotTaken; the transaction can go on, to hear what speaks against the others.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if _is_overlap(error):
            count_refusal(OVERLAP)
            raise SlotTaken from None
        raise


def lock(
    *, practitioners: Iterable[int], visit_type: VisitType, location: Location, patient_id: int | None = None
) -> list[Room] | None:
    """Take the locks in the one order that every action keeps.

    Returns the rooms that would do, maybe none; None where the visit needs no room.
    """
    places = [(visit_type, location)]
    return lock_together(practitioners=practitioners, places=places, patient_id=patient_id)[0]


def lock_together(
    *,
    practitioners: Iterable[int],
    places: Sequence[tuple[VisitType, Location]],
    patient_id: int | None = None,
) -> list[list[Room] | None]:
    """Take the locks of several visits at once, in the same order. Returns the rooms, as `lock`, for each.

    One visit after the other would take the second's clinician after the first's room: out of order.
    """
    lock_practitioners(practitioners)
    # After the first lock: what was changed before it counts.
    rooms_for = know_set_up(first_day=timezone.localdate()).rooms_for
    # Of each visit's own place alone: another place is no reason to wait.
    would_do = [
        {room.pk for room in rooms_for.get(visit_type.pk, ()) if room.location_id == location.pk}
        for visit_type, location in places
    ]
    keys = set().union(*would_do)
    locked = Room.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=keys, is_active=True)
    rooms = list(locked.order_by("pk")) if keys else []
    lock_patient(patient_id)
    if keys or patient_id is not None:
        # There may have been a wait for these locks: staff may require a room by now.
        needed_for = know_set_up(first_day=timezone.localdate()).rooms_for
    else:
        needed_for = rooms_for
    return [
        [room for room in rooms if room.pk in any_of and room.location_id == location.pk]
        if any_of or needed_for.get(visit_type.pk)
        else None
        for any_of, (visit_type, location) in zip(would_do, places, strict=True)
    ]


def lock_patient(key: int | None) -> None:
    """Let nobody else book for them or merge their record; None: for nobody."""
    if key is not None:
        list(Patient.objects.select_for_update(no_key=True).filter(pk=key).values_list("pk"))


def lock_practitioners(keys: Iterable[int] | None) -> None:
    """Let nobody else book, move or block time with these; None: with anybody."""
    rows = Practitioner.objects.select_for_update(no_key=True).order_by("pk")
    if keys is not None:
        rows = rows.filter(pk__in=set(keys))
    list(rows.values_list("pk"))


def queue_up(*keys: str) -> None:
    """Let only one at a time count what each of these keys has; before any other lock, in one order.

    Without it eight holds from one address at the same moment all count none. SQLite has one
    writer anyway.
    """
    in_order = sorted(filter(None, keys))
    if connection.vendor == "postgresql" and in_order:
        # One row of calls is worked through from left to right.
        calls = ", ".join(["pg_advisory_xact_lock(hashtextextended(%s, 0))"] * len(in_order))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {calls}", in_order)
