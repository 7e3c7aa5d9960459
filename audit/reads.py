"""Who saw which patient. Called by the pages that show them, once they know whom.

A page that shows one patient writes one entry. A list writes one, and a row for each patient in it.
What asks again by itself, such as the desk, gives a `window`: whom somebody has seen there within it
is not written down again.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from audit.current import find_user, read_address
from audit.models import Entry, Shown
from audit.writes import describe

# The desk draws itself anew every half minute.
DESK_WINDOW = timedelta(minutes=15)


def name_page(request: HttpRequest) -> str:
    """Return the name of the page's address: it has no words in it that somebody typed."""
    match = request.resolver_match
    return match.view_name[:100] if match is not None else ""


def record_opened(
    request: HttpRequest,
    record: models.Model,
    *,
    kind: str = Entry.Kind.OPENED,
    page: str = "",
    window: timedelta | None = None,
) -> None:
    """Record that somebody was shown one record."""
    page = page or name_page(request)
    about = describe(record)
    if window is not None:
        recent = _list_recent(request, page=page, window=window).filter(kind=kind, object_id=record.pk)
        if recent.filter(content_type=about["content_type"]).exists():
            return
    _write(request, kind=kind, page=page, **about)


def record_shown(
    request: HttpRequest,
    patients: Iterable[int | None],
    *,
    kind: str = Entry.Kind.LISTED,
    page: str = "",
    detail: str = "",
    window: timedelta | None = None,
) -> None:
    """Record whom a list showed, by their numbers. Of nobody there is nothing to tell, but of a search."""
    page = page or name_page(request)
    numbers = {number for number in patients if number is not None}
    if window is not None and numbers:
        recent = _list_recent(request, page=page, window=window).filter(kind=kind, detail=detail)
        numbers -= set(Shown.objects.filter(entry__in=recent).values_list("patient_id", flat=True))
    if not numbers and kind not in (Entry.Kind.SEARCHED, Entry.Kind.EXPORTED):
        return
    with transaction.atomic():
        entry = _write(request, kind=kind, page=page, detail=detail)
        Shown.objects.bulk_create(Shown(entry=entry, patient_id=number) for number in sorted(numbers))


def record_refused(request: HttpRequest) -> None:
    """Record that somebody who is signed in was refused a page (403)."""
    if find_user(request) is None or request.resolver_match is None:
        return
    number = next((value for value in _list_numbers(request) if value.isdecimal()), "")
    _write(request, kind=Entry.Kind.REFUSED, page=name_page(request), detail=number[:18])


def _list_numbers(request: HttpRequest) -> list[str]:
    assert request.resolver_match is not None
    kwargs = request.resolver_match.kwargs
    return [str(kwargs[name]) for name in ("object_id", "pk") if name in kwargs]


def _list_recent(request: HttpRequest, *, page: str, window: timedelta) -> "models.QuerySet[Any]":
    since = timezone.now() - window
    recent = Entry.objects.filter(actor=find_user(request), page=page, timestamp__gt=since)
    return recent.order_by()


def _write(request: HttpRequest, **fields: Any) -> Entry:
    return Entry.objects.create(
        action=Entry.Action.ACCESS,
        actor=find_user(request),
        remote_addr=read_address(request),
        **fields,
    )
