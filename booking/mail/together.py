"""The mails about several visits that were booked as one: one mail instead of many, with all dates.

Composed at the moment it leaves, of those that are still as it would tell them. One that was moved or
cancelled meanwhile is told by a mail of its own, and left out here.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone, translation

from booking.actions.records import BOOKED_TOGETHER, CANCELLED_TOGETHER
from booking.actions.together import list_cancelled
from booking.mail.composing import write_mail
from booking.mail.ics import make_list
from booking.mail.messages import (
    compose,
    compose_one_cancelled,
    explain_visit,
    find_language,
    find_told_start,
    name_contact,
)
from booking.models import Appointment, CancellationReason, VisitGroup
from booking.models.appointment import Status
from outbox.models import OutboxMessage
from outbox.registry import Superseded


def compose_booked_together(message: OutboxMessage) -> EmailMultiAlternatives:
    group = _find_group(message)
    coming = group.visits.with_parts().filter(status=Status.BOOKED, version=0, end__gt=timezone.now())
    told = []
    for visit in _list_with_address(coming):
        try:
            told.append({"visit": visit, **explain_visit(visit)})
        except Superseded:
            # Moved or cancelled at this very moment: its own mail tells.
            continue
    if not told:
        raise Superseded
    if len(told) == 1:
        [one] = told
        return compose(one["visit"], template="booked", method="REQUEST", context=one)
    visits = [one["visit"] for one in told]
    return _compose(
        visits,
        template="booked_together",
        context={
            "visits": told,
            "chain": group.chain,
            "points": _list_points(visits),
            "place": next((visit.location for visit in visits if not visit.visit_type.is_telehealth), None),
        },
    )


def compose_cancelled_together(message: OutboxMessage) -> EmailMultiAlternatives:
    group = _find_group(message)
    now = timezone.now()
    cancelled = list_cancelled(group, step=message.version)
    visits = _list_with_address([visit for visit in cancelled if visit.end > now])
    if not visits:
        raise Superseded
    if len(visits) == 1:
        return compose_one_cancelled(visits[0])
    with translation.override(find_language(visits[0])):
        book_url = settings.PUBLIC_URL + reverse("booking:visit-type")
    by_practice = visits[0].cancellation_reason == CancellationReason.PRACTICE
    told = [{"visit": visit, "old_start": find_told_start(visit)} for visit in visits]
    context = {"visits": told, "book_url": book_url, "by_practice": by_practice}
    return _compose(visits, template="cancelled_together", context=context)


KINDS = {BOOKED_TOGETHER: compose_booked_together, CANCELLED_TOGETHER: compose_cancelled_together}


def _find_group(message: OutboxMessage) -> VisitGroup:
    """Raises Superseded where there is none."""
    group = VisitGroup.objects.select_related("chain").filter(pk=message.subject_id).first()
    if group is None:
        raise Superseded
    return group


def _list_with_address(visits: Any) -> list[Appointment]:
    return [visit for visit in visits if visit.contact is not None and visit.contact.email]


def _list_points(visits: Sequence[Appointment]) -> list[dict[str, Any]]:
    """Return how to prepare, each point once, with the type whose text it is."""
    points: dict[str, Any] = {}
    for visit in visits:
        for point in visit.visit_type.preparation_points:
            points.setdefault(point, {"text": point, "visit_type": visit.visit_type})
    return list(points.values())


def _compose(
    visits: Sequence[Appointment], *, template: str, context: dict[str, Any]
) -> EmailMultiAlternatives:
    """Text, HTML and a file with all events.

    Only as a file: the alternative beside the text is for invitations, and programs take one event from it.
    """
    contact, language = visits[0].contact, find_language(visits[0])
    assert contact is not None
    values = {**context, **name_contact(visits[0])}
    email = write_mail(template=template, to=contact.email, language=language, values=values)
    with translation.override(language):
        email.attach("appointments.ics", make_list(visits).decode(), "text/calendar; method=PUBLISH")
    return email
