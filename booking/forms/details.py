"""Who comes, how to reach them, and what the visit needs."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from booking.actions import IntakeReply, VisitDetails
from booking.forms.consent import make_consent_field
from booking.forms.fields import NoteField, TypedField
from booking.forms.intake import make_intake_field, name_intake_field, read_replies
from booking.forms.person import PersonForm, make_heading, make_radio_field, read_language
from booking.models import CameFrom, IntakeQuestion, VisitType
from booking.models.appointment import Coverage, Referral

INTERPRETER, STEP_FREE, QUIET, MORE_TIME = "interpreter", "step_free", "quiet", "more_time"


def _make_text_field(**options: Any) -> TypedField:
    return TypedField(
        unprintable=_("We cannot read one of the signs here. Please type the text again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-name"}),
        **options,
    )


class DetailsForm(PersonForm):
    """Everything that is asked about a visit of this `visit_type`."""

    needs = forms.MultipleChoiceField(
        label=_("What would help you at the visit?"),
        choices=[
            (INTERPRETER, _("An interpreter, or sign language")),
            (STEP_FREE, _("A way without steps, or help with moving")),
            (QUIET, _("A quiet place, or low light")),
            (MORE_TIME, _("More time")),
        ],
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"invalid_choice": _("Choose only from the help on this list.")},
    )
    interpreter_language = _make_text_field(
        label=_("Which language?"),
        help_text=_("For example, Spanish or American Sign Language."),
        longest=60,
        too_long=_("Use at most 60 characters for the language."),
        error_messages={"required": _("Enter the language, for example Spanish.")},
    )
    access_needs = NoteField(
        label=_("Anything else that would help?"),
        too_long=_("Say in at most 300 characters what would help you."),
    )
    referral = make_radio_field(
        label=_("Has a doctor asked us to see you?"),
        help_text=_("This is called a referral. You can book now and get it later."),
        choices=Referral.choices,
        missing=_("Choose if a doctor has asked us to see you."),
    )
    referral_from = _make_text_field(
        label=_("Name of that doctor"),
        required=False,
        longest=120,
        too_long=_("Use at most 120 characters for the doctor's name."),
    )
    reason = NoteField(
        label=_("What is the visit about?"),
        help_text=_("A few words are enough. Please do not write details here."),
        too_long=_("Say in at most 300 characters what the visit is about."),
    )
    coverage = make_radio_field(
        label=_("How will the visit be paid for?"),
        help_text=_("We ask so that we can send the bill to the right place. You pay nothing now."),
        choices=Coverage.choices,
        missing=_("Choose how the visit will be paid for. “I am not sure” is fine too."),
    )
    consent = make_consent_field()

    for_interpreter = ("interpreter_language",)

    def __init__(self, *args: Any, visit_type: VisitType | None, **kwargs: Any) -> None:
        self.questions: list[IntakeQuestion] = []
        if visit_type is not None:
            # Filtered here: the rows may have been fetched with the hold.
            self.questions = [asked for asked in visit_type.intake_questions.all() if asked.is_active]
        self.asks_referral = visit_type is not None and visit_type.needs_referral
        super().__init__(*args, **kwargs)

    def prepare_fields(self) -> None:
        super().prepare_fields()
        self.ask_only_if(*self.for_interpreter)
        if not self.asks_referral:
            del self.fields["referral"], self.fields["referral_from"]
        for question in self.questions:
            self.fields[name_intake_field(question)] = make_intake_field(question)

    def make_layout(self) -> Layout:
        return Layout(
            self.make_guard(),
            self.make_who(),
            self.make_contact(),
            Div(
                make_heading(_("Help at your visit")),
                "needs",
                Div("interpreter_language", css_class="for-interpreter"),
                "access_needs",
                css_class="group",
            ),
            Div(
                make_heading(_("About your visit")),
                *(["referral", "referral_from"] if self.asks_referral else []),
                "reason",
                *(name_intake_field(question) for question in self.questions),
                "coverage",
                css_class="group",
            ),
            Div(make_heading(_("Your agreement")), "consent", css_class="group"),
        )

    def clean(self) -> dict[str, Any] | None:
        wants_interpreter = INTERPRETER in self.cleaned_data.get("needs", [])
        self.require(self.for_interpreter, when=wants_interpreter)
        return super().clean()

    def visit_details(
        self,
        *,
        urgency_acknowledged: bool = False,
        patient_time_zone: str = "",
        article: str = "",
        came_from: str = CameFrom.DIRECT,
        path_answers: Sequence[tuple[str, str]] = (),
    ) -> VisitDetails:
        """Return what `actions.book` takes. The form must be valid.

        `path_answers` are what was asked before the booking, as (question, answer).
        """
        asked_before = [
            IntakeReply(question=None, wording=question, answer=answer, is_from_path=True)
            for question, answer in path_answers
        ]
        answers = self.cleaned_data
        return VisitDetails(
            reason=answers["reason"],
            access_needs=answers["access_needs"],
            needs_interpreter=INTERPRETER in answers["needs"],
            interpreter_language=answers["interpreter_language"],
            needs_step_free=STEP_FREE in answers["needs"],
            needs_quiet=QUIET in answers["needs"],
            needs_more_time=MORE_TIME in answers["needs"],
            coverage=answers["coverage"],
            referral=answers.get("referral", ""),
            referral_from=answers.get("referral_from", ""),
            consent_wording=str(self.fields["consent"].label),
            urgency_acknowledged=urgency_acknowledged,
            patient_time_zone=patient_time_zone,
            article=article,
            language=read_language(),
            came_from=came_from,
            replies=(*read_replies(self.questions, answers), *asked_before),
        )
