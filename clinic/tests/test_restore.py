"""The drill: a clinic is backed up and comes back elsewhere, or over what is there, with the real tools."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from shutil import which
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, IntegrityError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from booking import actions, versions
from booking.models import Appointment
from booking.models.appointment import make_reference
from booking.tests.actions.conftest import hold  # noqa: F401 - a fixture
from booking.tests.actions.rows import BY_PATIENT, DETAILS, Hold
from booking.tests.practice import at
from clinic.backups import postgresql, sqlite
from clinic.processes import find_free_port
from clinic.tests.databases import empty_database
from outbox.deliver import sweep
from outbox.models import OutboxMessage, State

# Dumps hold what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clients")]

SOMEBODY_ELSE = replace(DETAILS, given_name="Robin", family_name="Hart", email="robin.hart@example.org")


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://127.0.0.1:{find_free_port()}/0")


def book(held: Appointment, patient: actions.PatientDetails = DETAILS) -> Appointment:
    return actions.book(hold=held, patient=patient, by=BY_PATIENT)


def back_up(**options: Any) -> Path:
    """Return the file that the command has written."""
    told = StringIO()
    call_command("backup", stdout=told, **options)
    [path] = re.findall(r"^(/.+?): ", told.getvalue())
    return Path(path)


def restore(path: Path, **options: Any) -> str:
    told = StringIO()
    call_command("restore", path, stdout=told, **options)
    return told.getvalue()


def overlap(visit: Appointment) -> None:
    """Write a second visit at the same time by bare SQL, past everything but the database."""
    own = ("id", "uid", "reference")
    columns = [field.column for field in Appointment._meta.fields if field.name not in own]
    listed = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO booking_appointment (uid, reference, {listed}) "
            f"SELECT %s, %s, {listed} FROM booking_appointment WHERE id = %s",
            [uuid4().hex, make_reference(), visit.pk],
        )


def test_a_clinic_comes_back_on_an_empty_database(hold: Hold, client: Client, tmp_path: Path) -> None:  # noqa: F811
    booked = book(hold())
    sweep()
    [link] = re.findall(r"/visits/[\w-]{43,}/", mail.outbox[0].body)
    waiting = book(hold("11:00", holder="b"), SOMEBODY_ELSE)
    Entry.objects.create(kind=Entry.Kind.LISTED, action=Entry.Action.ACCESS)
    remembered = versions.read_versions(now=timezone.now())
    backup = back_up()

    with empty_database(tmp_path):
        told = restore(backup)

        assert "Restored 2 visits; the last of them changed 2026-11-23 14:00 UTC." in told
        assert "Mail: 1 messages leave as soon as a worker runs." in told
        # The link from the mail of then.
        page = client.get(link).content.decode()
        assert f"{booked.reference[:3]}-{booked.reference[3:]}" in page
        # The guards.
        with pytest.raises(IntegrityError, match="overlap"):
            overlap(waiting)
        with pytest.raises(DatabaseError, match="append-only"):
            connection.cursor().execute("UPDATE audit_entry SET action = 0")
        # What waited leaves, once.
        sweep()
        sweep()
        assert [message.to for message in mail.outbox[1:]] == [["robin.hart@example.org"]]
        # Numbers go on after the last one.
        later = book(hold("13:00", holder="c"), SOMEBODY_ELSE)
        assert later.pk > waiting.pk
        # Nothing that a cache has kept is asked for any more.
        now = versions.read_versions(now=timezone.now())
        assert (now.set_up == remembered.set_up, now.visits == remembered.visits) == (False, False)


def test_a_full_database_is_replaced_only_when_told(hold: Hold) -> None:  # noqa: F811
    kept = book(hold())
    backup = back_up()
    book(hold("11:00", holder="b"), SOMEBODY_ELSE)

    with pytest.raises(CommandError, match="The database is not empty: 2 visits in it would be lost"):
        restore(backup)
    restore(backup, replace=True)

    assert list(Appointment.objects.values_list("reference", flat=True)) == [kept.reference]
    with pytest.raises(IntegrityError, match="overlap"):
        overlap(kept)


def test_held_mail_leaves_when_staff_say_so(hold: Hold, clock: Any) -> None:  # noqa: F811
    book(hold())
    reminder = OutboxMessage.objects.create(
        kind="booking.reminder", subject_id=1, version=9, recipient="patient", send_at=at("18:00")
    )
    backup = back_up()
    # Two hours later the mail has left, and the database is lost.
    clock.shift(timedelta(hours=2))
    sweep()

    told = restore(backup, replace=True, hold_mail=True)
    sweep()
    before_release = len(mail.outbox)
    call_command("outbox", "retry", "--held", stdout=StringIO())
    sweep()

    assert "Mail: 1 are held." in told
    assert (before_release, len(mail.outbox)) == (1, 2)
    # Its time had not come: nobody can have sent it.
    assert OutboxMessage.objects.get(pk=reminder.pk).state == State.QUEUED


def test_backup_of_newer_code_is_refused(hold: Hold) -> None:  # noqa: F811
    book(hold())
    recorder = MigrationRecorder(connection)
    recorder.record_applied("booking", "9999_of_next_year")
    backup = back_up()
    recorder.record_unapplied("booking", "9999_of_next_year")

    with pytest.raises(CommandError, match=r"it has booking\.9999_of_next_year\. Install that one"):
        restore(backup, replace=True)

    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        pytest.param(
            lambda whole: whole[: len(whole) * 2 // 3], "(?i)damaged|malformed|end of file", id="cut off"
        ),
        pytest.param(lambda whole: b"A shopping list", "This is no backup of the clinic", id="another file"),
        pytest.param(lambda whole: b"", "This is no backup of the clinic", id="empty"),
        pytest.param(
            lambda whole: sqlite.MAGIC if whole.startswith(postgresql.MAGIC) else postgresql.MAGIC,
            "of the other kind of database",
            id="other kind",
        ),
    ],
)
def test_what_cannot_be_restored_changes_nothing(hold: Hold, damage: Any, sentence: str) -> None:  # noqa: F811
    book(hold())
    backup = back_up()
    backup.write_bytes(damage(backup.read_bytes()))

    with pytest.raises(CommandError, match=sentence):
        restore(backup, replace=True)

    assert Appointment.objects.count() == 1


def test_a_restore_that_breaks_off_changes_nothing(
    hold: Hold,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As by a disk that fails between the check and the load."""
    book(hold())
    backup = back_up()
    whole = backup.read_bytes()
    backup.write_bytes(whole[: len(whole) * 2 // 3])
    for engine in (postgresql, sqlite):
        monkeypatch.setattr(engine, "check", lambda *_: None)
        monkeypatch.setattr(engine, "read_migrations", lambda *_: set())
    book(hold("11:00", holder="b"), SOMEBODY_ELSE)

    with pytest.raises(CommandError, match=r"SQLite: |Nothing was changed|pg_restore failed"):
        restore(backup, replace=True)

    assert Appointment.objects.count() == 2
    call_command("check", databases=["default"], stdout=StringIO())


def test_a_backup_without_its_guards_is_told(hold: Hold, tmp_path: Path) -> None:  # noqa: F811
    book(hold())
    backup = back_up()
    guard = "booking_no_overlap_room"
    with empty_database(tmp_path):
        restore(backup)
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE booking_appointment DROP CONSTRAINT {guard}"
                if connection.vendor == "postgresql"
                else f"DROP TRIGGER {guard}_insert"
            )
        backup.unlink()
        unguarded = back_up()

        with pytest.raises(SystemCheckError, match=f"does not refuse overlapping appointments: {guard}"):
            restore(unguarded, replace=True)


def test_a_database_in_use_is_left_alone(hold: Hold, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 1)
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.3)
    book(hold())
    backup = back_up()
    book(hold("11:00", holder="b"), SOMEBODY_ELSE)
    somebody = connection.copy()
    try:
        with somebody.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE booking_location SET name = name")

        with pytest.raises(CommandError, match="stop web, worker and beat"):
            restore(backup, replace=True)
    finally:
        somebody.close()

    assert Appointment.objects.count() == 2


# --- Encrypted ---------------------------------------------------------------


def need(program: str) -> None:
    if which(program) is None:
        pytest.skip(f"No {program}: apt-get install {program}")


@pytest.fixture
def gpg_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The fingerprint of a key of GnuPG's own, in a home that lasts for the test."""
    need("gpg")
    # Not in tmp_path: the name of its socket may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="gpg-") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        gpg = ["gpg", "--batch", "--quiet", "--passphrase", ""]
        subprocess.run([*gpg, "--quick-generate-key", "backups@example.org", "future-default"], check=True)
        listed = subprocess.run([*gpg, "--with-colons", "--list-keys"], check=True, stdout=subprocess.PIPE)
        yield re.findall(r"^fpr:+(\w+):", listed.stdout.decode(), flags=re.MULTILINE)[0]
        subprocess.run(["gpgconf", "--kill", "all"], check=True)


@pytest.fixture
def age_key(tmp_path: Path) -> tuple[str, Path]:
    """The public key, and the file with the private one."""
    need("age")
    made = subprocess.run(["age-keygen"], check=True, capture_output=True, text=True).stdout
    (tmp_path / "key").write_text(made)
    return re.findall(r"age1\w+", made)[0], tmp_path / "key"


def test_backup_for_a_key_of_gnupg(hold: Hold, gpg_key: str, settings: Any) -> None:  # noqa: F811
    settings.BACKUP_ENCRYPT_TO = gpg_key
    book(hold())

    backup = back_up()
    Appointment.objects.get().events.all().delete()
    restore(backup, replace=True)

    assert backup.suffix == ".gpg"
    assert b"Ellis" not in backup.read_bytes()
    assert Appointment.objects.get().events.count() == 2


def test_backup_for_a_key_of_age(hold: Hold, age_key: tuple[str, Path], settings: Any) -> None:  # noqa: F811
    settings.BACKUP_ENCRYPT_TO, private = age_key
    book(hold())

    backup = back_up()
    Appointment.objects.get().events.all().delete()
    with pytest.raises(CommandError, match="name the file with the private key by --identity"):
        restore(backup, replace=True)
    restore(backup, replace=True, identity=private)

    assert backup.suffix == ".age"
    assert b"Ellis" not in backup.read_bytes()
    assert Appointment.objects.get().events.count() == 2
    assert list((django_settings.DATA_DIR / "backup-work").iterdir()) == []
