"""Calendar entries for visits: the part of a mail that calendars read, and the file to download.

RFC 5545, 5546 (iTIP) and 6047 (iMIP). Whoever looks over a patient's shoulder reads calendars,
so an entry names neither the specialty nor the clinician nor the reason.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vCalAddress

from booking.mail.zones import make_timezone
from booking.models import Appointment
from booking.models.appointment import Status

# Stays the same for ever: calendars may tell two products' entries apart by it.
PRODUCT_ID = "-//Clinic booking//Appointments//EN"

STATUSES = {"REQUEST": "CONFIRMED", "PUBLISH": "CONFIRMED", "CANCEL": "CANCELLED"}


def make_invitation(appointment: Appointment, *, method: str) -> bytes:
    """Return one visit as an iCalendar file with CRLF line ends.

    `method` is REQUEST (booked or moved) or CANCEL for mails; both name the contact's address.
    PUBLISH, for a download, names nobody. UID and SEQUENCE are the same in all of them, so that
    a later one replaces an earlier one. Raises ValueError for another method.
    """
    if method not in STATUSES:
        raise ValueError(f"not a method we send: {method}")
    event = _describe(appointment, status=STATUSES[method])
    if method != "PUBLISH":
        event.add("attendee", _name_attendee(appointment))
    return _wrap([event], method=method, of=[appointment])


def make_list(appointments: Sequence[Appointment]) -> bytes:
    """Return several visits as one file with CRLF line ends, each as it is: booked, or cancelled.

    By PUBLISH, since all events of a REQUEST or CANCEL must have one UID (RFC 5546, 3.2.2 and 3.2.5). Each
    has the UID and SEQUENCE of its own invitation, so that a later one replaces it.
    """
    events = [
        _describe(visit, status="CANCELLED" if visit.status == Status.CANCELLED else "CONFIRMED")
        for visit in appointments
    ]
    return _wrap(events, method="PUBLISH", of=appointments)


def _describe(appointment: Appointment, *, status: str) -> Event:
    show = appointment.location.zone if _describe_zone(appointment) else UTC
    event = Event()
    # No host beside it (RFC 7986, 5.3): a site that moves to another name would be unable to change or cancel
    # what it has sent, and the old time would stay in the calendar.
    event.add("uid", str(appointment.uid))
    event.add("sequence", appointment.version)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", appointment.start.astimezone(show))
    event.add("dtend", appointment.end.astimezone(show))
    event.add("summary", _("Appointment at %(place)s") % {"place": settings.CLINIC["short_name"]})
    event.add("location", _describe_place(appointment))
    event.add("status", status)
    event.add("class", "PRIVATE")
    # A bare address: with a name in it, Gmail takes no updates. The sender's, because calendars
    # trust an invitation that comes from its organizer.
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"))
    return event


def _wrap(events: Sequence[Event], *, method: str, of: Sequence[Appointment]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    # Of several visits at one place the first will do: its rules hold for the two years after it as well.
    zones = {visit.location.time_zone: zone for visit in reversed(of) if (zone := _describe_zone(visit))}
    for component in [*zones.values(), *events]:
        calendar.add_component(component)
    return calendar.to_ical()


def _describe_zone(appointment: Appointment) -> Timezone | None:
    """Return the location's zone, or None where only UTC can tell the times.

    Outlook is an hour off where a TZID comes without its VTIMEZONE. A wall time that happens
    twice means its first pass to RFC 5545, its second to libical.
    """
    if _happens_twice(appointment.local_start) or _happens_twice(appointment.local_end):
        return None
    return make_timezone(appointment.location.zone, around=appointment.local_start.date())


def _happens_twice(wall: datetime) -> bool:
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


def _describe_place(appointment: Appointment) -> str:
    """The address without the location's name, which staff choose and which may say too much."""
    if appointment.visit_type.is_telehealth:
        return appointment.visit_type.get_mode_display()
    return ", ".join(appointment.location.address_lines)


def _name_attendee(appointment: Appointment) -> vCalAddress:
    if appointment.contact is None or not appointment.contact.email:
        raise ValueError("an invitation needs somebody to invite")
    mailbox, _at, domain = appointment.contact.email.rpartition("@")
    # As the envelope has it: an address of the web is ASCII, and calendars look for the one they know.
    attendee = vCalAddress(f"mailto:{mailbox}@{punycode(domain)}")
    attendee.params["partstat"] = "NEEDS-ACTION"
    # Nobody reads answers: patients change a visit by their link.
    attendee.params["rsvp"] = "FALSE"
    return attendee
