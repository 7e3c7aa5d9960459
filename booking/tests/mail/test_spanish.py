"""Each kind of mail in Spanish: nothing of it is left in English, and its links lead to Spanish pages."""

import re

import pytest
from django.conf import settings

from booking.mail import staff
from booking.mail.samples import SAMPLES
from clinic.translations import extract_texts
from outbox.inbox import Mail
from outbox.preview import preview_sample

TO_PATIENTS = sorted(set(SAMPLES) - set(staff.KINDS))
ENGLISH = re.compile(
    r"\b(the|you|your|we|us|our|and|or|of|is|are|at|on|with|for|to|this|it|visit|appointment|email|time)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://[^\s\"<>]+")

pytestmark = pytest.mark.django_db


@pytest.fixture(params=TO_PATIENTS)
def spanish(request: pytest.FixtureRequest) -> Mail:
    return preview_sample(request.param, language="es")


def test_mail_says_nothing_in_english(spanish: Mail):
    shown = re.sub(r"<style.*?</style>|<[^>]+>", " ", spanish.html, flags=re.DOTALL)

    for text in (spanish.subject, spanish.text, shown):
        assert ENGLISH.findall(ADDRESS.sub("", text)) == []


def test_no_mail_puts_a_title_where_spanish_wants_an_article(spanish: Mail):
    """“Con Dra. Fischer” and “Dra. Fischer no estará” are wrong, and nobody knows the right article."""
    before = re.findall(r"([^\s:,]+) Dra?\.", spanish.text)

    assert before == []
    assert re.findall(r"Dra?\. [^,\n]+ no estará", spanish.text) == []


def test_mail_says_that_it_is_spanish(spanish: Mail):
    assert spanish.language == "es"
    assert '<html lang="es">' in spanish.html


def test_links_lead_to_spanish_pages(spanish: Mail):
    for part in (spanish.text, spanish.html):
        ours = [address for address in ADDRESS.findall(part) if address.startswith(settings.PUBLIC_URL)]
        assert [address for address in ours if not address.startswith(f"{settings.PUBLIC_URL}/es/")] == []


def test_calendar_entry_is_spanish(spanish: Mail):
    for calendar in spanish.calendars:
        assert "SUMMARY:Cita en Alder Street" in calendar


def test_link_to_stop_reminders_is_spanish():
    mail = preview_sample("booking.reminder", language="es")

    assert mail.parsed["List-Unsubscribe"].strip().startswith(f"<{settings.PUBLIC_URL}/es/visits/")


@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_each_text_of_a_mail_differs_between_the_languages(kind: str):
    folder = f"templates/emails/{kind.removeprefix('booking.')}/"
    english, spanish = (preview_sample(kind, language=language) for language in ("en", "es"))
    texts = [text.msgid for text in extract_texts() if text.file.startswith(folder) and "%" not in text.msgid]

    said = [text for text in texts if text in english.text or text in english.html]
    assert said
    assert [text for text in said if text in spanish.text or text in spanish.html] == []


@pytest.mark.parametrize("kind", sorted(staff.KINDS))
def test_mail_to_staff_is_english(kind: str):
    # Addresses in the admin have the numbers of rows, which each sample has made anew.
    spanish, english = (
        re.sub(r"/\d+/", "/0/", preview_sample(kind, language=language).text) for language in ("es", "en")
    )
    assert spanish == english
