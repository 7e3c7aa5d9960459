"""The practice's own questions, as fields of a form."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from booking.actions import IntakeReply
from booking.forms.fields import NoteField
from booking.forms.person import make_radio_field
from booking.models import IntakeQuestion

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words

# A radio cannot be taken back; this one can be chosen instead. A line "-" of staff's means the same.
NO_ANSWER = "-"

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


def name_intake_field(question: IntakeQuestion) -> str:
    return f"intake_{question.pk}"


def make_intake_field(question: IntakeQuestion) -> forms.Field:
    about = format_lazy("“{}”", question.told.wording)
    if question.kind == IntakeQuestion.Kind.TEXT:
        field = NoteField(
            label=question.told.wording,
            help_text=question.told.hint,
            too_long=format_lazy(_("Use at most 300 characters to answer {}"), about),
            error_messages={"required": format_lazy(_("Please answer {}"), about)},
        )
        field.required = field.widget.is_required = question.is_required
        return field
    is_yes_no = question.kind == IntakeQuestion.Kind.YES_NO
    choices: list[tuple[str, Words]] = [*YES_NO] if is_yes_no else [*question.told_choices]
    if not question.is_required:
        choices.append((NO_ANSWER, _("I would rather not say")))
    return make_radio_field(
        label=question.told.wording,
        help_text=question.told.hint,
        choices=choices,
        missing=format_lazy(_("Please answer {}"), about),
        required=question.is_required,
    )


def read_replies(questions: Iterable[IntakeQuestion], cleaned_data: Mapping[str, Any]) -> list[IntakeReply]:
    """Return what was answered to the questions of a valid form."""
    replies = []
    for question in questions:
        answer = _read_reply(question, cleaned_data[name_intake_field(question)])
        if answer:
            replies.append(IntakeReply(question=question, wording=question.wording, answer=answer))
    return replies


def _read_reply(question: IntakeQuestion, cleaned: str) -> str:
    """Return the answer in words that staff read, whatever the page's language; "" for none."""
    if cleaned in ("", NO_ANSWER):
        return ""
    with translation.override(settings.LANGUAGE_CODE):
        return str(dict(YES_NO)[cleaned]) if question.kind == IntakeQuestion.Kind.YES_NO else cleaned
