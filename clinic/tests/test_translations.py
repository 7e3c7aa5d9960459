"""Nothing that patients read is left in English; test_reading.py holds that all words go through gettext."""

from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils.html import strip_tags

from clinic.translations import (
    extract_texts,
    find_problems,
    is_for_patients,
    po_path,
    read_catalog,
    renew_catalog,
)
from education.reading import BREAK

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Spanish takes a fifth more words than English, of which we allow 20.
MOST_WORDS = 24


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_for_patients_is_translated(language: str):
    problems = [
        f"{text.file}: {problem}: {text.msgid!r}" for text, problem in find_problems(read_catalog(language))
    ]

    assert not problems, "Translate, then run “make translations”:\n" + "\n".join(problems)


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalog_is_that_of_the_texts(language: str):
    with po_path(language).with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)

    assert list_texts(compiled) == list_texts(read_catalog(language)), "Run “make translations”."


def list_texts(catalog: Catalog) -> set[tuple[str, ...]]:
    return {
        (message.context or "", *flatten(message.id), *flatten(message.string))
        for message in catalog
        if message.id
    }


def flatten(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalog_holds_no_text_that_is_gone(language: str):
    gone = list_texts(read_catalog(language)) - list_texts(renew_catalog(language))

    assert not gone, f"Run “make translations”: {gone}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str):
    told = [text for message in read_catalog(language) if message.id for text in flatten(message.string)]
    sentences = [sentence for text in told for sentence in BREAK.split(strip_tags(text))]

    assert [sentence for sentence in sentences if len(sentence.split()) > MOST_WORDS] == []


# --- The checks find what they are for -------------------------------------------


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("", "has no translation"),
        ("Hola, %(nombre)s:", "has other placeholders"),
        ("Hola:", "has other placeholders"),
        ("Hola, <b>%(name)s</b>:", "has other tags"),
    ],
)
def test_a_wrong_translation_is_found(told: str, problem: str):
    catalog = read_catalog("es")
    catalog.get("Hello %(name)s,").string = told

    problems = {text.msgid: found for text, found in find_problems(catalog)}

    assert problem in problems["Hello %(name)s,"]


def test_a_fuzzy_translation_and_a_missing_text_are_found():
    catalog = read_catalog("es")
    catalog.get("Hello %(name)s,").flags.add("fuzzy")
    catalog.delete("Cancel your visit?")

    problems = {text.msgid: found for text, found in find_problems(catalog)}

    assert problems["Hello %(name)s,"] == "is marked fuzzy"
    assert problems["Cancel your visit?"] == "is not in the catalog"


def test_texts_come_from_templates_forms_and_choices_of_models():
    texts = {(text.file, text.msgid): text for text in extract_texts()}

    assert ("templates/booking/cancel.html", "Cancel your visit?") in texts
    assert ("booking/forms/person.py", "Who is the visit for?") in texts
    assert ("booking/models/patient.py", "Parent or guardian") in texts
    assert texts["templates/429.html", "Please wait one hour and try again."].plural
    # An argument of a filter, and of an include.
    assert ("templates/education/article.html", "F j, Y") in texts
    assert ("templates/booking/time.html", "We can look for a time with you.") in texts


@pytest.mark.parametrize(
    ("file", "for_patients"),
    [
        ("templates/booking/cancel.html", True),
        ("templates/something/new.html", True),
        ("templates/desk/day.html", False),
        ("templates/emails/daily_list/body.html", False),
        ("booking/admin/words.py", False),
        ("booking/forms/new.py", True),
    ],
)
def test_a_new_file_is_for_patients_until_it_is_said_to_be_for_staff(file: str, for_patients: bool):
    assert is_for_patients(file) is for_patients
