"""What a fault happens to: a practice, its processes, its patients; and the verdict afterwards."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parseaddr
from itertools import count
from pathlib import Path

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from booking.availability import find_slots
from booking.models import Appointment, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from clinic.tests.postgres import Server
from faults.clinic import Clinic
from faults.patient import Answer, Patient
from faults.sink import ScriptedSink, running_scripted_sink
from outbox.models import OutboxMessage, State

# Every patient has an answer, even if a sentence that says no, before this many seconds.
ANSWER_SECONDS = 3
# Each takes 5 to 25 on an idle machine with two processors.
FAULT_SECONDS = 120
PRACTITIONERS = 4
AT_ONCE = 2

_numbers = count(1)


class NotInTime(Exception):
    """Something that had to happen did not, within the time that one fault may take."""


@dataclass
class Outcome:
    mails: int
    """How many messages had to leave."""
    lost: int
    doubled: int
    crashes: int
    """Deaths, each of which may double the mail that was on its way at that moment."""
    slowest: float
    """The longest, in seconds, that a patient waited after pressing the last button."""
    complaints: list[str] = field(default_factory=list)
    """Whatever else was not as promised."""

    @property
    def is_good(self) -> bool:
        return (
            self.lost == 0
            and self.doubled <= self.crashes
            and self.slowest < ANSWER_SECONDS
            and not self.complaints
        )


def make_practice() -> VisitType:
    """A few clinicians with free weeks before them. No reminders, which would wait for days."""
    location = practice.make_location()
    visit_type = practice.make_visit_type(slug="visit", duration=20, reminders="")
    for _ in range(PRACTITIONERS):
        practice.make_practitioner(visit_types=[visit_type], location=location)
    return visit_type


def find_free_slots(visit_type: VisitType) -> Iterator[str]:
    """The keys of open times, none of which is in another's way."""
    first_day = timezone.localdate() + timedelta(days=2)
    for practitioner in Practitioner.objects.all():
        slots = find_slots(
            visit_type=visit_type,
            first_day=first_day,
            last_day=first_day + timedelta(days=20),
            practitioner=practitioner,
        )
        yield from [slot.key for slot in slots]


class Scene:
    """One fault's stage. `crashes` is what the fault counts up: see Outcome."""

    def __init__(
        self, *, clinic: Clinic, sink: ScriptedSink, visit_type: VisitType, server: Server | None = None
    ) -> None:
        self.clinic, self.sink, self.server = clinic, sink, server
        self.visit_type = visit_type
        self.slots = find_free_slots(visit_type)
        self.patients: list[Patient] = []
        self.crashes = 0
        self.complaints: list[str] = []
        self.deadline = time.monotonic() + FAULT_SECONDS
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.last_visit = _last_pk(Appointment)
        self.last_message = _last_pk(OutboxMessage)

    # --- Patients ----------------------------------------------------------------

    def prepare(self, number: int) -> list[Patient]:
        """Let so many patients come to the last page."""
        arrived = [Patient(site=self.clinic.site, number=next(_numbers)) for _ in range(number)]
        self.patients += arrived
        slots = [next(self.slots) for _ in arrived]
        steps = zip(arrived, slots, strict=True)
        for done in [self.pool.submit(self.take_steps, patient, slot) for patient, slot in steps]:
            done.result()
        return arrived

    def take_steps(self, patient: Patient, slot: str) -> None:
        patient.prepare(visit_type=self.visit_type.slug, slot=slot)

    def press(self, patients: Sequence[Patient]) -> list[Future[Answer]]:
        """Let all of them press the button, and do not wait."""
        return [self.pool.submit(patient.confirm) for patient in patients]

    def confirm(self, patients: Sequence[Patient]) -> list[Answer]:
        return [pressed.result() for pressed in self.press(patients)]

    def book(self, number: int) -> list[Patient]:
        patients = self.prepare(number)
        self.confirm(patients)
        return patients

    def press_until_answered(self, patients: Sequence[Patient]) -> None:
        """As people do whose page did not load: press again."""
        for patient in patients:
            while not patient.is_booked and time.monotonic() < self.deadline:
                with suppress(OSError):
                    patient.confirm()
                    continue
                time.sleep(0.2)

    # --- What has become of it ------------------------------------------------------

    def visits(self) -> int:
        return Appointment.objects.filter(pk__gt=self.last_visit, status=Status.BOOKED).count()

    def has_visits(self, number: int) -> bool:
        return self.visits() == number

    def messages(self) -> list[OutboxMessage]:
        return list(OutboxMessage.objects.filter(pk__gt=self.last_message).order_by("pk"))

    def is_sending(self) -> bool:
        return OutboxMessage.objects.filter(pk__gt=self.last_message, state=State.SENDING).exists()

    def is_settled(self) -> bool:
        waiting = Q(state=State.QUEUED) | Q(state=State.SENDING)
        return not OutboxMessage.objects.filter(waiting, pk__gt=self.last_message).exists()

    def wait_until(self, condition: Callable[[], bool], *, what: str) -> None:
        while not condition():
            if time.monotonic() > self.deadline:
                raise NotInTime(f"{what}: not within {FAULT_SECONDS} s")
            time.sleep(0.05)

    def wait_until_settled(self) -> None:
        self.wait_until(self.is_settled, what="all mails sent")

    def demand(self, holds: bool, complaint: str) -> None:
        if not holds:
            self.complaints.append(complaint)

    def judge(self) -> Outcome:
        """Compare what patients were told with what is written, and with what came to their addresses."""
        told = [patient for patient in self.patients if patient.is_booked]
        stuck = [patient.heading for patient in self.patients if not patient.is_booked]
        received = Counter(parseaddr(mail["To"])[1] for mail in self.sink.mails)
        dead = [message for message in self.messages() if message.state == State.DEAD]
        self.demand(not stuck, f"{len(stuck)} patients have no visit, and see: {', '.join(set(stuck))}")
        self.demand(self.has_visits(len(told)), f"{self.visits()} visits for {len(told)} patients")
        self.demand(len(dead) == len(self.sink.refused), f"{len(dead)} dead letters")
        return Outcome(
            mails=len(told),
            lost=len({patient.email for patient in told} - self.sink.refused - set(received)),
            doubled=received.total() - len(received),
            crashes=self.crashes,
            slowest=max((press.seconds for patient in self.patients for press in patient.presses), default=0),
            complaints=self.complaints,
        )


def _last_pk(model: type[Appointment] | type[OutboxMessage]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


@contextmanager
def staged(*, folder: Path, visit_type: VisitType, server: Server | None = None) -> Iterator[Scene]:
    """A scene on which nothing runs yet; at the end of the block nothing runs any more."""
    with running_scripted_sink() as sink, Clinic(folder=folder, sink=sink) as clinic:
        scene = Scene(clinic=clinic, sink=sink, visit_type=visit_type, server=server)
        try:
            yield scene
        finally:
            scene.pool.shutdown(wait=False, cancel_futures=True)
            connection.close()
