"""Find my visit: reference and birth date open it, and nobody may guess for long."""

from datetime import date, timedelta

from django.utils import timezone

from booking.limits import count_attempt
from booking.links import LIFE_AFTER_VISIT
from booking.models import Appointment, Attempt
from booking.models.appointment import normalize_reference

MAX_MISSES = 5
WINDOW = timedelta(minutes=15)


def find_visit(
    *, reference: str, birth_date: date, address: str, counts_hits: bool = False
) -> Appointment | None:
    """Return the visit, or None for every kind of miss alike. Raises TooManyTries, Busy.

    `address` is a `client_key`. Only misses count in the end, but each try is written down
    before it is judged: those made at the same moment count each other. With `counts_hits` all of
    them count, for a page that must not tell a hit from a miss.
    """
    this_try = count_attempt(kind=Attempt.Kind.FIND, key=address, limit=MAX_MISSES, window=WINDOW)
    found = (
        Appointment.objects.visits()
        .filter(
            reference=normalize_reference(reference),
            patient__birth_date=birth_date,
            end__gt=timezone.now() - LIFE_AFTER_VISIT,
        )
        .first()
    )
    if found is not None and not counts_hits:
        this_try.delete()
    return found
