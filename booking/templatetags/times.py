"""Dates and clock times as patients read them.

Every filter takes an aware datetime that is already in the zone to show (`slot.local_start`,
`appointment.local_start`) and never moves it to another zone. Django's own `date` filter does
move it, to the site's zone: a visit at a location in another zone would show a wrong hour.
Parts that belong together are joined by no-break spaces ("8:20 am", "November 24").
"""

from datetime import date, datetime, time, tzinfo

from django import template
from django.utils import dateformat, timezone
from django.utils.translation import gettext, gettext_noop, ngettext

register = template.Library()

# What people here call their zone. Other zones are named by their city.
ZONE_NAMES = {
    "America/New_York": gettext_noop("Eastern Time"),
    "America/Detroit": gettext_noop("Eastern Time"),
    "America/Chicago": gettext_noop("Central Time"),
    "America/Denver": gettext_noop("Mountain Time"),
    "America/Phoenix": gettext_noop("Arizona Time"),
    "America/Los_Angeles": gettext_noop("Pacific Time"),
    "America/Anchorage": gettext_noop("Alaska Time"),
    "Pacific/Honolulu": gettext_noop("Hawaii Time"),
}


@register.filter
def wall(value: date, pattern: str) -> str:
    """Format by one of Django's date patterns, in the value's own zone: `|wall:"M"` is "Nov"."""
    return dateformat.format(value, pattern)


@register.filter
def clock(value: datetime | time) -> str:
    """8:20 am"""
    # Translators: the halves of the day in a clock time such as "8:20 am".
    half = gettext("am") if value.hour < 12 else gettext("pm")
    return f"{value.hour % 12 or 12}:{value.minute:02d}\N{NO-BREAK SPACE}{half}"


@register.filter
def long_day(value: date) -> str:
    """Tuesday, November 24"""
    # Translators: Django date pattern; the space before j is a no-break space.
    return dateformat.format(value, gettext("l, F\u00a0j"))


@register.filter
def full_day(value: date) -> str:
    """Tuesday, November 24, 2026"""
    # Translators: Django date pattern; the space before j is a no-break space.
    return dateformat.format(value, gettext("l, F\u00a0j, Y"))


@register.filter
def short_day(value: date) -> str:
    """Tue, Nov 24"""
    # Translators: Django date pattern; the space before j is a no-break space.
    return dateformat.format(value, gettext("D, M\u00a0j"))


def near_day(value: datetime) -> str:
    """Today, November 24; Tomorrow, November 25; else the weekday: Thursday, November 26"""
    ahead = (value.date() - timezone.now().astimezone(value.tzinfo).date()).days
    # Translators: Django date pattern; the space before j is a no-break space.
    day = dateformat.format(value, gettext("F\u00a0j"))
    if ahead == 0:
        return gettext("Today, %(day)s") % {"day": day}
    if ahead == 1:
        return gettext("Tomorrow, %(day)s") % {"day": day}
    return long_day(value)


@register.filter
def zone_label(zone: tzinfo | str) -> str:
    """Eastern Time (New York), from a zone or its name"""
    name = str(zone)
    city = name.rpartition("/")[2].replace("_", " ")
    if name in ZONE_NAMES:
        return f"{gettext(ZONE_NAMES[name])} ({city})"
    return gettext("%(city)s time") % {"city": city}


@register.filter
def spell_minutes(minutes: int) -> str:
    """40 minutes; 1 hour; 1 hour 30 minutes"""
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(count)s\u00a0hour", "%(count)s\u00a0hours", hours) % {"count": hours})
    if rest or not hours:
        parts.append(ngettext("%(count)s\u00a0minute", "%(count)s\u00a0minutes", rest) % {"count": rest})
    return " ".join(parts)
