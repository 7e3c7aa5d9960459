"""What staff fill in on the admin's own pages. A form reads and checks; it never writes."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from booking.actions import VisitDetails
from booking.forms.intake import make_intake_field, name_intake_field, read_replies
from booking.models import (
    CameFrom,
    CancellationReason,
    Coverage,
    Patient,
    Referral,
    RelatedPerson,
    VisitType,
)


class CancelForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Who cancels?"),
        choices=[
            (CancellationReason.PATIENT.value, _("The patient")),
            (CancellationReason.PRACTICE.value, _("The practice")),
        ],
        widget=forms.RadioSelect,
    )


class AskerForm(forms.Form):
    """Who asks for the patient, and in which language we write to them."""

    related_person = forms.ModelChoiceField(
        RelatedPerson.objects.none(), label=_("Who asks"), required=False, empty_label=_("The patient")
    )
    language = forms.ChoiceField(label=_("Language of the mails"), required=False, choices=settings.LANGUAGES)

    def __init__(self, data: Any = None, *, patient: Patient | None) -> None:
        """`patient` is None as long as it is not known who that is."""
        super().__init__(data, label_suffix="")
        usual = patient.language if patient is not None else settings.LANGUAGE_CODE
        self.usual_language = usual if usual in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        self.fields["language"].initial = self.usual_language
        field = self.fields["related_person"]
        assert isinstance(field, forms.ModelChoiceField)
        if patient is not None:
            field.queryset = patient.related_people.all()
        if not field.queryset:
            del self.fields["related_person"]

    def clean_language(self) -> str:
        return self.cleaned_data["language"] or self.usual_language

    def find_related_person(self) -> RelatedPerson | None:
        """Return who asks for the patient, and may be the one to call. The form must be valid."""
        return self.cleaned_data.get("related_person")


class CallerForm(AskerForm):
    """What a caller says. Sent by POST only: it must not stand in an address."""

    needs_interpreter = forms.BooleanField(label=_("Interpreter"), required=False)
    interpreter_language = forms.CharField(
        label=_("Language of the interpreter"), required=False, max_length=60
    )
    needs_step_free = forms.BooleanField(label=_("Step-free way, or help with moving"), required=False)
    needs_quiet = forms.BooleanField(label=_("Quiet place or low light"), required=False)
    needs_more_time = forms.BooleanField(label=_("More time"), required=False)
    access_needs = forms.CharField(
        label=_("Other help at the visit"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    coverage = forms.ChoiceField(
        label=_("Payment"), required=False, choices=[("", _("Not asked")), *Coverage.choices]
    )
    referral = forms.ChoiceField(
        label=_("Request from a doctor"), required=False, choices=[("", _("Not asked")), *Referral.choices]
    )
    referral_from = forms.CharField(label=_("Doctor who sends the patient"), required=False, max_length=120)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        visit_type: VisitType | None,
        patient: Patient | None,
        also: VisitType | None = None,
    ) -> None:
        """`visit_type` and `patient` are None as long as they are not known. `also` is a second visit's."""
        super().__init__(data, patient=patient)
        types = [one for one in (visit_type, also) if one is not None]
        if not any(one.needs_referral for one in types):
            del self.fields["referral"], self.fields["referral_from"]
        self.questions = [
            question for one in types for question in one.intake_questions.filter(is_active=True)
        ]
        for question in self.questions:
            field = make_intake_field(question)
            # A caller may not know, and the visit is worth more than the answer.
            field.required = field.widget.is_required = False
            self.fields[name_intake_field(question)] = field

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("needs_interpreter") and not said.get("interpreter_language"):
            self.add_error("interpreter_language", _("Ask which language, and write it here."))
        return said

    def visit_details(self) -> VisitDetails:
        """Return what `actions.book_visit` takes. The form must be valid."""
        answers = {name_intake_field(question) for question in self.questions}
        said = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "related_person" and name not in answers
        }
        # Whoever writes a language needs an interpreter, ticked or not.
        said["needs_interpreter"] = bool(said["interpreter_language"])
        replies = read_replies(self.questions, self.cleaned_data)
        return VisitDetails(**said, came_from=CameFrom.CALLER, replies=tuple(replies))
