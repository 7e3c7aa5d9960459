"""What tells a person from a script that fills in forms: a field nobody sees, and the time it took."""

from typing import Any

from crispy_forms.layout import Div
from django import forms
from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

# A page that was open longer is not refused for good: somebody looks at it once more.
LONGEST_FILL_SECONDS = 12 * 60 * 60


def _make_signer() -> signing.Signer:
    return signing.Signer(salt="booking.forms.guard")


def _read_now() -> int:
    return int(timezone.now().timestamp())


def make_start_stamp() -> str:
    """Return this moment, signed, so that no script can make up an earlier one."""
    return _make_signer().sign(str(_read_now()))


def _read_stamp(stamp: Any) -> int | None:
    try:
        return int(_make_signer().unsign(stamp or ""))
    except (signing.BadSignature, ValueError):
        return None


class StartField(forms.Field):
    """When the page was made. It stays when the page is shown again: whoever was too quick presses again."""

    widget = forms.HiddenInput

    def bound_data(self, data: Any, initial: Any) -> str:
        stamp = _read_stamp(data)
        is_good = stamp is not None and _read_now() - stamp <= LONGEST_FILL_SECONDS
        return data if is_good else make_start_stamp()


class EmptyField(forms.CharField):
    """A field that the style sheet hides. Shown again it is empty: a browser may have filled it in."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1", "aria-hidden": "true"})

    def bound_data(self, data: Any, initial: Any) -> str:
        return ""


class GuardedForm(forms.Form):
    """A form that scripts find hard to send. What it refuses stays typed, and pressing again helps a person.

    `guarded=False` is for answers that passed before and are read again.
    """

    website = EmptyField(label=_("Leave this field empty"), required=False)
    started = StartField(required=False, initial=make_start_stamp)

    guards = ("website", "started")

    def __init__(self, *args: Any, guarded: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not guarded:
            for name in self.guards:
                del self.fields[name]

    def make_guard(self) -> Div:
        """Return the guard for the form's crispy layout."""
        return Div(*(name for name in self.guards if name in self.fields), css_class="leave-empty")

    @property
    def typed(self) -> dict[str, Any]:
        """The answers as typed: fit for `initial`, and for `data` of the same form later."""
        return {name: self[name].data for name in self.fields if name not in self.guards}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        # Whoever has a mistake to mend will be slow enough.
        if "started" in self.fields and not self.errors:
            problem = self._find_problem()
            if problem:
                call = _("If that does not help, call us at %(phone)s.") % {"phone": settings.CLINIC["phone"]}
                self.add_error(None, format_lazy("{} {}", problem, call))
        return cleaned

    def _find_problem(self) -> Promise | None:
        if self.cleaned_data.get("website"):
            return _("A hidden field was filled in, and we have emptied it. Please press the button again.")
        if not settings.MIN_FILL_SECONDS:
            return None
        started = _read_stamp(self.cleaned_data.get("started"))
        waited = None if started is None else _read_now() - started
        if waited is None or waited > LONGEST_FILL_SECONDS:
            return _("This page was open for a long time. Please look it over, then press the button again.")
        if waited < settings.MIN_FILL_SECONDS:
            return _("That was very quick. Please look over your answers, then press the button again.")
        return None
