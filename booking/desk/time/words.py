"""Days and hours of blocked time, in words."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.availability.caught import Caught
from booking.models import AvailabilityException, Closure, ExceptionSeries
from booking.templatetags.times import clock, short_day

Row = AvailabilityException | Closure


def spell_days(row: Row, *, today: date) -> str:
    """Tue, Nov 24; Tue, Nov 24 to Thu, Nov 26; with the year where it is not this one."""
    if row.first_day == row.last_day:
        return _spell_day(row.first_day, today)
    days = {"first": _spell_day(row.first_day, today), "last": _spell_day(row.last_day, today)}
    return _("%(first)s to %(last)s") % days


def spell_hours(row: Row) -> str:
    """1:00 pm to 5:00 pm; or whole days"""
    if row.starts_at is None or row.ends_at is None:
        return _("whole day") if row.first_day == row.last_day else _("whole days")
    return _("%(start)s to %(end)s") % {"start": clock(row.starts_at), "end": clock(row.ends_at)}


def spell_series(series: ExceptionSeries, *, today: date) -> str:
    """every 2 weeks until Tue, Dec 22"""
    told = ngettext("every week until %(day)s", "every %(count)d weeks until %(day)s", series.every_weeks)
    return told % {"count": series.every_weeks, "day": _spell_day(series.until, today)}


def name_reasons(caught: Caught) -> list[str]:
    """Say what caught the visit: “Closed: Snow”, “Away: Conference”, “Outside the hours”."""
    reasons = [_name_closing(closing) for closing in caught.closings]
    if caught.is_outside_hours:
        reasons.append(_("Outside the hours since they were changed"))
    return reasons


def _name_closing(closing: Row) -> str:
    if isinstance(closing, Closure):
        return _("Closed: %(name)s") % {"name": closing.name}
    if closing.note:
        return _("Away: %(note)s") % {"note": closing.note}
    return _("The clinician is away")


def _spell_day(day: date, today: date) -> str:
    return short_day(day) if day.year == today.year else f"{short_day(day)}, {day.year}"
