"""Who comes, who books for them, and how to reach whom."""

from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout
from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from booking.actions import PatientDetails, RelatedDetails
from booking.forms.fields import BirthDateField, EmailField, PhoneField, make_name_field
from booking.forms.guard import GuardedForm
from booking.models import RelatedPerson

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words

ME, SOMEBODY_ELSE = "me", "other"
MINE, THE_PATIENTS = "mine", "patient"


def read_language() -> str:
    """Return the language of the page: whoever fills it in reads that."""
    return get_language() or settings.LANGUAGE_CODE


def make_heading(text: "Words") -> HTML:
    return HTML(format_lazy("<h2>{}</h2>", text))


def make_radio_field(
    *, label: "Words", choices: Any, missing: "Words", required: bool = True, **options: Any
) -> forms.ChoiceField:
    """Return a choice of one, with nothing chosen yet."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        widget=forms.RadioSelect(),
        error_messages={"required": missing, "invalid_choice": missing},
        **options,
    )


class PersonForm(GuardedForm):
    """The patient, and whoever books for them.

    What is asked only of somebody who books for another is ignored otherwise: the page may show it
    to everybody.
    """

    who = make_radio_field(
        label=_("Who is the visit for?"),
        choices=[(ME, _("Me")), (SOMEBODY_ELSE, _("Someone I care for"))],
        missing=_("Choose who the visit is for."),
    )
    related_name = make_name_field(
        label=_("Your name"), missing=_("Enter your own name, so that we know who booked."), token="name"
    )
    relationship = make_radio_field(
        label=_("What are you to the patient?"),
        choices=RelatedPerson.Relationship.choices,
        missing=_("Choose what you are to the patient."),
        required=False,
    )
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
    whose_contact = make_radio_field(
        label=_("Whose phone and email are these?"),
        choices=[(MINE, _("Mine")), (THE_PATIENTS, _("The patient's"))],
        missing=_("Choose whose phone and email these are."),
        required=False,
    )

    for_another = ("related_name", "relationship", "whose_contact")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare_fields()
        if self["who"].value() == SOMEBODY_ELSE:
            self._drop_autocomplete_tokens()
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = self.make_layout()

    def prepare_fields(self) -> None:
        self.ask_only_if(*self.for_another)

    def ask_only_if(self, *names: str) -> None:
        """Let these be empty, without calling them optional: `require` says when they must be filled."""
        for name in names:
            field = self.fields[name]
            field.required = field.widget.is_required = False
            field.is_conditional = True  # type: ignore[attr-defined]

    def _drop_autocomplete_tokens(self) -> None:
        """The browser knows its owner's data, and they are not the patient's."""
        for name in ("given_name", "family_name", "birth_date", "phone", "email"):
            widget = self.fields[name].widget
            for part in getattr(widget, "widgets", [widget]):
                part.attrs["autocomplete"] = "off"

    def make_layout(self) -> Layout:
        return Layout(self.make_guard(), self.make_who(), self.make_contact())

    def make_who(self) -> Div:
        return Div(
            "who",
            Div(
                make_heading(_("If you book for someone you care for")),
                "related_name",
                "relationship",
                css_class="for-another",
            ),
            "given_name",
            "family_name",
            "birth_date",
        )

    def make_contact(self) -> Div:
        return Div(
            make_heading(_("How we reach you")),
            "phone",
            "email",
            Div("whose_contact", css_class="for-another"),
            css_class="group",
        )

    def clean(self) -> dict[str, Any] | None:
        self.require(self.for_another, when=self.cleaned_data.get("who") == SOMEBODY_ELSE)
        return super().clean()

    def require(self, names: tuple[str, ...], *, when: bool) -> None:
        """Ask for these fields under a condition; without it, forget what they say, right or wrong."""
        for name in names:
            if not when:
                self.errors.pop(name, None)
                self.cleaned_data[name] = ""
            elif name not in self.errors and not self.cleaned_data[name]:
                self.add_error(name, self.fields[name].error_messages["required"])

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
            language=read_language(),
        )

    def related_details(self) -> RelatedDetails | None:
        """Return who books for the patient; None where patients book for themselves."""
        answers = self.cleaned_data
        if answers["who"] == ME:
            return None
        return RelatedDetails(
            name=answers["related_name"],
            relationship=answers["relationship"],
            is_contact=answers["whose_contact"] == MINE,
        )
