"""A clinic that began with the first release comes to the newest with all it had, and goes on.

Filled with the models of then: today's would write columns that did not exist.
"""

import hashlib
import re
import tomllib
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from booking.models import Appointment, WaitlistEntry
from booking.models.appointment import Status
from booking.tests.practice import NOW, TUESDAY, at
from clinic.run import ROOT
from clinic.tests.databases import empty_database
from clinic.tests.test_restore import back_up, no_broker, overlap, restore  # noqa: F401 - also a fixture
from outbox.deliver import sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clients", "clock")]

RELEASES = tomllib.loads((ROOT / "clinic/tests/releases.toml").read_text())
TOKEN = "the-token-of-a-mail-that-left-with-the-first-release"
# As the first release hashed them: mails that left then have such links.
TOKEN_HASH = hashlib.sha256(f"manage-visit:{TOKEN}".encode()).hexdigest()
# One visit an hour, in the order of the clock.
STATUSES = {
    "09:00": "fulfilled",
    "10:00": "checked_in",
    "11:00": "arrived",
    "12:00": "booked",
    "13:00": "noshow",
    "14:00": "cancelled",
    "15:00": "entered_in_error",
    "16:00": "pending",
}


def migrate_to(release: str) -> Any:
    """Bring an empty database to the schema of a release; return the models of then, as an `apps`."""
    targets = list(RELEASES[release].items())
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


def fill(apps: Any) -> None:
    """A small practice of then: its set-up, a visit of each status, mails, a wish, a trail."""

    def make(model: str, **fields: Any) -> Any:
        return apps.get_model(model).objects.create(**fields)

    place = make("booking.Location", name="Midtown", slug="midtown", line1="1 Alder Street", city="New York")
    room = make("booking.Room", name="Room 1", location=place)
    kind = make("booking.VisitType", name="First visit", slug="first", summary="For spasms.", duration=40)
    kind.rooms.add(room)
    doctor = make("booking.Practitioner", slug="fischer", given_name="Lena", family_name="Fischer")
    doctor.visit_types.add(kind)
    hours = {"starts_at": "09:00", "ends_at": "17:00", "location": place, "practitioner": doctor}
    make("booking.AvailabilityRule", weekday=1, **hours)
    parts = {"visit_type": kind, "practitioner": doctor, "location": place, "room": room}
    for number, (clock, status) in enumerate(STATUSES.items()):
        patient = make(
            "booking.Patient",
            given_name="Jordan",
            family_name=f"Ellis {number}",
            birth_date="1975-09-28",
            email=f"jordan.{number}@example.org",
        )
        visit = make_visit(apps, at=at(clock), status=status, patient=patient, **parts)
        make(
            "booking.AppointmentEvent",
            appointment=visit,
            kind="booked",
            actor_kind="patient",
            to_status=status,
        )
        about = {"kind": "booking.booked", "subject_id": visit.pk, "version": 0, "recipient": "patient"}
        if status == "booked":
            make("booking.ManageLink", appointment=visit, token_hash=TOKEN_HASH)
            make("outbox.OutboxMessage", state="queued", send_at=NOW, **about)
        elif status != "pending":
            make("outbox.OutboxMessage", state="sent", send_at=NOW, sent_at=NOW, **about)
    make("booking.WaitlistEntry", patient=patient, visit_type=kind, until=TUESDAY + timedelta(days=9))
    entry = make("audit.Entry", action=3, actor_kind="system", kind="listed")
    make("audit.Shown", entry=entry, patient_id=patient.pk)
    make("education.Article", slug="cramps", title="Cramps", summary="Why muscles cramp.", body="## Why")


def make_visit(apps: Any, *, at: Any, status: str, patient: Any, **parts: Any) -> Any:
    end = at + timedelta(minutes=40)
    times = {"start": at, "end": end, "busy_start": at, "busy_end": end}
    more = {"patient": None, "hold_expires_at": end} if status == "pending" else {"patient": patient}
    if status == "cancelled":
        more["cancelled_at"] = at
    return apps.get_model("booking.Appointment").objects.create(status=status, **times, **more, **parts)


def read_rows(apps: Any) -> dict[str, list[Any]]:
    """Return all rows of our own tables of then, in the columns of then, as the database has them."""
    rows = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in RELEASES["0.1"]:
            table = model._meta.db_table
            columns = ", ".join(f'"{field.column}"' for field in model._meta.local_concrete_fields)
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT {columns} FROM "{table}" ORDER BY 1')
                rows[table] = cursor.fetchall()
    return rows


def test_nothing_is_lost_on_the_way(tmp_path: Path, client: Client) -> None:
    with empty_database(tmp_path):
        then = migrate_to("0.1")
        fill(then)
        before = read_rows(then)
        old_backup = back_up()

        call_command("migrate", interactive=False, verbosity=0)

        # Every row, and every time of every visit.
        assert sum(len(rows) for rows in before.values()) > 40
        assert read_rows(then) == before
        assert dict(Appointment.objects.values_list("start", "status")) == {
            at(clock): status for clock, status in STATUSES.items()
        }
        assert WaitlistEntry.objects.waiting().count() == 1
        call_command("check", databases=["default"], stdout=StringIO())
        # The database refuses a second visit at a time that is taken.
        booked = Appointment.objects.get(status=Status.BOOKED)
        with pytest.raises(IntegrityError, match="booking_no_overlap"):
            overlap(booked)
        # The link of then opens the visit, and the mail that waited leaves.
        page = client.get(f"/visits/{TOKEN}/")
        assert f"{booked.reference[:3]}-{booked.reference[3:]}" in page.content.decode()
        sweep()
        assert [message.to for message in mail.outbox] == [["jordan.3@example.org"]]
        # A backup of then comes to the newest as well.
        told = restore(old_backup, replace=True)
        assert re.search(r"Restored 7 visits.*\nRan [1-9]\d* migrations that are newer", told)
        assert read_rows(then) == before


def test_the_first_release_is_older_than_the_newest() -> None:
    """Else nothing is tried above. Also: a migration that a release has stays for good."""
    known = set(MigrationLoader(connection=None).disk_migrations)
    leaves = set(MigrationLoader(connection=None).graph.leaf_nodes())

    for release in RELEASES.values():
        assert set(release.items()) <= known
    assert not set(RELEASES["0.1"].items()) <= leaves
