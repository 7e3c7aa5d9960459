"""Open slots as JSON, for other programs. Public: it holds nothing about patients."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from booking.availability import Calendar, know_set_up, read_calendar, read_versions, remember, to_datetime
from booking.models import Location, Practitioner

DEFAULT_DAYS = 7
MOST_DAYS = 92
CHOICES = ("practitioner", "location")

Choice = TypeVar("Choice", Practitioner, Location)


class BadQuestion(ValueError):
    """A parameter makes no sense; the text says which and what would."""


@require_safe
# Kept by anybody, asked again each time: a slot may be gone the next second.
@cache_control(public=True, no_cache=True)
@conditional_page
def list_availability(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer GET ?from=2026-12-01&days=7&practitioner=<slug>&location=<slug>; every part may be left out."""
    now = timezone.now()
    versions = read_versions(now=now)
    try:
        first_day, days = read_days(request.GET)
        # By what is meant: "7", "07" and "+7" are one question, and must not fill the memory as many.
        question = ["json", slug, first_day.isoformat(), str(days)]
        question += [request.GET.get(name, "") for name in CHOICES]
        answer = remember(
            question,
            versions=versions,
            now=now,
            make=lambda: write_answer(request.GET, slug=slug, now=now, version=versions and versions.set_up),
        )
    except BadQuestion as error:
        return JsonResponse({"error": str(error)}, status=400)
    return HttpResponse(answer.text, content_type="application/json", headers={"ETag": answer.etag})


def write_answer(query: QueryDict, *, slug: str, now: datetime, version: str | None) -> str:
    """Return the JSON. Raises Http404 and BadQuestion."""
    first_day, days = read_days(query)
    last_day = first_day + timedelta(days=days - 1)
    set_up = know_set_up(first_day=first_day, last_day=last_day, version=version)
    visit_type = set_up.find_type(slug)
    if visit_type is None:
        raise Http404
    calendar = read_calendar(
        visit_type=visit_type,
        first_day=first_day,
        last_day=last_day,
        practitioner=read_choice(query, "practitioner", set_up.people.values()),
        location=read_choice(query, "location", set_up.locations.values()),
        now=now,
        set_up=set_up,
    )
    return json.dumps(
        {
            "visit_type": visit_type.slug,
            "from": first_day.isoformat(),
            "days": days,
            "slots": describe_slots(calendar),
        }
    )


def describe_slots(calendar: Calendar) -> list[dict[str, str]]:
    # Many clinicians are free at the same moment: each is worded once in each zone.
    told: dict[tuple[int, str], tuple[str, str]] = {}
    duration = calendar.visit_type.duration
    described = []
    for start, desk in calendar.free_starts():
        place = desk.location
        words = told.get((start, place.time_zone))
        if words is None:
            begins, ends = (
                to_datetime(start).astimezone(place.zone),
                to_datetime(start + duration).astimezone(place.zone),
            )
            words = told[start, place.time_zone] = begins.isoformat(), ends.isoformat()
        described.append(
            {
                "start": words[0],
                "end": words[1],
                "practitioner": desk.practitioner.slug,
                "location": place.slug,
            }
        )
    return described


def read_days(query: QueryDict) -> tuple[date, int]:
    try:
        first_day = date.fromisoformat(query.get("from") or timezone.localdate().isoformat())
        days = int(query.get("days") or DEFAULT_DAYS)
    except ValueError:
        raise BadQuestion(_("“from” is a date like 2026-12-01, and “days” is a number.")) from None
    if not 1 <= days <= MOST_DAYS or not 2000 <= first_day.year <= 2200:
        raise BadQuestion(_("“days” is a number from 1 to %(most)d.") % {"most": MOST_DAYS})
    return first_day, days


def read_choice(query: QueryDict, name: str, choices: Iterable[Choice]) -> Choice | None:
    slug = query.get(name)
    if not slug:
        return None
    found = next((choice for choice in choices if choice.slug == slug and choice.is_active), None)
    if found is None:
        raise BadQuestion(_("We do not know this %(name)s.") % {"name": name})
    return found
