"""The next opening of a type of visit, as an article's button tells it."""

from contextlib import suppress
from datetime import datetime

from django import template
from django.core.cache import cache

from booking.availability import find_soonest
from booking.models import VisitType

register = template.Library()

# Seconds. What is told may be this old, and no older: somebody may take the time at any moment.
LONGEST_KEPT = 60


@register.simple_tag
def next_opening(visit_type: VisitType) -> datetime | None:
    """Return the next start that can be booked, on the wall clock of its place; None where there is none."""
    key = f"next-opening-{visit_type.pk}"
    kept = _recall(key)
    if kept is None:
        slots = find_soonest(visit_type=visit_type, count=1)
        kept = [slot.local_start for slot in slots]
        # A cache that is away makes the page slower, and never an error.
        with suppress(Exception):
            cache.set(key, kept, LONGEST_KEPT)
    return kept[0] if kept else None


def _recall(key: str) -> list[datetime] | None:
    with suppress(Exception):
        kept: list[datetime] | None = cache.get(key)
        return kept
    return None
