"""Open slots as JSON, for other programs. Public: it holds nothing about patients."""

from datetime import date, timedelta
from typing import TypeVar

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from booking.availability import Slot, find_slots
from booking.models import Location, Practitioner, VisitType

DEFAULT_DAYS = 7
MOST_DAYS = 92

Choice = TypeVar("Choice", Practitioner, Location)


class BadQuestion(ValueError):
    """A parameter makes no sense; the text says which and what would."""


@require_safe
# Kept by anybody, asked again each time: a slot may be gone the next second.
@cache_control(public=True, no_cache=True)
@conditional_page
def list_availability(request: HttpRequest, slug: str) -> JsonResponse:
    """Answer GET ?from=2026-12-01&days=7&practitioner=<slug>&location=<slug>; every part may be left out."""
    visit_type = get_object_or_404(VisitType, slug=slug, is_public=True)
    try:
        first_day, days = read_days(request)
        slots = find_slots(
            visit_type=visit_type,
            first_day=first_day,
            last_day=first_day + timedelta(days=days - 1),
            practitioner=read_choice(request, "practitioner", Practitioner),
            location=read_choice(request, "location", Location),
        )
    except BadQuestion as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(
        {
            "visit_type": visit_type.slug,
            "from": first_day.isoformat(),
            "days": days,
            "slots": [describe_slot(slot) for slot in slots],
        }
    )


def describe_slot(slot: Slot) -> dict[str, str]:
    zone = slot.location.zone
    return {
        "start": slot.start.astimezone(zone).isoformat(),
        "end": slot.end.astimezone(zone).isoformat(),
        "practitioner": slot.practitioner.slug,
        "location": slot.location.slug,
    }


def read_days(request: HttpRequest) -> tuple[date, int]:
    try:
        first_day = date.fromisoformat(request.GET.get("from") or timezone.localdate().isoformat())
        days = int(request.GET.get("days") or DEFAULT_DAYS)
    except ValueError:
        raise BadQuestion(_("“from” is a date like 2026-12-01, and “days” is a number.")) from None
    if not 1 <= days <= MOST_DAYS or not 2000 <= first_day.year <= 2200:
        raise BadQuestion(_("“days” is a number from 1 to %(most)d.") % {"most": MOST_DAYS})
    return first_day, days


def read_choice(request: HttpRequest, name: str, model: type[Choice]) -> Choice | None:
    slug = request.GET.get(name)
    if not slug:
        return None
    # PostgreSQL raises an error of its own for a NUL, even in a question.
    found = model._default_manager.filter(slug=slug, is_active=True).first() if slug.isprintable() else None
    if found is None:
        raise BadQuestion(_("We do not know this %(name)s.") % {"name": name})
    return found
