"""The floor: the least that does the same. A bare Django view and one SQL, without any middleware.

The listing walks over the grid and knows nothing of rules, closings, rooms, notice, holds or zones that
change: what `bench_requests` makes needs none of them. The booking is one INSERT, which the database judges:
nobody is asked who they are, nothing is held, and nobody is told.
"""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from booking.models import Appointment

ZONE = ZoneInfo("America/New_York")
MINUTES = 20
MINUTE_OF = {
    "postgresql": "(extract(epoch FROM a.busy_start) / 60)::bigint",
    "sqlite": "strftime('%%s', a.busy_start) / 60",
}


def read_taken(first: datetime, last: datetime, *, slug: str | None = None) -> dict[str, set[int]]:
    """Return the minutes at which each practitioner's visits begin."""
    by_slug = "AND p.slug = %s" if slug else ""
    adapt = connection.ops.adapt_datetimefield_value
    taken: dict[str, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.slug, {MINUTE_OF[connection.vendor]} FROM booking_practitioner p "
            "LEFT JOIN booking_appointment a ON a.practitioner_id = p.id AND a.status = 'booked' "
            "AND a.busy_start >= %s AND a.busy_start < %s "
            f"WHERE p.is_active {by_slug} ORDER BY p.family_name",
            [adapt(first), adapt(last), *([slug] if slug else [])],
        )
        for person, minute in cursor:
            taken[person].add(minute)
    return taken


def list_slots(request: HttpRequest) -> HttpResponse:
    first = date.fromisoformat(request.GET["from"])
    days = int(request.GET["days"])
    opens = datetime.combine(first, time(), ZONE)
    taken = read_taken(opens, opens + timedelta(days=days + 1), slug=request.GET.get("practitioner"))
    slots = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        if day.weekday() > 4:
            continue
        start = datetime.combine(day, time(9), ZONE)
        minute = int(start.timestamp()) // 60
        for at in range(minute, minute + 8 * 60, MINUTES):
            begins = datetime.fromtimestamp(at * 60, UTC).astimezone(ZONE)
            start_text, end_text = begins.isoformat(), (begins + timedelta(minutes=MINUTES)).isoformat()
            slots += [
                {"start": start_text, "end": end_text, "practitioner": person, "location": "bench"}
                for person, minutes in taken.items()
                if at not in minutes
            ]
    answer = {"visit_type": "visit", "from": first.isoformat(), "days": days, "slots": slots}
    return HttpResponse(json.dumps(answer), content_type="application/json")


PAGE = Engine().from_string(
    "{% for day, times in days %}<a href='?day={{ day }}'>{{ day }} {{ times|length }}</a>{% endfor %}"
    "<form>{% for start, person in buttons %}"
    "<button name='slot' value='{{ start.isoformat }}/{{ person }}'>{{ start }} {{ person }}</button>"
    "{% endfor %}</form>{{ rest }}"
)
DAYS_READ, DAYS_SHOWN, SOONEST = 28, 10, 3


def show_times(request: HttpRequest) -> HttpResponse:
    """The page of times: ten days, the times of the first one and the soonest three, each with somebody free.

    One SQL, a Django template, and as many bytes as the page beside it.
    """
    first = datetime.now(ZONE).date() + timedelta(days=1)
    opens = datetime.combine(first, time(), ZONE)
    taken = read_taken(opens, opens + timedelta(days=DAYS_READ + 1))
    days = []
    for offset in range(DAYS_READ):
        day = first + timedelta(days=offset)
        if day.weekday() > 4:
            continue
        start = datetime.combine(day, time(9), ZONE)
        minute = int(start.timestamp()) // 60
        times = []
        for at in range(minute, minute + 8 * 60, MINUTES):
            person = next((person for person, minutes in taken.items() if at not in minutes), None)
            if person is not None:
                times.append((datetime.fromtimestamp(at * 60, UTC).astimezone(ZONE), person))
        days.append((day, times))
    days = days[:DAYS_SHOWN]
    buttons = days[0][1][:SOONEST] + days[0][1]
    page = PAGE.render(Context({"days": days, "buttons": buttons, "rest": ""}))
    return HttpResponse(page + "x" * (int(request.GET["bytes"]) - len(page)))


def find_soonest(*, count: int) -> list[tuple[int, str]]:
    """Return the first starts, in UTC minutes, each with somebody free; one SQL a day until it has them."""
    day = datetime.now(ZONE).date() + timedelta(days=1)
    found: list[tuple[int, str]] = []
    while len(found) < count:
        if day.weekday() < 5:
            opens = datetime.combine(day, time(9), ZONE)
            taken = read_taken(opens, opens + timedelta(days=1))
            minute = int(opens.timestamp()) // 60
            for at in range(minute, minute + 8 * 60, MINUTES):
                person = next((person for person, minutes in taken.items() if at not in minutes), None)
                if person is not None:
                    found.append((at, person))
        day += timedelta(days=1)
    return found[:count]


def empty(request: HttpRequest) -> HttpResponse:
    """Send as many bytes as the page beside it, and think nothing."""
    return HttpResponse(b"x" * int(request.GET["bytes"]))


def insert_visit(request: HttpRequest) -> HttpResponse:
    """Write one visit, if the database lets it: 409 where it would overlap."""
    given = {name: int(request.POST[name]) for name in ("visit_type", "practitioner", "location", "patient")}
    start = datetime.fromtimestamp(int(request.POST["minute"]) * 60, UTC)
    end = start + timedelta(minutes=MINUTES)
    try:
        Appointment.objects.create(
            **{f"{name}_id": key for name, key in given.items()},
            status="booked",
            start=start,
            end=end,
            busy_start=start,
            busy_end=end,
        )
    except IntegrityError:
        return HttpResponse(status=409)
    return HttpResponse(status=201)


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [
    path("health/live", live),
    path("slots", list_slots),
    path("times", show_times),
    path("empty", empty),
    path("visits", insert_visit),
]
