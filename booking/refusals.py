"""Why a time cannot be booked, in words for patients and staff."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.engine.rules import Code, Refusal

_SENTENCES = {
    Code.PAST: _("That time has passed. Please choose a later time."),
    Code.CLOSED: _("We are closed at that time. Please choose another time."),
    Code.OUTSIDE_HOURS: _("That time is outside our hours. Please choose another time."),
    Code.KEPT: _("That time is kept for other visits for now. Please choose another time."),
    Code.OFF_GRID: _("Visits do not start at that time. Please choose one of the times shown."),
    Code.WRONG_PRACTITIONER: _(
        "This clinician does not do this kind of visit. Please choose another clinician."
    ),
    Code.NOT_BOOKABLE_ONLINE: _("This kind of visit cannot be booked online. Please call us."),
    Code.DAY_FULL: _("That day is full. Please choose another day."),
    Code.TAKEN: _("Someone else has just taken that time. Please choose another time."),
    Code.NO_ROOM: _("No room is free at that time. Please choose another time."),
    Code.PATIENT_BUSY: _("You already have a visit at that time. Please choose another time."),
}


def _describe_minutes(minutes: int) -> str:
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _too_soon(refusal: Refusal) -> str:
    return str(
        _("Online, please book at least %(notice)s ahead. For an earlier time, please call us.")
        % {"notice": _describe_minutes(refusal.minutes or 0)}
    )


def _too_far(refusal: Refusal) -> str:
    return ngettext(
        "Online, you can book up to %(count)d day ahead. Please choose an earlier time.",
        "Online, you can book up to %(count)d days ahead. Please choose an earlier time.",
        refusal.count or 0,
    ) % {"count": refusal.count or 0}


def _too_many_visits(refusal: Refusal) -> str:
    return ngettext(
        "You can book %(count)d visit online. Please call us to book more.",
        "You can book up to %(count)d visits online. Please call us to book more.",
        refusal.count or 0,
    ) % {"count": refusal.count or 0}


_WITH_NUMBERS: dict[Code, Callable[[Refusal], str]] = {
    Code.TOO_SOON: _too_soon,
    Code.TOO_FAR: _too_far,
    Code.TOO_MANY_VISITS: _too_many_visits,
}


def explain(refusal: Refusal) -> str:
    """Return one sentence that says what is wrong and what to do next."""
    if refusal.code in _WITH_NUMBERS:
        return _WITH_NUMBERS[refusal.code](refusal)
    return str(_SENTENCES[refusal.code])
