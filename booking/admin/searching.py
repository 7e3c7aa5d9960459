"""What a caller says of a patient, read into a question: name, birth date, phone, email or reference.

All of it may be said at once ("ellis 9/28/1975").
"""

import re
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from booking.forms.fields import read_month
from booking.models.appointment import REFERENCE_LENGTH, normalize_reference

LONGEST = 100
# Fewer digits than these find everybody.
FEWEST_DIGITS = 4
# Nobody says more names than these, and each is compared with everybody's.
MOST_NAMES = 4

_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4}|\d{2})"
    r"|(?P<word>[^\W\d_]{3,}\.?)\s+(?P<wd>\d{1,2}),?\s+(?P<wy>\d{4})"
    r"|(?P<dd>\d{1,2})\s+(?P<dword>[^\W\d_]{3,}\.?)\s+(?P<dy>\d{4})"
)


@dataclass(frozen=True)
class Question:
    """What was typed, sorted by kind. A date may have been meant with the day first."""

    born: frozenset[date]
    digits: str
    reference: str
    names: tuple[str, ...]


def read_question(words: str) -> Question:
    # PostgreSQL raises an error of its own for a NUL, even in a question.
    words = " ".join(words.replace("\0", " ").split())[:LONGEST]
    born: set[date] = set()
    for match in _DATE.finditer(words):
        days = _read_dates(match)
        if days:
            born |= days
            words = words.replace(match.group(), " ")
    reference = normalize_reference(words)
    names: list[str] = []
    digits = ""
    for word in words.replace(",", " ").split():
        if any(letter.isalpha() for letter in word):
            names.append(word)
        else:
            digits += re.sub(r"\D", "", word)
    return Question(
        born=frozenset(born),
        digits=digits if len(digits) >= FEWEST_DIGITS else "",
        reference=reference if len(reference) == REFERENCE_LENGTH else "",
        names=tuple(names[:MOST_NAMES]),
    )


def _read_dates(match: re.Match[str]) -> set[date]:
    """Return the past days that may be meant; none for what is no date."""
    part = match.groupdict()
    if part["year"]:
        readings = [(part["year"], part["month"], part["day"])]
    elif part["word"]:
        readings = [(part["wy"], str(read_month(part["word"]) or 0), part["wd"])]
    elif part["dword"]:
        readings = [(part["dy"], str(read_month(part["dword"]) or 0), part["dd"])]
    else:
        readings = [(part["y"], part["m"], part["d"]), (part["y"], part["d"], part["m"])]
    today = timezone.localdate()
    days: set[date] = set()
    for year, month, day in readings:
        try:
            read = date(_read_year(year, today=today), int(month), int(day))
        except ValueError:
            continue
        if read <= today:
            days.add(read)
    return days


def _read_year(text: str, *, today: date) -> int:
    """Of two digits the last such year: 75 is 1975, and 12 is 2012."""
    year = int(text)
    if len(text) == 4:
        return year
    century = today.year // 100 * 100
    return century + year if century + year <= today.year else century - 100 + year


def match_exactly(question: Question) -> Q | None:
    """Everything that was said fits: parts of names, the date, the end or any part of the number.

    For a filter of patients, which may find one twice; None where nothing was said.
    """
    by_facts = match_facts(question)
    by_name = Q()
    by_other = Q()
    for word in question.names:
        by_name &= Q(given_name__icontains=word) | Q(family_name__icontains=word) | _match_email(word)
        by_other &= Q(related_people__name__icontains=word) | _match_email(word, of="related_people__")
    if question.names:
        by_facts = (by_facts or Q()) & (by_name | by_other)
    matches = by_facts
    if question.reference:
        by_reference = Q(appointments__reference=question.reference)
        matches = by_reference if matches is None else matches | by_reference
    return matches


def _match_email(word: str, *, of: str = "") -> Q:
    return Q(**{f"{of}email__icontains": word}) if "@" in word else Q()


def match_facts(question: Question) -> Q | None:
    """Return what the date and the number say; None where neither was said."""
    facts = None
    if question.born:
        facts = Q(birth_date__in=question.born)
    if question.digits:
        by_phone = Q(phone__contains=question.digits) | Q(related_people__phone__contains=question.digits)
        facts = by_phone if facts is None else facts & by_phone
    return facts
