"""What patients said, in words for staff: the help they need, whom to call, what they wait for."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from booking.models import Appointment, Patient, RelatedPerson, Source, WaitlistEntry
from booking.templatetags.times import clock, full_day, zone_label


def spell_needs(visit: Appointment) -> list[str]:
    """Return each need as a line of its own: “Interpreter: Spanish”."""
    lines = []
    if visit.needs_interpreter:
        language = visit.interpreter_language or _("ask which language")
        lines.append(_("Interpreter: %(language)s") % {"language": language})
    if visit.needs_step_free:
        lines.append(_("Step-free way, or help with moving"))
    if visit.needs_quiet:
        lines.append(_("Quiet place or low light"))
    if visit.needs_more_time:
        lines.append(_("More time"))
    if visit.access_needs:
        lines.append(visit.access_needs)
    return lines


def sign_needs(visit: Appointment) -> str:
    """Return the needs in as few words as a list has room for: “Spanish interpreter, quiet”."""
    words = []
    if visit.needs_interpreter:
        words.append(
            _("%(language)s interpreter") % {"language": visit.interpreter_language}
            if visit.interpreter_language
            else _("interpreter")
        )
    if visit.needs_step_free:
        words.append(_("step-free"))
    if visit.needs_quiet:
        words.append(_("quiet"))
    if visit.needs_more_time:
        words.append(_("more time"))
    if visit.access_needs:
        words.append(_("other help"))
    return ", ".join(words)


def name_contact(related_person: RelatedPerson | None) -> str:
    """Say whom to call, and who asked where that is somebody else."""
    if related_person is None:
        return _("The patient")
    if related_person.is_contact:
        return _("%(person)s, not the patient") % {"person": related_person}
    return _("The patient. %(person)s asked for them") % {"person": related_person}


def read_phone(person: Patient | RelatedPerson | None) -> str:
    """Return the number as it was typed, else as it is stored, else nothing."""
    return "" if person is None else person.phone_typed or str(person.phone or "")


def tell_device_time(visit: Appointment) -> str:
    """Return when a video visit starts by the clock of the patient's device, or nothing."""
    if not (visit.patient_time_zone and visit.visit_type.is_telehealth):
        return ""
    try:
        zone = ZoneInfo(visit.patient_time_zone)
    except (ValueError, ZoneInfoNotFoundError):
        return ""
    start = visit.start.astimezone(zone)
    return _("On the patient's device: %(day)s, %(clock)s, %(zone)s") % {
        "day": full_day(start),
        "clock": clock(start),
        "zone": zone_label(zone),
    }


def tell_urgency(visit: Appointment) -> str:
    """Say whether the patient ticked that they read when to call 911."""
    if visit.urgency_acknowledged_at is not None:
        read = timezone.localtime(visit.urgency_acknowledged_at)
        return _("Yes, on %(day)s, %(clock)s") % {"day": full_day(read), "clock": clock(read)}
    return _("No") if visit.source == Source.ONLINE else _("Was not asked")


def spell_wish(entry: WaitlistEntry) -> str:
    """Say when, where and with whom: “Mon or Tue, mornings, at Alder Street, with Dr. Lena Fischer”.

    Reads the prefetched practitioners and locations.
    """
    days = _list_words(str(WEEKDAYS_ABBR[number]) for number in entry.weekdays) or _("Any day")
    parts = [days, entry.get_part_of_day_display().lower()]
    places = _list_words(location.name for location in entry.locations.all())
    if places:
        parts.append(_("at %(places)s") % {"places": places})
    people = _list_words(person.display_name for person in entry.practitioners.all())
    parts.append(_("with %(people)s") % {"people": people} if people else _("with anybody"))
    return ", ".join(parts)


def _list_words(words: Iterable[str]) -> str:
    return _(" or ").join(words)
