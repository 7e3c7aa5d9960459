"""What patients type: read where it can be, refused with a sentence where not."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from booking.forms.details import DetailsForm
from booking.forms.fields import BirthDateField, PhoneField, make_name_field, read_month
from booking.forms.guard import make_start_stamp
from booking.forms.misspelt import suggest_address

pytestmark = pytest.mark.usefixtures("clock")

GOOD: dict[str, Any] = {
    "who": "me",
    "given_name": "Jordan",
    "family_name": "Ellis",
    "birth_date": ["9", "28", "1975"],
    "phone": "212 555 0177",
    "coverage": "insured",
    "consent": True,
}


def make_form(answers: dict[str, Any], **options: Any) -> DetailsForm:
    return DetailsForm(answers, visit_type=None, **options)


@pytest.mark.parametrize(
    ("typed", "month"),
    [("9", 9), ("09", 9), ("Sep", 9), ("sept.", 9), ("SEPTEMBER", 9), ("setiembre", 9), ("12", 12)],
)
def test_month_is_a_number_or_a_name(typed: str, month: int) -> None:
    assert read_month(typed) == month


@pytest.mark.parametrize("typed", ["0", "13", "M", "Ju", "Smarch", "²", "-3", "9" * 5000, "\0"])
def test_month_that_is_neither_is_none(typed: str) -> None:
    assert read_month(typed) is None


@pytest.mark.parametrize(
    "parts",
    [["9", "28", "1975"], ["09", "28", "1975"], [" Sept ", " 28 ", " 1975 "], ["september", "28", "١٩٧٥"]],
)
def test_birth_date_is_read_in_many_ways(parts: list[str]) -> None:
    assert BirthDateField().clean(parts) == date(1975, 9, 28)


@pytest.mark.parametrize(
    ("parts", "sentences"),
    [
        (["", "", ""], ["Enter the date of birth, for example 9 28 1975."]),
        ([None, None, None], ["Enter the date of birth, for example 9 28 1975."]),
        (["9", "28", ""], ["The date of birth must include a year, like 1975."]),
        (
            ["", "", "1975"],
            [
                "The date of birth must include a month, like 9 or September.",
                "The date of birth must include a day, like 28.",
            ],
        ),
        (["Smarch", "28", "1975"], ["Enter the month of birth as a number or a name, like 9 or September."]),
        (["9", "x", "1975"], ["Enter the day of birth as a number, like 28."]),
        (["9", "28", "75"], ["Enter the year of birth with four digits, like 1975."]),
        (["9", "28", "9" * 10_000], ["Enter the year of birth with four digits, like 1975."]),
        (["2", "29", "1975"], ["This date of birth does not exist. Check the month and the day."]),
        (["2", "30", "1975"], ["This date of birth does not exist. Check the month and the day."]),
        (["2", "0", "1975"], ["This date of birth does not exist. Check the month and the day."]),
        (["9", "28", "0000"], ["This date of birth does not exist. Check the month and the day."]),
        (["11", "24", "2026"], ["The date of birth must be in the past."]),
        (["9", "28", "1075"], ["Check the year of birth. It is too long ago."]),
        (["\0", "\r\n", "<b>"], None),
        (["\N{PILE OF POO}", "28", "1975"], None),
    ],
)
def test_birth_date_that_cannot_be_says_why(parts: list[str], sentences: list[str] | None) -> None:
    with pytest.raises(ValidationError) as caught:
        BirthDateField().clean(parts)

    assert caught.value.messages
    if sentences is not None:
        assert caught.value.messages == sentences


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("212 555 0177", "+12125550177"),
        ("(212) 555-0177", "+12125550177"),
        ("+1 212.555.0177", "+12125550177"),
        ("12125550177", "+12125550177"),
        ("+44 20 7946 0958", "+442079460958"),
        ("212 555 0177 ext. 12", "+12125550177"),
        ("(212) 555-0177 x12", "+12125550177"),
        ("Tel: 212-555-0177", "+12125550177"),
        ("tel:+1-212-555-0177", "+12125550177"),
    ],
)
def test_phone_is_read_in_any_format_and_kept_as_typed(typed: str, number: str) -> None:
    assert PhoneField().clean(typed) == (number, typed)


def test_signs_that_nobody_sees_come_along_with_a_copied_number_and_go() -> None:
    copied = "\N{LEFT-TO-RIGHT EMBEDDING}+1 212 555 0177\N{POP DIRECTIONAL FORMATTING}\N{ZERO WIDTH SPACE}"

    assert PhoneField().clean(copied) == ("+12125550177", "+1 212 555 0177")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\N{RIGHT-TO-LEFT OVERRIDE}nadroJ", "nadroJ"),
        ("\N{ZERO WIDTH NO-BREAK SPACE} Jordan\N{WORD JOINER}", "Jordan"),
        ("מרים", "מרים"),
        ("می\N{ZERO WIDTH NON-JOINER}نا", "می\N{ZERO WIDTH NON-JOINER}نا"),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} Zoë",) * 2,
        ("Wolfeschlegelsteinhausenbergerdorff " * 2, ("Wolfeschlegelsteinhausenbergerdorff " * 2).strip()),
    ],
)
def test_name_is_kept_as_it_is_read(typed: str, kept: str) -> None:
    field = make_name_field(label="Name", missing="Enter a name.", token="name")

    assert field.clean(typed) == kept


@pytest.mark.parametrize(
    "typed", ["\N{ZERO WIDTH SPACE}", "\N{ZERO WIDTH JOINER}", " \N{RIGHT-TO-LEFT MARK} "]
)
def test_name_that_nobody_sees_is_none(typed: str) -> None:
    field = make_name_field(label="Name", missing="Enter a name.", token="name")

    with pytest.raises(ValidationError) as caught:
        field.clean(typed)

    assert caught.value.messages == ["Enter a name."]


@pytest.mark.parametrize(
    "typed", ["555-0177", "call me", "1", "+", "212 555 0177\0", "2" * 10_000, "<script>"]
)
def test_phone_that_cannot_be_says_how(typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PhoneField().clean(typed)

    assert caught.value.messages == ["Enter a phone number with its area code, like 212 555 0177."]


def test_email_may_be_left_out() -> None:
    form = make_form(GOOD)

    assert form.is_valid()
    assert form.patient_details().email == ""


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("jordan", "Enter an email address like name@example.com."),
        ("jordan@example", "Enter an email address like name@example.com."),
        ("a@example.org\r\nBcc: b@example.org", "Enter an email address like name@example.com."),
        ("a" * 250 + "@example.org", "Enter an email address of at most 254 characters."),
    ],
)
def test_email_that_cannot_be_says_how(typed: str, sentence: str) -> None:
    form = make_form({**GOOD, "email": typed})

    assert form.errors == {"email": [sentence]}


def test_email_may_have_254_characters() -> None:
    longest = "a" * 64 + "@" + ".".join(["b" * 61] * 3 + ["org"])
    assert len(longest) == 254

    form = make_form({**GOOD, "email": longest})

    assert form.is_valid()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Jo@gmial.com", "Jo@gmail.com"),
        ("jo@GMAIL.CON", "jo@gmail.com"),
        ("jo@gmail.co", "jo@gmail.com"),
        ("jo@hotmai.com", "jo@hotmail.com"),
        ("jo@comcast.ney", "jo@comcast.net"),
        ("jo@alder.con", "jo@alder.com"),
        ("", ""),
        ("jo@gmail.com", ""),
        ("jo@mail.com", ""),
        ("jo@yahoo.com.mx", ""),
        ("jo@hotmail.es", ""),
        ("jo@example.org", ""),
        ("jo@mayo.com", ""),
    ],
)
def test_email_that_looks_misspelt_is_told_as_it_was_meant(typed: str, meant: str) -> None:
    assert suggest_address(typed) == meant


def test_answers_as_typed_make_the_same_form_again() -> None:
    first = make_form({**GOOD, "email": "wrong", "birth_date": ["Sept", "x", ""]})

    again = make_form(first.typed)

    assert again.errors == first.errors
    assert again["birth_date"].value() == ["Sept", "x", ""]


def test_ticks_as_typed_make_the_same_form_again() -> None:
    first = make_form({**GOOD, "needs": ["quiet", "interpreter"], "consent": False})

    again = make_form(first.typed)

    assert again.errors == first.errors
    assert again["needs"].value() == ["quiet", "interpreter"]
    assert set(first.typed).isdisjoint(first.guards)


def test_related_person_is_nobody_for_oneself() -> None:
    form = make_form({**GOOD, "related_name": "Sam", "relationship": "parent", "whose_contact": "mine"})

    assert form.is_valid()
    assert form.related_details() is None


@pytest.mark.parametrize(("whose", "is_contact"), [("mine", True), ("patient", False)])
def test_related_person_says_whose_the_contact_is(whose: str, is_contact: bool) -> None:
    answers = {"who": "other", "related_name": "Sam", "relationship": "child", "whose_contact": whose}

    form = make_form({**GOOD, **answers})

    assert form.is_valid()
    related = form.related_details()
    assert related is not None
    assert (related.name, related.relationship, related.is_contact) == ("Sam", "child", is_contact)


def test_language_without_an_interpreter_is_forgotten() -> None:
    form = make_form({**GOOD, "interpreter_language": "Spanish"})

    assert form.is_valid()
    assert form.visit_details().interpreter_language == ""


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(0, "That was very quick."), (2, "That was very quick."), (13 * 3600, "This page was open for a long")],
)
def test_time_it_took_tells_scripts_and_pages_of_yesterday(
    clock: Any, settings: Any, seconds: int, sentence: str
) -> None:
    settings.MIN_FILL_SECONDS = 3
    started = make_start_stamp()
    clock.shift(seconds)

    form = make_form({**GOOD, "started": started})

    assert [error for error in form.non_field_errors() if sentence in error]
    assert _was_kept(form, started) == (seconds < 3)


def _was_kept(form: DetailsForm, started: str) -> bool:
    return form["started"].value() == started


@pytest.mark.parametrize("seconds", [3, 12 * 3600])
def test_time_that_people_take_is_fine(clock: Any, settings: Any, seconds: int) -> None:
    settings.MIN_FILL_SECONDS = 3
    started = make_start_stamp()
    clock.shift(seconds)

    assert make_form({**GOOD, "started": started}).is_valid()


def test_answers_that_passed_are_read_again_without_the_guard(settings: Any) -> None:
    settings.MIN_FILL_SECONDS = 3

    assert make_form(GOOD, guarded=False).is_valid()
    assert not make_form(GOOD).is_valid()


def test_hurry_is_not_told_beside_a_mistake(settings: Any) -> None:
    settings.MIN_FILL_SECONDS = 3

    form = make_form({**GOOD, "phone": "", "started": make_start_stamp()})

    assert list(form.errors) == ["phone"]
