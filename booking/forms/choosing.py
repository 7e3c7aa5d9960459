"""Which kind of visit."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import VisitType

# No visit type: whoever chooses it is asked some questions.
NOT_SURE = "not-sure"


def asks_if_seen(visit_types: Iterable[VisitType]) -> bool:
    """Say whether these visits differ by who they are for: else nobody needs to be asked."""
    return len({kind.audience for kind in visit_types if not kind.helps_choose}) > 1


def is_for(visit_type: VisitType, seen: str) -> bool:
    """Say whether a visit is for somebody seen here in the last 3 years: "yes", "no", or "" for not known."""
    not_for = {"yes": VisitType.Audience.NEW, "no": VisitType.Audience.ESTABLISHED}
    return visit_type.audience != not_for.get(seen)


class VisitTypeForm(forms.Form):
    """Which kind of visit. Give `slugs`, those that can be booked."""

    visit_type = forms.ChoiceField()

    def __init__(self, *args: Any, slugs: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["visit_type"]
        field.widget = forms.RadioSelect()
        field.choices = [(slug, slug) for slug in [*slugs, NOT_SURE]]  # type: ignore[attr-defined]
        sentence = _("Choose a visit. If you are not sure, choose “I am not sure”.")
        field.error_messages.update(required=sentence, invalid_choice=sentence)
