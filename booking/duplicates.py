"""Which other rows may be the same person? Asked by staff before they merge."""

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models import Patient
from booking.models.patient import PatientQuerySet

# "Jon" and "John" are at 0.86, "Maria" and "Marie" at 0.8, "Robin" and "Robert" at 0.55.
_ALIKE = 0.75
# Letters that do not come apart into a plain one and its accent.
_PLAIN = str.maketrans({"æ": "ae", "đ": "d", "ð": "d", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "þ": "th"})


class Reason(models.TextChoices):
    """What two rows have in common."""

    NAME = "name", _("Same or similar name")
    BIRTH_DATE = "birth_date", _("Same date of birth")
    PHONE = "phone", _("Same phone")
    EMAIL = "email", _("Same email")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that may be the same person, and why."""

    patient: Patient
    reasons: tuple[Reason, ...]


def find_likely_duplicates(patient: Patient, *, among: PatientQuerySet | None = None) -> list[Duplicate]:
    """Return the current rows that are likely this person, the likeliest first. One query.

    Two of these must be the same: the birth date, the name (or nearly), the phone or email. A phone
    and an email together are not enough: families share both. `among` are the rows to look at, if not all.
    """
    same = Q(birth_date=patient.birth_date)
    if patient.phone:
        same |= Q(phone=patient.phone)
    if patient.email:
        # Not __iexact: that would read every row.
        same |= Q(email__in={patient.email, patient.email.lower()})
    duplicates = []
    rows = Patient.objects.all() if among is None else among
    for other in rows.current().filter(same).exclude(pk=patient.pk).order_by("pk"):
        reasons = _compare(patient, other)
        kinds = {Reason.PHONE if reason == Reason.EMAIL else reason for reason in reasons}
        if len(kinds) > 1:
            duplicates.append(Duplicate(patient=other, reasons=reasons))
    return sorted(duplicates, key=lambda duplicate: -len(duplicate.reasons))


def _compare(one: Patient, other: Patient) -> tuple[Reason, ...]:
    found = {
        Reason.NAME: _is_similar_name(one, other),
        Reason.BIRTH_DATE: one.birth_date == other.birth_date,
        Reason.PHONE: bool(one.phone) and one.phone == other.phone,
        Reason.EMAIL: bool(one.email) and one.email.lower() == other.email.lower(),
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _is_similar_name(one: Patient, other: Patient) -> bool:
    given, family = simplify_name(one.given_name), simplify_name(one.family_name)
    other_given, other_family = simplify_name(other.given_name), simplify_name(other.family_name)
    if is_alike(given, other_given) and is_alike(family, other_family):
        return True
    # The two fields filled in the other way round.
    if is_alike(given, other_family) and is_alike(family, other_given):
        return True
    # A middle name or a second family name that one of the two left out, or put in the other field.
    words, other_words = set(f"{given} {family}".split()), set(f"{other_given} {other_family}".split())
    return min(len(words), len(other_words)) > 1 and (words <= other_words or other_words <= words)


def simplify_name(name: str) -> str:
    """Return a name without case, accents and punctuation: "Peña-Łuc" is "pena luc"."""
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


def is_alike(name: str, other: str) -> bool:
    """Say whether two simplified names are the same but for a slip of the pen."""
    if name == other:
        return True
    matcher = SequenceMatcher(None, name, other, autojunk=False)
    # Upper bounds, each much quicker than what follows: most pairs end at the first.
    return (
        matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
    )
