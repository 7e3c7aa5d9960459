"""What opens a visit without its link."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from booking.forms.fields import BirthDateField, TypedField


class FindForm(forms.Form):
    """What opens a visit without its link."""

    reference = TypedField(
        label=_("Booking reference"),
        help_text=_("6 letters and numbers, like K7M-4RT. You can leave out the dash."),
        longest=20,
        too_long=_("A booking reference has 6 letters and numbers, like K7M-4RT."),
        unprintable=_("A booking reference has 6 letters and numbers, like K7M-4RT."),
        error_messages={"required": _("Enter the booking reference, like K7M-4RT.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "w-tel",
            }
        ),
    )
    birth_date = BirthDateField(label=_("Patient's date of birth"), help_text=_("For example, 9 28 1975."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
