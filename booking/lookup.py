"""Find my visit: reference and birth date open it, and nobody may guess for long."""

from datetime import date, timedelta

from django.utils import timezone

from booking.links import LIFE_AFTER_VISIT
from booking.models import Appointment, Attempt
from booking.models.appointment import normalize_reference

MAX_MISSES = 5
WINDOW = timedelta(minutes=15)


class TooManyTries(Exception):
    """This address has missed as often as it may. `retry_after` is in seconds."""

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after)


def find_visit(*, reference: str, birth_date: date, address: str) -> Appointment | None:
    """Return the visit, or None for every kind of miss alike. Raises TooManyTries.

    `address` is a `client_key`. The try is written down before it is judged, so that tries made
    at the same moment count each other.
    """
    now = timezone.now()
    Attempt.objects.filter(kind=Attempt.Kind.FIND, at__lte=now - WINDOW).delete()
    this_try = Attempt.objects.create(kind=Attempt.Kind.FIND, key=address, at=now)
    earlier = Attempt.objects.filter(kind=Attempt.Kind.FIND, key=address, pk__lt=this_try.pk)
    oldest = earlier.order_by("-pk").values_list("at", flat=True)[MAX_MISSES - 1 : MAX_MISSES].first()
    if oldest is not None:
        this_try.delete()
        raise TooManyTries(retry_after=max(1, round((oldest + WINDOW - now).total_seconds())))
    found = (
        Appointment.objects.visits()
        .filter(
            reference=normalize_reference(reference),
            patient__birth_date=birth_date,
            end__gt=now - LIFE_AFTER_VISIT,
        )
        .first()
    )
    if found is not None:
        this_try.delete()
    return found
