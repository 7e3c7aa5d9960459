"""Find a patient and their visits by what a caller says: name, birth date, phone or reference.

All of it may be said at once ("ellis 9/28/1975"), and names may be misheard or mistyped.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.duplicates import is_alike, simplify_name
from booking.forms.fields import read_month
from booking.models import Appointment, Patient
from booking.models.appointment import REFERENCE_LENGTH, normalize_reference

MOST = 20
LONGEST = 100
# Fewer digits than these find everybody.
FEWEST_DIGITS = 4
# So many rows are compared letter by letter, at most.
MOST_COMPARED = 2000
# Of a name so much is taken to be right at one of its ends, or every row would be compared.
SURE_LETTERS = 2
LOOK_BACK = timedelta(days=90)

_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4}|\d{2})"
    r"|(?P<word>[^\W\d_]{3,}\.?)\s+(?P<wd>\d{1,2}),?\s+(?P<wy>\d{4})"
    r"|(?P<dd>\d{1,2})\s+(?P<dword>[^\W\d_]{3,}\.?)\s+(?P<dy>\d{4})"
)


@dataclass
class Found:
    """A patient with their visits from the last months on, the next one first."""

    patient: Patient
    visits: list[Appointment] = field(default_factory=list)


@dataclass
class Answer:
    """Whom the words fit. `is_close`: nobody exactly, and these nearly."""

    found: list[Found]
    is_close: bool = False


@dataclass(frozen=True)
class Question:
    """What was typed, sorted by kind. A date may have been meant with the day first."""

    born: frozenset[date]
    digits: str
    reference: str
    names: tuple[str, ...]


def find_patients(words: str, *, now: datetime) -> Answer:
    """Return at most MOST patients that fit, by name. Two queries; one more where nobody fits exactly."""
    question = read_question(words)
    patients = _find_exact(question)
    is_close = not patients and bool(question.names)
    if is_close:
        patients = _find_close(question)
    found = {patient.pk: Found(patient) for patient in patients}
    visits = Appointment.objects.with_parts().filter(patient__in=found, start__gte=now - LOOK_BACK)
    for visit in visits.order_by("start", "pk"):
        assert visit.patient_id is not None
        found[visit.patient_id].visits.append(visit)
    for one in found.values():
        one.visits.sort(key=lambda visit: (visit.end < now, abs(visit.start - now)))
    return Answer(found=list(found.values()), is_close=is_close and bool(found))


def read_question(words: str) -> Question:
    words = " ".join(words.split())[:LONGEST]
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
        names=tuple(names),
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


def _find_exact(question: Question) -> list[Patient]:
    """Everything that was said fits: parts of names, the date, the end or any part of the number."""
    by_facts = _match_facts(question)
    by_name = Q()
    by_other = Q()
    for word in question.names:
        by_name &= Q(given_name__icontains=word) | Q(family_name__icontains=word)
        by_other &= Q(related_people__name__icontains=word)
    if question.names:
        by_facts = (by_facts or Q()) & (by_name | by_other)
    matches = by_facts
    if question.reference:
        by_reference = Q(appointments__reference=question.reference)
        matches = by_reference if matches is None else matches | by_reference
    return [] if matches is None else list(_current().filter(matches).distinct()[:MOST])


def _match_facts(question: Question) -> Q | None:
    """Return what the date and the number say; None where neither was said."""
    facts = None
    if question.born:
        facts = Q(birth_date__in=question.born)
    if question.digits:
        by_phone = Q(phone__contains=question.digits) | Q(related_people__phone__contains=question.digits)
        facts = by_phone if facts is None else facts & by_phone
    return facts


def _find_close(question: Question) -> list[Patient]:
    """Return those whose names are nearly what was typed, the closest first."""
    typed = [simplify_name(name) for name in question.names]
    near = Q()
    for name in filter(None, typed):
        for column in ("given_name", "family_name"):
            near |= Q(**{f"{column}__istartswith": name[:SURE_LETTERS]})
            near |= Q(**{f"{column}__iendswith": name[-SURE_LETTERS:]})
    if not near:
        return []
    facts = _match_facts(question)
    rows = _current().filter(near if facts is None else near & facts)
    scored = [
        (hits, patient)
        for patient in rows.distinct()[:MOST_COMPARED]
        if (hits := _count_hits(typed, patient))
    ]
    best = max((hits for hits, _ in scored), default=0)
    # Who fits only in the first name is no answer where somebody fits in both.
    return [patient for hits, patient in scored if hits == best][:MOST]


def _count_hits(typed: Iterable[str], patient: Patient) -> int:
    """Return how many of the typed names are like one of the patient's."""
    own = simplify_name(patient.full_name).split()
    return sum(any(is_alike(name, word) for word in own) for name in typed)


def _current() -> "QuerySet[Patient]":
    return Patient.objects.current()
