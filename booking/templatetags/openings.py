"""The next opening of a type of visit, as an article's button tells it."""

from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

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
        kept = [(slot.start.isoformat(), slot.location.time_zone) for slot in slots]
        # A cache that is away makes the page slower, and never an error.
        with suppress(Exception):
            cache.set(key, kept, LONGEST_KEPT)
    return next((datetime.fromisoformat(at).astimezone(ZoneInfo(zone)) for at, zone in kept), None)


def _recall(key: str) -> list[tuple[str, str]] | None:
    with suppress(Exception):
        kept: list[tuple[str, str]] | None = cache.get(key)
        return kept
    return None
