"""Production: what it refuses, and that its static files can be collected."""

import os
import re
import subprocess
import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from booking import demo
from booking.demo import DEMO_STAFF_PASSWORD
from clinic.checks import refuse_demo
from clinic.run import ROOT

GOOD = {
    "DEBUG": "false",
    "SECRET_KEY": "k9mQ2x" * 10,
    "ALLOWED_HOSTS": "clinic.example.org",
    "PUBLIC_URL": "https://clinic.example.org",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "DEFAULT_FROM_EMAIL": "Alder Street <appointments@alder.example.org>",
    "CLINIC_EMAIL": "frontdesk@alder.example.org",
}


def load_settings(
    *, shown: str = "s.SESSION_COOKIE_SECURE", **environment: str
) -> subprocess.CompletedProcess[str]:
    own = {"PATH": os.environ["PATH"], "DATA_DIR": os.environ["DATA_DIR"]}
    return subprocess.run(
        [sys.executable, "-c", f"import clinic.settings as s; print({shown})"],
        cwd=ROOT,
        env={**own, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_safe_values() -> None:
    loaded = load_settings(**GOOD)

    assert loaded.stderr == ""
    assert loaded.stdout == "True\n"


def test_production_starts_with_a_mail_provider() -> None:
    provider = {
        "MAIL_PROVIDER": "postmark",
        "ANYMAIL_POSTMARK_SERVER_TOKEN": "token",
        "ANYMAIL_WEBHOOK_SECRET": "provider:a-long-secret-of-ours",
    }
    without_smtp = {name: value for name, value in GOOD.items() if name != "EMAIL_URL"}

    loaded = load_settings(**without_smtp, **provider)

    assert loaded.stderr == ""


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", "on", "Set DEBUG=false"),
        ("SECRET_KEY", "", "Set SECRET_KEY"),
        ("SECRET_KEY", "a" * 60, "Set SECRET_KEY"),
        ("SECRET_KEY", "django-insecure-" + "k9mQ2x" * 10, "Set SECRET_KEY"),
        ("SECRET_KEY", "short", "Set SECRET_KEY"),
        ("SECRET_KEY", "development-only-" + "not-a-secret-" * 4, "Set SECRET_KEY"),
        ("ALLOWED_HOSTS", "", "Set ALLOWED_HOSTS"),
        ("ALLOWED_HOSTS", "clinic.example.org,*", "Set ALLOWED_HOSTS"),
        ("EMAIL_URL", "consolemail://", "Set EMAIL_URL"),
        ("EMAIL_URL", "memorymail://", "Set EMAIL_URL"),
        ("EMAIL_URL", "filemail:///tmp/mails", "Set EMAIL_URL"),
        ("MAIL_PROVIDER", "console", "Set MAIL_PROVIDER"),
        ("MAIL_PROVIDER", "pigeon", "Set MAIL_PROVIDER"),
        ("MAIL_PROVIDER", "post.mark", "Set MAIL_PROVIDER"),
        ("ANYMAIL_WEBHOOK_SECRET", "no-colon-in-this-long-secret", "Set ANYMAIL_WEBHOOK_SECRET"),
        ("ANYMAIL_WEBHOOK_SECRET", "short:secret", "Set ANYMAIL_WEBHOOK_SECRET"),
        ("DEFAULT_FROM_EMAIL", "Alder, Birch <hello@alder.example.org>", "Set DEFAULT_FROM_EMAIL"),
        ("DEFAULT_FROM_EMAIL", "Alder: Street <hello@alder.example.org>", "Set DEFAULT_FROM_EMAIL"),
        ("DEFAULT_FROM_EMAIL", "Alder Street", "Set DEFAULT_FROM_EMAIL"),
        ("DEFAULT_FROM_EMAIL", "Alder Street <appointments@clinic.example.org>", "Set DEFAULT_FROM_EMAIL"),
        ("CLINIC_EMAIL", "frontdesk@clinic.example.org", "Set CLINIC_EMAIL"),
        ("CLINIC_EMAIL", "", "Set CLINIC_EMAIL"),
        ("CLINIC_EMAIL", "frontdesk", "Set CLINIC_EMAIL"),
        ("SECRET_KEY_FALLBACKS", "development-only-" + "not-a-secret-" * 4, "Set SECRET_KEY_FALLBACKS"),
        ("SECRET_KEY_FALLBACKS", "short", "Set SECRET_KEY_FALLBACKS"),
        ("PUBLIC_URL", "http://clinic.example.org", "Set PUBLIC_URL"),
        ("PUBLIC_URL", "clinic.example.org", "Set PUBLIC_URL"),
        ("PUBLIC_URL", "https://clinic.example.org/", "Set PUBLIC_URL without anything after the name"),
        ("TRUSTED_PROXIES", "-1", "Set TRUSTED_PROXIES"),
        ("REMINDERS_FROM_HOUR", "20", "Set REMINDERS_FROM_HOUR"),
        ("REMINDERS_UNTIL_HOUR", "24", "Set REMINDERS_FROM_HOUR"),
        ("MAX_MOVES_PER_DAY", "0", "Set MAX_MOVES_PER_DAY"),
        ("STAFF_SECOND_FACTOR", "false", "Leave STAFF_SECOND_FACTOR on"),
        ("STAFF_IDLE_MINUTES", "0", "Set STAFF_IDLE_MINUTES"),
        ("STAFF_FRESH_MINUTES", "-1", "Set STAFF_IDLE_MINUTES"),
        ("LINK_RETENTION_DAYS", "1", "Set LINK_RETENTION_DAYS"),
        ("PATIENT_RETENTION_YEARS", "-1", "Set LINK_RETENTION_DAYS"),
        ("BACKUP_ENCRYPT_TO", "backups@example.org", "Set BACKUP_ENCRYPT_TO"),
        ("DATABASE_URL", "mysql://127.0.0.1/clinic", "DATABASE_URL must begin"),
    ],
)
def test_production_refuses_unsafe_values(name: str, value: str, sentence: str) -> None:
    loaded = load_settings(**{**GOOD, name: value})

    assert loaded.returncode != 0
    assert f"ImproperlyConfigured: {sentence}" in loaded.stderr


@pytest.mark.parametrize("name", ["Alder, Birch & Partners", "St. Mary: Neuro", "Clínica Álamo, S.A."])
def test_any_name_of_the_practice_makes_a_sender(name: str) -> None:
    # As the mail leaves: Django hands this to the mail server.
    shown = "__import__('django.core.mail.message').core.mail.message.sanitize_address"

    usual = {**GOOD, "PUBLIC_URL": "http://127.0.0.1:8000", "CLINIC_SHORT_NAME": name}
    del usual["DEFAULT_FROM_EMAIL"]

    loaded = load_settings(**usual, shown=f"{shown}(s.DEFAULT_FROM_EMAIL, 'utf-8')")

    assert loaded.stderr == ""
    assert parseaddr(loaded.stdout.strip())[1] == "appointments@clinic.example.org"


@pytest.mark.parametrize("name", ["SECRET_KEY", "EMAIL_URL", "DATABASE_URL", "ANYMAIL_WEBHOOK_SECRET"])
def test_secrets_may_stand_in_files(tmp_path: Path, name: str) -> None:
    values = {**GOOD, "DATABASE_URL": "sqlite:////tmp/a", "ANYMAIL_WEBHOOK_SECRET": "provider:a-long-secret"}
    (tmp_path / "secret").write_text(f"{values.pop(name)}\n")

    loaded = load_settings(
        **values,
        **{f"{name}_FILE": str(tmp_path / "secret")},
        shown="len(s.SECRET_KEY), s.EMAIL_PORT, s.DATABASE_URL, s.MAIL_WEBHOOK_SECRET, "
        "[key for key in s.ANYMAIL if 'FILE' in key]",
    )

    assert loaded.stderr == ""
    assert loaded.stdout == "60 25 sqlite:////tmp/a provider:a-long-secret []\n"


@pytest.mark.parametrize(
    ("text", "more", "sentence"),
    [
        (None, {}, "Set SECRET_KEY_FILE to a file of text that can be read."),
        ("", {}, "Put the value of SECRET_KEY into the file that SECRET_KEY_FILE names."),
        ("k9mQ2x" * 10, {"SECRET_KEY": "k9mQ2x" * 10}, "Set SECRET_KEY or SECRET_KEY_FILE, not both."),
        ("short", {}, "Set SECRET_KEY to a random text of at least 50 characters."),
    ],
)
def test_a_secret_file_that_is_no_use_is_told(
    tmp_path: Path, text: str | None, more: dict[str, str], sentence: str
) -> None:
    if text is not None:
        (tmp_path / "secret").write_text(text)
    without_key = {name: value for name, value in GOOD.items() if name != "SECRET_KEY"}

    loaded = load_settings(**without_key, **more, SECRET_KEY_FILE=str(tmp_path / "secret"))

    assert loaded.returncode != 0
    assert loaded.stderr.endswith(f"ImproperlyConfigured: {sentence}\n")


def test_cookies_are_taken_from_this_host_over_tls_only() -> None:
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    shown = ", ".join(f"s.{name}" for name in names)

    loaded = load_settings(**GOOD, shown=shown)
    on_this_machine = load_settings(**{**GOOD, "PUBLIC_URL": "http://127.0.0.1:8000"}, shown=shown)

    assert loaded.stdout == "__Host-sessionid __Host-csrftoken True True\n"
    assert on_this_machine.stdout == "sessionid csrftoken False False\n"


@pytest.mark.django_db
def test_production_refuses_the_demo_practice(settings: Any) -> None:
    demo.load()

    [error] = call_check(settings, debug=False)

    assert str(error.msg).startswith("Set DATABASE_URL to a database of your own")
    assert call_check(settings, debug=True) == []


@pytest.mark.django_db
def test_production_refuses_an_account_of_the_demo_as_long_as_it_has_its_password(settings: Any) -> None:
    account = get_user_model().objects.create_user("frontdesk", password=DEMO_STAFF_PASSWORD)

    refused = call_check(settings, debug=False)
    account.set_password("another-password-altogether")
    account.save()

    assert len(refused) == 1
    assert call_check(settings, debug=False) == []


def call_check(settings: Any, *, debug: bool) -> list[Any]:
    settings.DEBUG = debug
    return refuse_demo(databases=["default"])


def test_image_collects_every_static_file(tmp_path: Path) -> None:
    # The very step of the Dockerfile. The manifest storage fails on a file that a style sheet misses.
    step = re.findall(r"^RUN (.*?[^\\])$", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE | re.DOTALL)[
        -1
    ]
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    collected = subprocess.run(
        ["/bin/sh", "-c", step],
        cwd=ROOT,
        env={"PATH": programs, "DEBUG": "false", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert collected.stderr == ""
    assert list(tmp_path.glob("static/clinic/clinic.*.css.gz"))
