"""A new patient on the slip, as the caller tells it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.actions import PatientDetails, RelatedDetails
from booking.forms.fields import BirthDateField, EmailField, PhoneField, make_name_field
from booking.models import RelatedPerson


class NewPatientForm(forms.Form):
    """Somebody who was never here. Staff write what the caller says."""

    given_name = make_name_field(
        label=gettext_lazy("First name"), missing=gettext_lazy("Enter the patient's first name."), token="off"
    )
    family_name = make_name_field(
        label=gettext_lazy("Last name"), missing=gettext_lazy("Enter the patient's last name."), token="off"
    )
    birth_date = BirthDateField(label=gettext_lazy("Date of birth"))
    phone = PhoneField(
        label=gettext_lazy("Phone"),
        error_messages={"required": gettext_lazy("Enter a phone number to call back.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = EmailField(
        label=gettext_lazy("Email (optional)"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    related_name = forms.CharField(
        label=gettext_lazy("Who calls, if not the patient"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    relationship = forms.ChoiceField(
        label=gettext_lazy("What they are to the patient"),
        required=False,
        choices=[("", "–"), *RelatedPerson.Relationship.choices],
    )
    is_contact = forms.BooleanField(label=gettext_lazy("Phone and email are the caller's"), required=False)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, prefix="new", label_suffix="")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("related_name") and not said.get("relationship"):
            self.add_error("relationship", _("Choose what the caller is to the patient."))
        return said

    def patient_details(self) -> PatientDetails:
        """Return what `actions.book_visit` takes. The form must be valid."""
        said = self.cleaned_data
        phone, phone_typed = said["phone"]
        return PatientDetails(
            given_name=said["given_name"],
            family_name=said["family_name"],
            birth_date=said["birth_date"],
            phone=phone,
            phone_typed=phone_typed,
            email=said["email"],
        )

    def related_details(self) -> RelatedDetails | None:
        said = self.cleaned_data
        if not said["related_name"]:
            return None
        return RelatedDetails(
            name=said["related_name"], relationship=said["relationship"], is_contact=said["is_contact"]
        )
