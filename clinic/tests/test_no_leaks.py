"""Marked patients book while everything goes wrong: no mark comes to a log, the broker or the outbox.

The real web server, worker, beat and broker, with logs as loud as they get; sessions are left out, where what
was typed waits on purpose.
"""

import contextlib
import http.client
import re
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from faults.patient import Patient
from faults.scene import Scene
from outbox.models import OutboxMessage, State

NAME, EMAIL, REASON, PHONE = "Quetzalcoatlson", "quetzal-feather@example.org", "zyzzyva", "212 555 0173"
# As typed, as kept and as a part.
MARKS = ["quetzal", REASON, PHONE, "+12125550173", "2125550173", "555-0173", "1975-09-28"]
LINK = re.compile(r"/visits/([\w-]{43})/")
PLACES = {"booking_patient", "booking_appointment", "booking_relatedperson", "booking_intakeanswer"}

_numbers = count(900_000)


@pytest.fixture
def loud(scene: Scene) -> Scene:
    scene.clinic.environment |= {"LOG_LEVEL": "DEBUG"}
    scene.clinic.start_broker()
    scene.clinic.start_web()
    scene.clinic.start_worker()
    scene.clinic.start_beat()
    return scene


def mark(patient: Patient) -> Patient:
    patient.email = EMAIL
    patient.details |= {"family_name": NAME, "email": EMAIL, "reason": REASON, "phone": PHONE}
    return patient


def arrive(scene: Scene) -> Patient:
    """Let a marked patient come to the last page."""
    patient = mark(Patient(site=scene.clinic.site, number=next(_numbers)))
    scene.take_steps(patient, next(scene.slots))
    return patient


def send(scene: Scene, method: str, path: str, fields: dict[str, str] | None = None, **headers: str) -> int:
    site = http.client.HTTPConnection(scene.clinic.site.removeprefix("http://"), timeout=10)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    site.request(method, path, urlencode(fields or {}), {**kind, **headers})
    return site.getresponse().status


def read_links(scene: Scene) -> set[str]:
    texts = [part.get_payload(decode=True) or b"" for mail in scene.sink.mails for part in mail.walk()]
    return {token for text in texts for token in LINK.findall(text.decode(errors="replace"))}


@contextlib.contextmanager
def broken_table(table: str) -> Iterator[None]:
    """Make every INSERT into the table fail. PostgreSQL then prints the whole row into the error."""
    broken, mended = (
        (
            f"ALTER TABLE {table} ADD CONSTRAINT broken CHECK (id < 0) NOT VALID",
            f"ALTER TABLE {table} DROP CONSTRAINT broken",
        )
        if connection.vendor == "postgresql"
        else (f"ALTER TABLE {table} RENAME TO {table}_away", f"ALTER TABLE {table}_away RENAME TO {table}")
    )
    with connection.cursor() as cursor:
        cursor.execute(broken)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(mended)


def go_wrong(scene: Scene) -> set[str]:
    """Let everything happen that may, and return the secrets that were about."""
    booked = arrive(scene)
    booked.confirm()
    scene.wait_until_settled()
    [token, *_] = tokens = read_links(scene)
    fields = {"family_name": NAME, "email": EMAIL, "reason": REASON, "csrfmiddlewaretoken": "a" * 64}

    # Forms: wrong, forged, for another host, unreadable, too long, with too many fields, cut off.
    booked.post("/book/details/", **{**booked.details, "email": f"{EMAIL} and more", "birth_date_year": "19"})
    assert send(scene, "POST", f"/visits/{token}/cancel/", fields) == 403
    assert send(scene, "GET", f"/visits/{token}/?{urlencode(fields)}", Host=f"{NAME}.example") == 400
    assert (
        send(scene, "POST", f"/visits/{token}/", fields, **{"Content-Type": f"{NAME}; charset*=a'b'%00"})
        == 400
    )
    assert send(scene, "POST", f"/visits/{token}/", {"reason": REASON * 200_000}) == 413
    assert send(scene, "POST", "/visits/find/", {f"{NAME}-{n}": REASON for n in range(1100)}) == 403
    booked.post("/book/details/", **{f"{NAME}-{n}": REASON for n in range(1100)})
    assert send(scene, "POST", f"/visits/{token}/x%01y", fields) in (403, 404)
    assert send(scene, "GET", f"/visits/{token}/nowhere/{token}/?{urlencode(fields)}") == 404
    assert send(scene, "GET", f"/admin/?{urlencode(fields)}%00", Cookie=f'a="{NAME}\\000"') == 400
    assert send(scene, "POST", "/staff/login/", {"login": EMAIL, "password": NAME}) == 403
    assert (
        send(scene, "POST", "/reports/csp/", {f'{{"csp-report": {{"document-uri": "{EMAIL}"}}}}': ""}) == 204
    )
    for garbage in (f"{NAME} /visits/{token}/ {EMAIL}", f"GET / HTTP/1.1\r\nBad {NAME}: {token}"):
        send_raw(scene, f"{garbage}\r\n\r\n")
    # The database refuses, with the row in its words.
    for table in ("booking_patient", "booking_intakeanswer", "outbox_outboxmessage", "booking_managelink"):
        late = arrive(scene)
        with broken_table(table):
            late.confirm()
            late.get(f"/visits/{token}/")
            late.post("/visits/find/", reference="ZZZ-ZZZ", email=EMAIL)
        assert late.presses[0].status in (200, 302, 409, 500, 503)
    # The mail server refuses the address, then the text; composing fails.
    scene.sink.refused.add(EMAIL)
    arrive(scene).confirm()
    scene.wait_until_settled()
    scene.sink.refused.clear()
    scene.sink.next_answers.append(f"554 5.7.1 {EMAIL} is {NAME}")
    arrive(scene).confirm()
    scene.wait_until_settled()
    with broken_table("booking_managelink"):
        arrive(scene).confirm()
        time.sleep(2)
    # A task that fails, by the words of its error and by its arguments.
    with broken_table("booking_freedtime"):
        time.sleep(1)
    # The broker dies at last.
    scene.clinic.kill(scene.clinic.children[0])
    arrive(scene).confirm()
    return tokens | read_links(scene) | set(Session.objects.values_list("session_key", flat=True))


def send_raw(scene: Scene, text: str) -> None:
    import socket

    host, port = scene.clinic.site.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw, contextlib.suppress(OSError):
        raw.sendall(text.encode())
        raw.recv(1000)


def find_marks(text: str, secrets: set[str]) -> set[str]:
    # Long random texts hold whatever one looks for.
    return {mark for mark in MARKS if mark.lower() in text.lower()} | {one for one in secrets if one in text}


def read_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every file that the processes wrote: their logs, the broker's queue, beat's schedule."""
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes().decode(errors="replace")


def read_tables() -> Iterator[tuple[str, str]]:
    """Yield every table but those where what patients say belongs, and sessions."""
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names()) - PLACES - {"django_session"}:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield table, "\n".join(str(row) for row in cursor.fetchall())


def test_no_mark_of_a_patient_comes_to_where_it_does_not_belong(loud: Scene) -> None:
    secrets = go_wrong(loud)

    written = [*read_files(loud.clinic.folder), *read_tables()]
    leaks = {place: found for place, text in written if (found := find_marks(text, secrets))}
    logs = "".join(text for name, text in written if name.endswith(".log"))
    assert leaks == {}
    # It did go wrong, and was told.
    assert OutboxMessage.objects.filter(state=State.DEAD).exists()
    for told in ("IntegrityError" if connection.vendor == "postgresql" else "OperationalError", "Forbidden"):
        assert told in logs
    assert "/visits/…" in logs
    assert len(secrets) > 3


def test_a_mark_would_be_found(loud: Scene) -> None:
    """The control: where patients' data belongs it is found, by the same look."""
    arrive(loud).confirm()
    loud.wait_until_settled()

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM booking_patient")
        patients = str(cursor.fetchall())

    assert {"quetzal", "+12125550173"} <= find_marks(patients, set())
    assert find_marks("".join(str(mail) for mail in loud.sink.mails), set())
