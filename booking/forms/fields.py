"""Fields that take what people type: any phone format, a month by name, a name with an apostrophe."""

import re
import unicodedata
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import phonenumbers
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, RegexValidator
from django.utils import timezone, translation
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words

# Nobody is older: a birth year of 1075 is a slip of the finger.
OLDEST_YEARS = 130
SHORTEST_MONTH_NAME = 3

# Marks without a width that come along when a number or a name is copied, and those that turn the words
# after them around. The two joiners of Persian names and of emoji stay.
_UNSEEN = dict.fromkeys(
    [0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF]
)
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"

# Unicode categories: controls, halves of broken characters, line and paragraph separators.
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


class TypedField(forms.CharField):
    """Text as people type it, on one line unless `line_breaks` allows more.

    Control characters are refused: a line break could end a mail header, and PostgreSQL stores
    no NUL. What nobody can see is left out. The page has no `maxlength`: browsers cut pasted
    text there without a word.
    """

    line_breaks = ""

    def __init__(self, *, longest: int, too_long: "Words", unprintable: "Words", **options: Any) -> None:
        super().__init__(**options)
        self.longest = longest
        self.error_messages["too_long"] = too_long
        self.error_messages["unprintable"] = unprintable

    def to_python(self, value: Any) -> str:
        typed = value.translate(_UNSEEN) if isinstance(value, str) else value
        text = (super().to_python(typed) or "").replace("\r\n", "\n")
        if not text.strip(_JOINERS):
            return ""
        if len(text) > self.longest:
            raise ValidationError(self.error_messages["too_long"], code="too_long")
        rest = (character for character in text if character not in self.line_breaks)
        if any(unicodedata.category(character) in _UNPRINTABLE for character in rest):
            raise ValidationError(self.error_messages["unprintable"], code="unprintable")
        return text


class NoteField(TypedField):
    """A few words that nobody has to write, over one line or more."""

    line_breaks = "\n\t"

    def __init__(self, *, too_long: "Words", **options: Any) -> None:
        super().__init__(
            longest=300,
            too_long=too_long,
            unprintable=_("We cannot read one of the signs here. Please type the text again."),
            required=False,
            widget=forms.Textarea(attrs={"rows": 2}),
            **options,
        )


class EmailField(TypedField):
    widget = forms.EmailInput
    # By default Django takes name@localhost, which is our own machine.
    default_validators = [
        EmailValidator(_("Enter an email address like name@example.com."), allowlist=[]),
    ]

    def __init__(self, **options: Any) -> None:
        super().__init__(
            longest=254,
            too_long=_("Enter an email address of at most 254 characters."),
            unprintable=_("Enter an email address like name@example.com."),
            **options,
        )


class PhoneField(TypedField):
    """A phone number in any format. Cleans to the pair (E.164, as typed)."""

    def __init__(self, **options: Any) -> None:
        unreadable = _("Enter a phone number with its area code, like 212 555 0177.")
        super().__init__(longest=40, too_long=unreadable, unprintable=unreadable, **options)
        self.error_messages["unreadable"] = unreadable

    def clean(self, value: Any) -> tuple[str, str]:
        typed = super().clean(value)
        try:
            number = phonenumbers.parse(typed, settings.PHONENUMBER_DEFAULT_REGION)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise ValidationError(self.error_messages["unreadable"], code="unreadable")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), typed


def _read_number(text: str) -> int | None:
    # The length first: int() refuses thousands of digits with an error of its own.
    return int(text) if len(text) <= 4 and text.isdecimal() else None


@cache
def _list_month_names() -> list[tuple[str, int]]:
    """Every month in every language of the pages: what was typed on one is read again on another."""
    # September has a second spelling in Spanish.
    names = [("setiembre", 9)]
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            names += [(str(name).casefold(), number) for number, name in MONTHS.items()]
    return names


def read_month(text: str) -> int | None:
    """Return 1 to 12 for “9”, “09”, “Sept.”, “September” or “septiembre”; None for anything else."""
    number = _read_number(text)
    if number is not None:
        return number if number in MONTHS else None
    word = text.casefold().rstrip(".")
    if len(word) < SHORTEST_MONTH_NAME:
        return None
    return next((number for name, number in _list_month_names() if name.startswith(word)), None)


class BirthDateWidget(forms.MultiWidget):
    """Month, day and year, each typed: in a calendar it is a long way back to 1943."""

    template_name = "booking/widgets/birth_date.html"
    use_fieldset = True

    def __init__(self) -> None:
        super().__init__(
            widgets={
                # A month may be a word, and a phone's number pad has no letters.
                "month": forms.TextInput(attrs={"autocomplete": "bday-month"}),
                "day": forms.TextInput(attrs={"autocomplete": "bday-day", "inputmode": "numeric"}),
                "year": forms.TextInput(attrs={"autocomplete": "bday-year", "inputmode": "numeric"}),
            }
        )

    def decompress(self, value: None) -> list[str]:
        """Only an empty field comes here: what was typed is a list already."""
        return ["", "", ""]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """Read the three inputs, or the list that an earlier reading of them made."""
        read_before = data.get(name)
        if isinstance(read_before, list):
            return read_before
        return super().value_from_datadict(data, files, name)


class BirthDateField(forms.Field):
    """Three texts that make a date in the past. Each part that is missing has its own sentence."""

    widget = BirthDateWidget
    default_error_messages = {
        "required": _("Enter the date of birth, for example 9 28 1975."),
        "month_missing": _("The date of birth must include a month, like 9 or September."),
        "day_missing": _("The date of birth must include a day, like 28."),
        "year_missing": _("The date of birth must include a year, like 1975."),
        "month_unreadable": _("Enter the month of birth as a number or a name, like 9 or September."),
        "day_unreadable": _("Enter the day of birth as a number, like 28."),
        "year_unreadable": _("Enter the year of birth with four digits, like 1975."),
        "unreal": _("This date of birth does not exist. Check the month and the day."),
        "future": _("The date of birth must be in the past."),
        "too_old": _("Check the year of birth. It is too long ago."),
    }

    def _fail(self, *codes: str) -> ValidationError:
        return ValidationError([ValidationError(self.error_messages[code], code=code) for code in codes])

    def clean(self, value: Any) -> date:
        parts = zip(("month", "day", "year"), value, strict=True)
        typed = {name: (part or "").strip() for name, part in parts}
        if not any(typed.values()):
            raise self._fail("required")
        missing = [f"{name}_missing" for name, part in typed.items() if not part]
        if missing:
            raise self._fail(*missing)
        numbers = {
            "month": read_month(typed["month"]),
            "day": _read_number(typed["day"]),
            "year": _read_number(typed["year"]) if len(typed["year"]) == 4 else None,
        }
        unreadable = [f"{name}_unreadable" for name, number in numbers.items() if number is None]
        if unreadable:
            raise self._fail(*unreadable)
        try:
            birth_date = date(**numbers)  # type: ignore[arg-type]
        except ValueError:
            raise self._fail("unreal") from None
        today = timezone.localdate()
        if birth_date > today:
            raise self._fail("future")
        if today.year - birth_date.year > OLDEST_YEARS:
            raise self._fail("too_old")
        return birth_date


# Mails greet by name. Whoever books with a stranger's email must not have us send them a link.
NO_ADDRESS = RegexValidator(
    r"[/@<>\\]|www\.",
    message=_("Please type only the name, without signs like / or @."),
    inverse_match=True,
    flags=re.IGNORECASE,
)


def make_name_field(*, label: "Words", missing: "Words", token: str) -> TypedField:
    return TypedField(
        label=label,
        longest=100,
        too_long=_("Use at most 100 characters for a name."),
        unprintable=_("We cannot read one of the signs in this name. Please type it again, on one line."),
        error_messages={"required": missing},
        validators=[NO_ADDRESS],
        widget=forms.TextInput(attrs={"autocomplete": token, "spellcheck": "false", "class": "w-name"}),
    )
