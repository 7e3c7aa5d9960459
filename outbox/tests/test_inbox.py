"""Mail kept as files, and the pages that show it while developing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives, get_connection
from django.urls import reverse

from outbox.inbox import Mail, list_mails, read_mail
from outbox.models import OutboxMessage

pytestmark = pytest.mark.urls("outbox.tests.urls")

CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
LINK = "https://clinic.example.org/visits/abc-DEF_123/"


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.DEBUG = True
    settings.DATA_DIR = tmp_path
    settings.EMAIL_BACKEND = "outbox.inbox.InboxBackend"
    return tmp_path / "inbox"


@pytest.fixture
def send(folder) -> Callable[..., Mail]:
    """Send a mail with a text, an HTML and a calendar part, and an attachment; give it as kept."""

    def send_mail(
        subject: str = "Your visit is booked", text: str = f"See {LINK}", html: str = "<p>Booked</p>"
    ) -> Mail:
        email = EmailMultiAlternatives(
            subject, text, "Alder Street <hello@clinic.example.org>", ["ada@example.org"]
        )
        email.attach_alternative(html, "text/html")
        email.attach_alternative(CALENDAR, 'text/calendar; method="REQUEST"')
        email.attach("invite.ics", CALENDAR, "application/ics")
        get_connection().send_messages([email])
        return next(iter(list_mails(limit=1)))

    return send_mail


def test_backend_keeps_the_whole_mail(send):
    mail = send()

    assert (mail.subject, mail.recipients) == ("Your visit is booked", "ada@example.org")
    assert mail.sender == "Alder Street <hello@clinic.example.org>"
    assert (mail.text.strip(), mail.html.strip()) == (f"See {LINK}", "<p>Booked</p>")
    assert [calendar.split() for calendar in mail.calendars] == [CALENDAR.split()] * 2
    assert mail.attachments == ["invite.ics"]


def test_backend_says_when_the_mail_was_sent(send):
    moment = datetime(2026, 11, 23, 14, 5, 6, 789000, tzinfo=UTC)

    with time_machine.travel(moment, tick=False):
        mail = send()

    assert mail.sent_at == moment


def test_backend_keeps_every_mail_of_many_at_once(send, folder):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: send(subject=f"Mail {number}"), range(40)))

    subjects = {mail.subject for mail in list_mails(limit=100)}
    assert subjects == {f"Mail {number}" for number in range(40)}
    assert {path.suffix for path in folder.iterdir()} == {".eml"}


def test_list_puts_the_newest_first_and_skips_half_written_files(send, folder):
    for number in range(3):
        send(subject=f"Mail {number}")
    (folder / ".20991231T235959999999-00000000.eml.part").write_text("Subject: half")

    assert [mail.subject for mail in list_mails(limit=2)] == ["Mail 2", "Mail 1"]


@pytest.mark.parametrize(
    "name",
    [
        "../secret.eml",
        "..%2Fsecret.eml",
        "/etc/passwd",
        "20261123T140506789000-0123abcd.eml/../../secret.eml",
        "20261123T140506789000-0123abcd.eml\n",
        "",
    ],
)
def test_read_refuses_every_name_that_is_not_a_mails(folder, name):
    folder.mkdir()
    (folder.parent / "secret.eml").write_text("Subject: secret")

    with pytest.raises(FileNotFoundError):
        read_mail(name)


def test_list_page_shows_what_was_sent(client, send):
    mail = send(subject="<b>Bold</b> O'Brien")

    page = client.get(reverse("inbox:list")).content.decode()

    assert "&lt;b&gt;Bold&lt;/b&gt; O&#x27;Brien" in page
    assert reverse("inbox:mail", args=[mail.name]) in page


def test_list_page_without_mail_says_so(client, folder):
    response = client.get(reverse("inbox:list"))

    assert "No mail yet." in response.content.decode()


def test_mail_page_shows_the_parts_and_makes_links_of_the_text_clickable(client, send):
    mail = send(text=f"<script>alert(1)</script> See {LINK} soon")

    page = client.get(reverse("inbox:mail", args=[mail.name])).content.decode()

    assert f'<a href="{LINK}" rel="nofollow">{LINK}</a> soon' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("METHOD:REQUEST") == 2
    assert f'src="{reverse("inbox:html", args=[mail.name])}"' in page


def test_html_page_is_served_where_it_can_do_no_harm(client, send):
    mail = send(html="<html><head></head><body><script>alert(1)</script></body></html>")

    response = client.get(reverse("inbox:html", args=[mail.name]))

    policy = response["Content-Security-Policy"]
    assert response.content.startswith(b'<html><head><base target="_blank"></head>')
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_download_gives_the_file(client, send, folder):
    mail = send()

    response = client.get(reverse("inbox:download", args=[mail.name]))

    assert b"".join(response.streaming_content) == (folder / mail.name).read_bytes()
    assert response["Content-Disposition"] == f'attachment; filename="{mail.name}"'


@pytest.mark.parametrize("page", ["mail", "html", "download"])
def test_pages_of_an_unknown_mail_are_not_found(client, folder, page):
    response = client.get(reverse(f"inbox:{page}", args=["20261123T140506789000-0123abcd.eml"]))

    assert response.status_code == 404


@pytest.mark.parametrize("page", ["list", "mail", "html", "download"])
def test_pages_are_not_found_outside_development(client, send, settings, page):
    mail = send()
    settings.DEBUG = False

    response = client.get(reverse(f"inbox:{page}", args=[] if page == "list" else [mail.name]))

    assert response.status_code == 404
    assert mail.subject not in response.content.decode()


# --- The gallery of every kind ---------------------------------------------------------


def test_gallery_shows_each_kind_with_a_sample_and_says_where_there_is_none(client, folder, db):
    page = client.get(reverse("inbox:kinds")).content.decode()

    letter, note = page.index(">test.letter (en)</h2>"), page.index(">test.note (en)</h2>")
    assert "Letter 7" in page[letter:]
    assert "Good &lt;b&gt;morning&lt;/b&gt;." in page[letter:]
    assert reverse("inbox:sample", args=["test.letter", "en", "dark"]) in page
    assert "There is no sample of this kind yet." in page[note:letter]
    assert "The sample cannot be composed: KeyError." in page
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(("scheme", "rule"), [("dark", "(min-width: 0)"), ("light", "(max-width: 0)")])
def test_gallery_turns_the_colors_for_dark_on_or_off(client, folder, db, scheme, rule):
    response = client.get(reverse("inbox:sample", args=["test.letter", "en", scheme]))

    html = response.content.decode()
    assert f"@media {rule} {{ p {{ color: white }} }}" in html
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["test.note", "unheard-of"])
def test_gallery_has_no_frame_where_there_is_no_sample(client, folder, db, kind):
    assert client.get(reverse("inbox:sample", args=[kind, "en", "light"])).status_code == 404


def test_gallery_is_not_found_outside_development(client, folder, db, settings):
    settings.DEBUG = False

    assert client.get(reverse("inbox:kinds")).status_code == 404
    assert client.get(reverse("inbox:sample", args=["test.letter", "en", "light"])).status_code == 404
