"""The parts of the day's page that are drawn anew every half minute, and sent only where they changed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.models import Entry
from audit.reads import DESK_WINDOW, record_opened, record_shown
from booking import scope
from booking.availability.caught import find_caught
from booking.desk.board import name_minute
from booking.desk.read import DeskDay, find_next_day, list_waiting
from booking.desk.search import Answer
from booking.desk.together import read_together
from booking.desk.visits import Panel, list_undelivered
from booking.desk.who import WhoComes
from booking.models import Absence, Appointment, WaitlistEntry
from booking.waiting import can_come_earlier

NAMES = ("counts", "caught", "board", "undelivered", "shares")
# Who waits is known of today alone.
NAMES_OF_TODAY = (*NAMES, "waiting")


@dataclass(frozen=True, slots=True)
class Part:
    """One part as drawn. The page has an element `desk-<name>` for it and sends `mark` back."""

    name: str
    html: SafeString
    mark: str


def draw_day(request: HttpRequest, day: DeskDay) -> list[Part]:
    place = day.choice.location
    caught = find_caught(now=day.now, place_id=place.pk if place else None)
    caught = [one for one in caught if scope.may_see_calendar(request.user, one.visit.practitioner)]
    undelivered = list_undelivered(now=day.now, place_id=place.pk if place else None, user=request.user)
    shown = [*day.visits, *(one.visit for one in caught), *(one.visit for one in undelivered)]
    record_shown(
        request,
        [visit.patient_id for visit in shown],
        page="desk:day",
        detail=day.choice.day.isoformat(),
        window=DESK_WINDOW,
    )
    next_day = None if day.board.rows else find_next_day(day.choice, user=request.user)
    context = {
        "day": day,
        "choice": day.choice,
        "board": day.board,
        "rows": [(row, day.labels[row.start], name_minute(row.start)) for row in day.board.rows],
        "next_day": next_day,
        "next_address": reverse("desk:day") + "?" + day.choice.on(next_day) if next_day else "",
        "visit_root": reverse("desk:day") + "visit/",
        "book_root": reverse("desk:book"),
        "waiting": list_waiting(day.here, now=day.now) if day.choice.is_today else [],
        "caught": caught,
        "unsent": _list_unsent(request),
        "undelivered": undelivered,
    }
    names = NAMES_OF_TODAY if day.choice.is_today else NAMES
    return [_draw(request, name, context) for name in names]


def _list_unsent(request: HttpRequest) -> list[Absence]:
    """Return the plans for absences that somebody began and did not send."""
    if not request.user.has_perm("booking.add_availabilityexception"):
        return []
    drafts = scope.visible_absences(request.user).filter(status=Absence.Status.DRAFT)
    return list(drafts.select_related("practitioner"))


def draw_visit(request: HttpRequest, panel: Panel) -> Part:
    visit = panel.visit
    record_visit(request, visit, page="desk:visit")
    wish = _find_wish(request, visit)
    if wish is not None and visit.is_hold:
        record_opened(request, wish, page="desk:visit", window=DESK_WINDOW)
    may_change = scope.may_change_visit(request.user, visit)
    return _draw(
        request,
        "visit",
        {
            "panel": panel,
            "visit": visit,
            "wish": wish,
            "may_change": may_change,
            "may_be_earlier": may_change
            and panel.can_be_moved
            and can_come_earlier(visit)
            and request.user.has_perm("booking.change_waitlistentry"),
            "together": read_together(visit, user=request.user),
        },
    )


def _find_wish(request: HttpRequest, visit: Appointment) -> WaitlistEntry | None:
    """Return the wish for an earlier time than the visit's; of a held time that to which it is offered.

    One's own calendar may hold a time for others' patients.
    """
    if not request.user.has_perm("booking.view_waitlistentry"):
        return None
    wishes = scope.visible_wishes(request.user)
    if visit.is_hold:
        return wishes.filter(offers__hold=visit.pk).select_related("patient").first()
    return wishes.waiting().filter(appointment=visit.pk).first()


def record_visit(
    request: HttpRequest, visit: Appointment, *, kind: str = Entry.Kind.OPENED, page: str = ""
) -> None:
    """Record that somebody sees a visit, once in a while: panels draw themselves anew. A hold is nobody's."""
    if visit.patient_id is not None:
        record_opened(request, visit, kind=kind, page=page, window=DESK_WINDOW)


def record_search(request: HttpRequest, answer: Answer) -> None:
    """Record that somebody searched and whom they found, never what they typed."""
    found = [one.patient.pk for one in answer.found]
    record_shown(request, found, kind=Entry.Kind.SEARCHED, detail=str(len(found)))


def record_who(request: HttpRequest, slip: WhoComes) -> None:
    """Record whom a slip shows: the patient, or those who may be."""
    if slip.patient is not None:
        record_opened(request, slip.patient, window=DESK_WINDOW)
    elif slip.answer is not None:
        record_search(request, slip.answer)
    elif slip.duplicates:
        record_shown(request, [one.patient.pk for one in slip.duplicates], window=DESK_WINDOW)


def _draw(request: HttpRequest, name: str, context: dict[str, Any]) -> Part:
    """Every drawing has a CSRF token of its own, so the mark is made without it."""
    token = get_token(request)
    everything = {
        **context,
        "csrf_token": token,
        "may_send": request.user.has_perm("outbox.change_outboxmessage"),
        "may_read_answers": scope.may_read_answers(request.user),
        "may_audit": request.user.has_perm("audit.view_entry"),
        "may_book": request.user.has_perm("booking.add_appointment"),
    }
    html = render_to_string(f"desk/part_{name}.html", everything)
    digest = hashlib.sha256(html.replace(token, "").encode()).hexdigest()[:16]
    mark = f"{name}-{digest}"
    return Part(
        name=name,
        html=format_html('{}<input type="hidden" name="seen" value="{}">', html, mark),
        mark=mark,
    )


def pick_changed(parts: Iterable[Part], *, seen: Iterable[str]) -> list[Part]:
    """Return the parts that a page which has `seen` does not show yet."""
    marks = set(seen)
    return [part for part in parts if part.mark not in marks]
