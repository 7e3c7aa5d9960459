"""The answers of a form as the check page reads them back, each with the input that changes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BoundField
from django.utils import dateformat
from django.utils.translation import gettext_lazy as _

from booking.forms.details import INTERPRETER, DetailsForm
from booking.forms.fields import EmailField
from booking.forms.intake import NO_ANSWER, name_intake_field
from booking.forms.misspelt import suggest_address
from booking.forms.person import SOMEBODY_ELSE

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words


@dataclass(frozen=True, slots=True)
class Row:
    """One answer; "" is one that was not given. `target` is the id of its input.

    `meant` is what was probably meant instead, where it looks misspelt.
    """

    name: "Words"
    answer: str
    target: str
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    heading: "Words"
    rows: list[Row]


def _find_target(field: BoundField) -> str:
    # A group of inputs has no one input of its own: lead to its first.
    return field.id_for_label or f"{field.auto_id}_0"


def _word(field: forms.Field, cleaned: Any) -> str:
    if isinstance(field, forms.ChoiceField):
        chosen = cleaned if isinstance(cleaned, list) else [cleaned]
        labels: Any = field.choices
        return "\n".join(str(label) for value, label in labels if value in chosen and value != NO_ANSWER)
    if isinstance(field, forms.BooleanField):
        return str(field.label)
    if isinstance(cleaned, date):
        return dateformat.format(cleaned, str(_("F j, Y")))
    if isinstance(cleaned, tuple):  # a phone number, and how it was typed
        return cleaned[1]
    return cleaned


def summarize(form: DetailsForm) -> list[Section]:
    """Return every answer of a valid form. What was not asked is left out."""

    def make_rows(names: dict[str, "Words"]) -> Iterator[Row]:
        for field_name, name in names.items():
            field = form[field_name]
            answer = _word(field.field, form.cleaned_data[field_name])
            meant = suggest_address(answer) if isinstance(field.field, EmailField) else ""
            yield Row(name=name, answer=answer, target=_find_target(field), meant=meant)

    answers = form.cleaned_data
    is_for_another = answers["who"] == SOMEBODY_ELSE
    booker: dict[str, Words] = {"related_name": _("Your name"), "relationship": _("You are")}
    whose: dict[str, Words] = {"whose_contact": _("Phone and email are")}
    language: dict[str, Words] = {"interpreter_language": _("Language")}
    referral: dict[str, Words] = {"referral": _("Referral"), "referral_from": _("Doctor")}
    asked: dict[str, Words] = {
        name_intake_field(question): question.told.wording for question in form.questions
    }
    sections: dict[Words, dict[str, Words]] = {
        _("Patient"): {
            "who": _("The visit is for"),
            "given_name": _("First name"),
            "family_name": _("Last name"),
            "birth_date": _("Date of birth"),
        },
        _("You"): booker if is_for_another else {},
        _("How we reach you"): {
            "phone": _("Phone number"),
            "email": _("Email"),
            **(whose if is_for_another else {}),
        },
        _("Help at your visit"): {
            "needs": _("What would help"),
            **(language if INTERPRETER in answers["needs"] else {}),
            "access_needs": _("Anything else"),
        },
        _("About your visit"): {
            **(referral if form.asks_referral else {}),
            "reason": _("What it is about"),
            **asked,
            "coverage": _("Payment"),
            "consent": _("Agreement"),
        },
    }
    return [
        Section(heading=heading, rows=list(make_rows(names))) for heading, names in sections.items() if names
    ]
