"""Production: what it refuses, and that its static files can be collected."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clinic.run import ROOT

GOOD = {
    "DEBUG": "false",
    "SECRET_KEY": "k9" * 30,
    "ALLOWED_HOSTS": "clinic.example.org",
    "PUBLIC_URL": "https://clinic.example.org",
    "EMAIL_URL": "smtp://127.0.0.1:25",
}


def load_settings(**environment: str) -> subprocess.CompletedProcess[str]:
    own = {"PATH": os.environ["PATH"], "DATA_DIR": os.environ["DATA_DIR"]}
    return subprocess.run(
        [sys.executable, "-c", "import clinic.settings as s; print(s.SESSION_COOKIE_SECURE)"],
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
        ("SECRET_KEY", "", "Set SECRET_KEY"),
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
        ("SECRET_KEY_FALLBACKS", "development-only-" + "not-a-secret-" * 4, "Set SECRET_KEY_FALLBACKS"),
        ("SECRET_KEY_FALLBACKS", "short", "Set SECRET_KEY_FALLBACKS"),
        ("PUBLIC_URL", "http://clinic.example.org", "Set PUBLIC_URL"),
        ("PUBLIC_URL", "clinic.example.org", "Set PUBLIC_URL"),
        ("TRUSTED_PROXIES", "-1", "Set TRUSTED_PROXIES"),
        ("REMINDERS_FROM_HOUR", "20", "Set REMINDERS_FROM_HOUR"),
        ("REMINDERS_UNTIL_HOUR", "24", "Set REMINDERS_FROM_HOUR"),
        ("STAFF_SECOND_FACTOR", "false", "Leave STAFF_SECOND_FACTOR on"),
        ("STAFF_IDLE_MINUTES", "0", "Set STAFF_IDLE_MINUTES"),
        ("STAFF_FRESH_MINUTES", "-1", "Set STAFF_IDLE_MINUTES"),
        ("DATABASE_URL", "mysql://127.0.0.1/clinic", "DATABASE_URL must begin"),
    ],
)
def test_production_refuses_unsafe_values(name: str, value: str, sentence: str) -> None:
    loaded = load_settings(**{**GOOD, name: value})

    assert loaded.returncode != 0
    assert f"ImproperlyConfigured: {sentence}" in loaded.stderr


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
