"""Who comes, how to reach them, and what the visit needs."""

from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout
from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from booking.actions import PatientDetails
from booking.forms.fields import BirthDateField, EmailField, NoteField, PhoneField, make_name_field

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words


def _make_heading(text: "Words") -> HTML:
    return HTML(format_lazy("<h2>{}</h2>", text))


class DetailsForm(forms.Form):
    """Who comes and how to reach them."""

    given_name = make_name_field(
        label=_("Patient's first name"), missing=_("Enter the patient's first name."), token="given-name"
    )
    family_name = make_name_field(
        label=_("Patient's last name"), missing=_("Enter the patient's last name."), token="family-name"
    )
    birth_date = BirthDateField(
        label=_("Patient's date of birth"),
        help_text=_("For example, 9 28 1975. It tells us people with the same name apart."),
    )
    phone = PhoneField(
        label=_("Phone number"),
        help_text=_("We call it only if we need to move or check your visit."),
        error_messages={"required": _("Enter a phone number, so that we can reach you about this visit.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "w-tel"}),
    )
    email = EmailField(
        label=_("Email"),
        help_text=_("For your confirmation and a link to change your visit."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false", "class": "w-email"}),
    )
    access_needs = NoteField(
        label=_("What would help you at the visit?"),
        help_text=_("For example: an interpreter, step-free access, low light, a quiet place, more time."),
        too_long=_("Say in at most 300 characters what would help you."),
    )
    reason = NoteField(
        label=_("What is the visit about?"),
        help_text=_("A few words are enough. Please do not write details here."),
        too_long=_("Say in at most 300 characters what the visit is about."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            "given_name",
            "family_name",
            "birth_date",
            Div(_make_heading(_("How we reach you")), "phone", "email", css_class="group"),
            Div(_make_heading(_("About your visit")), "access_needs", "reason", css_class="group"),
        )

    @property
    def typed(self) -> dict[str, Any]:
        """The answers as typed: fit for `initial`, and for `data` of the same form later."""
        return {name: self[name].data for name in self.fields}

    def patient_details(self) -> PatientDetails:
        """Return what `actions.book` takes. The form must be valid."""
        answers = self.cleaned_data
        phone, phone_typed = answers["phone"]
        return PatientDetails(
            given_name=answers["given_name"],
            family_name=answers["family_name"],
            birth_date=answers["birth_date"],
            phone=phone,
            phone_typed=phone_typed,
            email=answers["email"],
        )
