"""What a patient agrees to. The wording is kept with each visit, so an edit here changes no earlier one."""

from typing import TYPE_CHECKING

from django import forms
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words

_format_html_lazy = lazy(format_html, SafeString)

CONSENT = _("I agree that the clinic keeps my answers and uses them for this visit.")


def make_consent_field(*, wording: "Words" = CONSENT) -> forms.BooleanField:
    """Return the checkbox to agree with; `wording` is what the visit keeps."""
    return forms.BooleanField(
        label=wording,
        # Not in the label, where a tap means yes; in a new tab, so that nothing typed is lost.
        help_text=_format_html_lazy(
            '{} <a href="{}" target="_blank">{}</a>.',
            _("What we keep, and why:"),
            reverse_lazy("privacy"),
            _("our privacy page (opens in a new tab)"),
        ),
        error_messages={"required": _("Tick the box to agree. If you do not want to, please call us.")},
    )
