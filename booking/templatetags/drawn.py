"""Days, open times and empty fields, drawn once by each process: the same ones are on many pages.

Each booking makes every remembered page old (ADR 26), and hardly any of these parts. What is drawn hangs on
the arguments alone, so each of them is part of what it is kept under.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from booking.availability import Slot
from booking.templatetags.times import near_day

register = template.Library()

# Times of a practice's next weeks, in each language; half a kilobyte each.
KEPT = 4_000
# Fields of all forms in each language, and of questions that staff have reworded since the process began.
KEPT_FIELDS = 500
# Not `lru_cache`, which would keep each form beside its text.
_empty_fields: dict[str, SafeString] = {}


@register.simple_tag
def slot_buttons(slots: Iterable[Slot], *, is_video: bool, names_place: bool) -> SafeString:
    """Return times of one day, each a button in a list item, to stand in a list inside a form."""
    language = get_language()
    drawn = [
        _draw_slot(
            "booking/_slot.html",
            language,
            slot.key,
            slot.local_start.isoformat(),
            slot.practitioner.short_name,
            slot.location.told.name if names_place else "",
            is_video=is_video,
        )
        for slot in slots
    ]
    return SafeString("".join(drawn))


@register.simple_tag
def soon_buttons(slots: Iterable[Slot], *, is_video: bool, names_place: bool) -> SafeString:
    """Return the soonest times, each a button with its date, to stand inside a form."""
    language = get_language()
    drawn = [
        _draw_slot(
            "booking/_soon.html",
            language,
            slot.key,
            slot.local_start.isoformat(),
            slot.practitioner.display_name,
            slot.location.told.name if names_place else "",
            is_video=is_video,
            near_day=near_day(slot.local_start),
        )
        for slot in slots
    ]
    return SafeString("".join(drawn))


@lru_cache(maxsize=KEPT)
def _draw_slot(
    template: str,
    language: str | None,
    key: str,
    start: str,
    name: str,
    place: str,
    *,
    is_video: bool,
    near_day: str = "",
) -> SafeString:
    context = {"key": key, "name": name, "place": place, "is_video": is_video, "near_day": near_day}
    return render_to_string(template, {**context, "start": datetime.fromisoformat(start)})


@register.simple_tag
def day_tile(day: date, address: str, *, times: int, is_closed: bool, chosen_day: date | str) -> SafeString:
    """Return one day of the list of days, as a link where it has times; marked if it is the chosen one."""
    is_chosen = day == chosen_day
    return _draw_day(get_language(), day, address, times=times, is_closed=is_closed, is_chosen=is_chosen)


@lru_cache(maxsize=KEPT)
def _draw_day(
    language: str | None, day: date, address: str, *, times: int, is_closed: bool, is_chosen: bool
) -> SafeString:
    context = {"day": day, "address": address, "times": times, "is_closed": is_closed, "is_chosen": is_chosen}
    return render_to_string("booking/_day.html", context)


@register.simple_tag
def asked_field(field: BoundField) -> SafeString:
    """Return a field of a form with its label, hint and mistakes. An empty one is drawn once for everybody.

    What was typed is drawn for whoever typed it, and never kept.
    """
    if field.errors or field.value() not in field.field.empty_values:
        return _draw_field(field)
    asked = _describe_field(field)
    drawn = _empty_fields.get(asked)
    if drawn is None:
        drawn = _draw_field(field)
        if len(_empty_fields) >= KEPT_FIELDS:
            _empty_fields.clear()
        _empty_fields[asked] = drawn
    # Not read again: another thread may have cleared them.
    return drawn


def _draw_field(field: BoundField) -> SafeString:
    return render_to_string("bootstrap5/layout/field.html", {"field": field})


def _describe_field(field: BoundField) -> str:
    """Return everything that an empty field is drawn from, as each form may have changed it."""
    asked, widget = field.field, field.field.widget
    parts = [
        (type(part), part.attrs, part.is_required, list(getattr(part, "choices", [])))
        for part in [widget, *getattr(widget, "widgets", [])]
    ]
    is_conditional = getattr(asked, "is_conditional", False)
    rules = (asked.required, is_conditional, asked.disabled)
    names = (field.auto_id, field.html_name, str(field.label), str(field.help_text))
    return repr((get_language(), names, rules, parts))
