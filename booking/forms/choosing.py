"""Which kind of visit."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class VisitTypeForm(forms.Form):
    """Which kind of visit. Give `slugs`, those that can be booked."""

    visit_type = forms.ChoiceField()

    def __init__(self, *args: Any, slugs: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["visit_type"]
        field.widget = forms.RadioSelect()
        field.choices = [(slug, slug) for slug in slugs]  # type: ignore[attr-defined]
        sentence = _("Choose a visit. If you are not sure, choose “I am not sure”.")
        field.error_messages.update(required=sentence, invalid_choice=sentence)
