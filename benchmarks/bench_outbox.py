"""How fast a full outbox drains, and what memory that takes.

`python -m benchmarks.bench_outbox` uses the database in DATABASE_URL, which must be empty: 10,000 due
messages go to a mail server in a process of its own, beside a bare loop that sends mails of the same size
to the same server over one connection. They must arrive in their order, each once, and may take at
most so many times as long; memory may not grow with their number.
"""

import logging
import multiprocessing
import os
import resource
import smtplib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage as BareMail
from multiprocessing.connection import Connection
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
# As in production: DEBUG keeps every query in memory.
os.environ.setdefault("DEBUG", "false")
os.environ.setdefault("SECRET_KEY", "a key for the benchmarks alone, " * 2)
os.environ.setdefault("ALLOWED_HOSTS", "testserver")

from clinic.processes import find_free_port

PORT = find_free_port()
os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{PORT}"

import django

django.setup()

from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from outbox.deliver import sweep
from outbox.models import OutboxMessage, State
from outbox.registry import register

MESSAGES = 10_000
BARE_MAILS = 2_000
# Before the memory is read for the first time: what is loaded once is loaded by then.
WARM_UP = 500
TEXT = "Your visit is on Tuesday at 9:20 am.\n" * 40
ALLOWED_TIMES = 12.0
ALLOWED_MB = 20


class Counter:
    """A mail server that keeps nothing of a mail but its subject."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        head, _, _ = bytes(envelope.content).partition(b"\r\n\r\n")  # type: ignore[attr-defined]
        lines = head.decode().splitlines()
        self.subjects += [line.partition(": ")[2] for line in lines if line.startswith("Subject: ")]
        return "250 OK"


def serve(pipe: Connection) -> None:
    """Answer each word of the pipe with the subjects that have come since; end with it."""
    from aiosmtpd.controller import Controller

    # It writes down every word that is said.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    counter = Counter()
    controller = Controller(counter, hostname="127.0.0.1", port=PORT)
    controller.start()
    pipe.send([])
    while pipe.recv():
        pipe.send(counter.subjects)
        counter.subjects = []
    controller.stop()


@contextmanager
def running_server() -> Iterator[Connection]:
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs,))
    server.start()
    ours.recv()
    try:
        yield ours
    finally:
        ours.send(False)
        server.join()


def take_subjects(server: Connection) -> list[str]:
    server.send(True)
    subjects: list[str] = server.recv()
    return subjects


def compose(message: OutboxMessage) -> EmailMessage:
    return EmailMessage(f"Visit {message.subject_id}", TEXT, to=[f"person-{message.subject_id}@example.org"])


def fill(first: int, number: int) -> None:
    """Put messages into the outbox that are due one second after the other, the last one now."""
    now = timezone.now()
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                kind="bench.visit",
                subject_id=first + step,
                version=0,
                recipient="patient",
                send_at=now - timedelta(seconds=number - step),
            )
            for step in range(number)
        ],
        batch_size=500,
    )


def send_bare(number: int) -> float:
    """Send so many mails over one connection, with nothing around it; mails a second."""
    began = perf_counter()
    with smtplib.SMTP("127.0.0.1", PORT) as smtp:
        for step in range(number):
            mail = BareMail()
            mail["Subject"], mail["From"], mail["To"] = "Bare", "a@example.org", f"person-{step}@example.org"
            mail.set_content(TEXT)
            smtp.send_message(mail)
    return number / (perf_counter() - began)


def drain(number: int) -> float:
    began = perf_counter()
    tried = sweep(seconds=float("inf"))
    if tried != number:
        sys.exit(f"{tried} of {number} messages were tried.")
    return number / (perf_counter() - began)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    call_command("migrate", verbosity=0)
    register("bench.visit", compose)
    with running_server() as server:
        fill(0, WARM_UP)
        drain(WARM_UP)
        send_bare(WARM_UP)
        fill(WARM_UP, MESSAGES)
        take_subjects(server)
        before = peak_mb()
        floor = send_bare(BARE_MAILS)
        take_subjects(server)
        own = drain(MESSAGES)
        grown = peak_mb() - before
        floor = max(floor, send_bare(BARE_MAILS))
        arrived = [subject for subject in take_subjects(server) if subject != "Bare"]
    in_order = arrived == [f"Visit {WARM_UP + step}" for step in range(MESSAGES)]
    all_sent = not OutboxMessage.objects.exclude(state=State.SENT).exists()
    times = floor / own
    print(f"The outbox on {connection.vendor}: {MESSAGES:,} due messages, one worker")
    print(f"{'mails/s':>8}{'bare SMTP':>11}{'times':>7}{'allowed':>9}{'MB more':>9}{'allowed':>9}  in order")
    print(
        f"{own:8.0f}{floor:11.0f}{times:7.1f}{ALLOWED_TIMES:9.1f}{grown:9.1f}{ALLOWED_MB:9}"
        f"  {'yes' if in_order and all_sent else 'NO'}"
    )
    return 0 if in_order and all_sent and times <= ALLOWED_TIMES and grown <= ALLOWED_MB else 1


if __name__ == "__main__":
    sys.exit(main())
