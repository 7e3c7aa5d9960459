"""A visit in the words of the board: a sign, a status, a name, a time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from booking.admin.visit_fields import SIGNS
from booking.admin.wishes import sign_needs
from booking.availability import to_minutes, to_minutes_up
from booking.desk.board import Entry
from booking.models import Appointment
from booking.models.appointment import Status
from booking.templatetags.times import clock

# In the order of a visit's day. What is cancelled or a mistake has no place on the board.
SHOWN = (
    Status.BOOKED,
    Status.ARRIVED,
    Status.CHECKED_IN,
    Status.FULFILLED,
    Status.NOSHOW,
    Status.PENDING,
)


def describe(visit: Appointment, *, zone: ZoneInfo, besides: tuple[str, ...] = ()) -> Entry:
    """Return the visit as the board shows it, with `besides` before its type: narrow columns cut the end."""
    status = Status(visit.status)
    start, end = visit.start.astimezone(zone), visit.end.astimezone(zone)
    if visit.hold_expires_at is not None and visit.patient is None:
        # Read with the day; a hold without an offer has no such row.
        word = _("Offered to the waitlist") if hasattr(visit, "waitlist_offer") else _("Held online")
        name = _("until %(clock)s") % {"clock": clock(visit.hold_expires_at.astimezone(zone))}
    else:
        is_sure = status == Status.BOOKED and visit.confirmed_at is not None
        word = _("Booked, will come") if is_sure else str(status.label)
        name = visit.patient.full_name if visit.patient else ""
    return Entry(
        pk=visit.pk,
        start=to_minutes(visit.start),
        end=to_minutes_up(visit.end),
        busy_start=to_minutes(visit.busy_start),
        busy_end=to_minutes_up(visit.busy_end),
        status=status.value,
        sign=SIGNS[status],
        word=word,
        name=name,
        about=", ".join((*besides, visit.visit_type.name)),
        needs=sign_needs(visit),
        span=spell_span(start, end),
        place=visit.location.slug,
        is_held=visit.is_hold,
    )


def spell_span(start: datetime, end: datetime) -> str:
    """10:00 to 10:40 am"""
    return _("%(start)s to %(end)s") % {"start": clock(start), "end": clock(end)}
