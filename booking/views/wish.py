"""What the address of a page with open times asks for. It may hold anything: what it asks in vain is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from booking.models import Location, Practitioner
from booking.views.article import read_article, read_via

# What an address may choose, in the order of `Wish.address`. What else it has only comes along.
CHOICES = ("from", "day", "practitioner", "same", "location", "view")


class _Named(Protocol):
    slug: Any


Choice = TypeVar("Choice", bound=_Named)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for; `notes` has a sentence for each part that cannot be had.

    `practitioner` limits every list, `same` is offered first and the others after. `article` is what
    somebody read before, `via` what else led them here: they only come along.
    """

    first_day: date | None
    day: date | None
    practitioner: Practitioner | None
    same: Practitioner | None
    location: Location | None
    by_clinician: bool
    article: str
    via: str
    notes: list[str]

    def address(self, **changes: Any) -> str:
        """Return the address of the same page with other choices; None leaves one out."""
        choices = {
            "from": self.first_day,
            "day": self.day,
            "practitioner": self.practitioner and self.practitioner.slug,
            "same": self.same and self.same.slug,
            "location": self.location and self.location.slug,
            "view": "clinician" if self.by_clinician else None,
            "article": self.article or None,
            "via": self.via or None,
            **changes,
        }
        return "?" + urlencode({name: choice for name, choice in choices.items() if choice is not None})

    def first_page(self, **changes: Any) -> str:
        """Return such an address, at the first open days."""
        return self.address(**{"from": None, "day": None, **changes})


def read_wish(
    query: QueryDict,
    *,
    practitioners: list[Practitioner],
    locations: list[Location],
    last_day: date,
    same: Practitioner | None = None,
) -> Wish:
    """Read the address. `same` is offered first where the address names nobody else."""
    notes: list[str] = []
    practitioner = _read_choice(
        query.get("practitioner"),
        practitioners,
        notes=notes,
        note=_("That clinician cannot be booked online for this visit. Here are all clinicians."),
    )
    seen_before = _read_choice(
        query.get("same"),
        practitioners,
        notes=notes,
        note=_("The clinician you saw before cannot be booked online for this visit. Here are the others."),
    )
    return Wish(
        first_day=_read_day(query.get("from"), last_day=last_day, notes=notes),
        day=_read_day(query.get("day"), last_day=last_day, notes=notes),
        practitioner=practitioner,
        same=None if practitioner else seen_before or (same if same in practitioners else None),
        location=_read_choice(
            query.get("location"),
            locations,
            notes=notes,
            note=_("That place cannot be booked online for this visit. Here are all places."),
        ),
        by_clinician=query.get("view") == "clinician",
        article=read_article(query),
        via=read_via(query),
        notes=list(dict.fromkeys(notes)),
    )


def _read_choice(
    slug: str | None, choices: Iterable[Choice], *, notes: list[str], note: str
) -> Choice | None:
    found = next((choice for choice in choices if choice.slug == slug), None)
    if slug and found is None:
        notes.append(note)
    return found


def _read_day(text: str | None, *, last_day: date, notes: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        notes.append(_("We could not read that day. Here are the next days."))
        return None
    if day < timezone.localdate():
        notes.append(_("That day has passed. Here are the next days."))
        return None
    if day > last_day:
        notes.append(_("That day is too far ahead to book online. Here are the next days."))
        return None
    return day
