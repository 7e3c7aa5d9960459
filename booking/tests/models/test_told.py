"""The practice's own texts in the language of the page."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from booking.models import IntakeQuestion, Location, Practitioner, VisitType
from booking.templatetags.told import in_sentence, lang_of


def test_a_text_is_told_in_the_language_of_the_page():
    visit_type = VisitType(name="Follow-up visit", name_es="Cita de control")

    with translation.override("es"):
        assert visit_type.told.name == "Cita de control"
    assert visit_type.told.name == "Follow-up visit"
    # What staff see.
    with translation.override("es"):
        assert str(visit_type) == "Follow-up visit"


def test_a_blank_text_is_told_in_english_and_marked_so():
    location = Location(directions="Ring the bell.", access_notes="", name="Midtown", name_es="Centro")

    with translation.override("es"):
        assert location.told.directions == "Ring the bell."
        assert lang_of(location, "directions") == ' lang="en"'
        # Nothing is there, or it is in Spanish.
        assert lang_of(location, "access_notes") == ""
        assert lang_of(location, "name") == ""
    assert lang_of(location, "directions") == ""


def test_names_of_clinicians_and_lists_follow():
    practitioner = Practitioner(title="Dr.", title_es="Dra.", given_name="Lena", family_name="Fischer")
    visit_type = VisitType(preparation="One.\nTwo.", preparation_es="Uno.\n\nDos.\n")

    with translation.override("es"):
        assert practitioner.display_name == "Dra. Lena Fischer"
        assert practitioner.short_name == "Dra. Fischer"
        assert visit_type.preparation_points == ["Uno.", "Dos."]
    assert practitioner.display_name == "Dr. Lena Fischer"


def test_a_text_that_is_none_is_an_error():
    with translation.override("es"), pytest.raises(AttributeError):
        _ = VisitType(name="Visit").told.nothing


def test_answers_are_kept_in_english_and_shown_in_spanish():
    question = IntakeQuestion(choices="A week\nA year", choices_es="Una semana\nUn año")

    with translation.override("es"):
        assert question.told_choices == [("A week", "Una semana"), ("A year", "Un año")]
    assert question.told_choices == [("A week", "A week"), ("A year", "A year")]


def test_answers_that_do_not_match_are_shown_in_english_and_refused_in_the_admin():
    question = IntakeQuestion(
        wording="How long?", kind="choice", choices="A week\nA year", choices_es="Un año"
    )

    with translation.override("es"):
        assert question.told_choices == [("A week", "A week"), ("A year", "A year")]
    with pytest.raises(ValidationError) as refused:
        question.clean()
    assert list(refused.value.message_dict) == ["choices_es"]


@pytest.mark.parametrize(
    ("language", "name", "told"),
    [
        ("es", "Dra. Lena Fischer", "la Dra. Lena Fischer"),
        ("es", "Dr. Santos", "el Dr. Santos"),
        ("es", "Priya Nair", "Priya Nair"),
        ("en", "Dr. Lena Fischer", "Dr. Lena Fischer"),
    ],
)
def test_spanish_sentence_has_an_article_before_a_title(language: str, name: str, told: str) -> None:
    with translation.override(language):
        assert in_sentence(name) == told
