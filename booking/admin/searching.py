"""Which patients fit what a caller says: name, birth date, phone or reference."""

import re
from datetime import date, datetime

from django.db.models import Q

from booking.models.appointment import REFERENCE_LENGTH, normalize_reference

# Fewer digits than these find everybody.
FEWEST_DIGITS = 4
_DATES = ("%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d", "%m.%d.%Y", "%B %d %Y", "%b %d %Y")


def match_patients(words: str) -> Q:
    """Return the question for a filter of patients, which may find one twice.

    One kind of question at a time: a date is no phone number, a phone number no name.
    """
    born = _read_date(words)
    if born is not None:
        return Q(birth_date=born)
    reference = normalize_reference(words)
    by_reference = (
        Q(appointments__reference=reference) if len(reference) == REFERENCE_LENGTH else Q(pk__in=[])
    )
    digits = re.sub(r"\D", "", words)
    if digits and not re.search(r"[^\W\d_]", words):
        if len(digits) < FEWEST_DIGITS:
            return by_reference
        by_phone = Q(phone__contains=digits) | Q(related_people__phone__contains=digits)
        return by_phone | by_reference
    by_name = Q()
    by_other = Q()
    for word in words.replace(",", " ").split():
        by_name &= Q(given_name__icontains=word) | Q(family_name__icontains=word)
        by_other &= Q(related_people__name__icontains=word)
    return by_name | by_other | by_reference


def _read_date(words: str) -> date | None:
    plain = words.replace(",", " ").replace("  ", " ")
    for pattern in _DATES:
        try:
            return datetime.strptime(plain, pattern).date()  # noqa: DTZ007 - a birth date has no zone
        except ValueError:
            continue
    return None
