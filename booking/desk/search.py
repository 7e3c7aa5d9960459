"""Find a patient and their visits by what a caller says: name, birth date, phone or reference.

All of it may be said at once ("ellis 9/28/1975"), and names may be misheard or mistyped.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from audit.break_glass import PERMISSION
from booking import scope
from booking.admin.searching import Question, match_exactly, match_facts, read_question
from booking.duplicates import is_alike, simplify_name
from booking.models import Appointment, Patient
from booking.models.patient import PatientQuerySet

MOST, MOST_OUT_OF_SIGHT = 20, 3
# So many rows are compared letter by letter, at most.
MOST_COMPARED = 2000
# Of a name so much is taken to be right at one of its ends, or every row would be compared.
SURE_LETTERS = 2
LOOK_BACK = timedelta(days=90)


@dataclass
class Found:
    """A patient with their visits from the last months on, the next one first."""

    patient: Patient
    visits: list[Appointment] = field(default_factory=list)


@dataclass
class Answer:
    """Whom the words fit. `is_close`: nobody exactly, and these nearly.

    `out_of_sight` are the keys of patients who fit and are somebody else's, for whoever may open them
    with a reason (`audit.break_glass`).
    """

    found: list[Found]
    is_close: bool = False
    out_of_sight: list[int] = field(default_factory=list)


def find_patients(words: str, *, now: datetime, user: Any) -> Answer:
    """Return at most MOST patients that fit and that `user` may see, by name.

    Two queries; one more where nobody fits exactly.
    """
    question = read_question(words)
    current = scope.visible_patients(user).current()
    patients = _find_exact(question, current)
    is_close = not patients and bool(question.names)
    if is_close:
        patients = _find_close(question, current)
    found = {patient.pk: Found(patient) for patient in patients}
    visits = scope.visible_visits(user).filter(patient__in=found, start__gte=now - LOOK_BACK)
    for visit in visits.with_parts().order_by("start", "pk"):
        assert visit.patient_id is not None
        found[visit.patient_id].visits.append(visit)
    for one in found.values():
        one.visits.sort(key=lambda visit: (visit.end < now, abs(visit.start - now)))
    return Answer(
        found=list(found.values()),
        is_close=is_close and bool(found),
        out_of_sight=_find_out_of_sight(question, user=user),
    )


def _find_out_of_sight(question: Question, *, user: Any) -> list[int]:
    """Return those only whom somebody can name: by a reference, or by a name and the date of birth.

    Less would tell who is a patient here to whoever tries names.
    """
    if scope.sees_every_visit(user) or not user.has_perm(PERMISSION):
        return []
    matches = match_exactly(question)
    if matches is None or not (question.reference or (question.names and question.born)):
        return []
    others = (
        Patient.objects.current().filter(matches).exclude(pk__in=scope.visible_patients(user).values("pk"))
    )
    return list(others.order_by("pk").values_list("pk", flat=True).distinct()[:MOST_OUT_OF_SIGHT])


def _find_exact(question: Question, current: PatientQuerySet) -> list[Patient]:
    matches = match_exactly(question)
    return [] if matches is None else list(current.filter(matches).distinct()[:MOST])


def _find_close(question: Question, current: PatientQuerySet) -> list[Patient]:
    """Return those whose names are nearly what was typed, the closest first."""
    typed = [simplify_name(name) for name in question.names]
    near = Q()
    for name in filter(None, typed):
        for column in ("given_name", "family_name"):
            near |= Q(**{f"{column}__istartswith": name[:SURE_LETTERS]})
            near |= Q(**{f"{column}__iendswith": name[-SURE_LETTERS:]})
    if not near:
        return []
    facts = match_facts(question)
    rows = current.filter(near if facts is None else near & facts)
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
