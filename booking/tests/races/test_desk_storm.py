"""One day, 16 people at once: eight at the desk, eight patients with a browser. For twenty seconds."""

import random
import re
import time
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import availability, links
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.races.at_once import count_deadlocks, count_overlaps, run_at_once
from booking.tests.views.walk import DETAILS

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 20
DESKS = 8
PATIENTS = 8
# What each of them must have met, on however slow a machine; the storm lasts longer until they have.
LONGEST_SECONDS = 90
AT_DESK = ("moved", "cancelled", "brought back", "stepped", "booked at the desk", "refused at the desk")
ONLINE = ("booked online", "moved online", "cancelled online", "refused online")
FEW = 6
# An honest answer, where a slow machine let somebody wait for a lock three times over; but a rare one.
BUSY = "Many people are booking right now. Please go back and press the button again."

_numbers = count(1000)


class Person:
    """One of the sixteen: presses, looks at each answer, and counts what came of it."""

    def __init__(self, seed: int, outcomes: Counter[str], wrong: list[str], visit_type: VisitType) -> None:
        self.client = Client(REMOTE_ADDR=f"198.51.100.{seed}")
        self.dice = random.Random(seed)
        self.outcomes = outcomes
        self.wrong = wrong
        self.visit_type = visit_type
        # A working day of this practice, whatever today is.
        self.day = timezone.localdate() + timedelta(days=8 - timezone.localdate().weekday())

    def press(self, address: str, sent: dict[str, Any]) -> Any:
        response = self.client.post(address, sent, follow=True)
        if response.status_code == 503 and BUSY in response.content.decode():
            self.count("told that many are booking")
        elif response.status_code >= 500:
            self.wrong.append(f"{response.status_code} from {address}")
        return response

    def count(self, outcome: str) -> None:
        self.outcomes[outcome] += 1

    def choose_slot(self) -> availability.Slot:
        """One of the day's first twelve openings, which the others want as well; or one that is gone."""
        slots = availability.find_slots(
            visit_type=self.visit_type, first_day=self.day, last_day=self.day, limit=12
        )
        taken = self.choose_visit(Status.BOOKED)
        # In a full day the slower machine never brings a visit back: all jump at the one time that came free.
        if taken is not None and (len(slots) < FEW or self.dice.random() < 0.2):
            return availability.Slot(
                start=taken.start, end=taken.end, practitioner=taken.practitioner, location=taken.location
            )
        # By the time they press, somebody else may have pressed.
        slot = self.dice.choice(slots)
        time.sleep(self.dice.uniform(0, 0.05))
        return slot

    def choose_visit(self, *statuses: str) -> Appointment | None:
        found = list(Appointment.objects.with_parts().filter(status__in=statuses, patient__isnull=False)[:40])
        return self.dice.choice(found) if found else None


class Receptionist(Person):
    """Works on any visit of the day, as the panel offers it."""

    def tell(self, response: Any, done: str) -> None:
        """Whatever was done or not is said in a sentence."""
        page = response.content.decode()
        sentences = re.findall(r'class="desk-outcome [^>]*>\s*<p>([^<]+)</p>', page)
        sentences += re.findall(r'class="desk-warning"[^>]*>(.*?)</div>', page, re.DOTALL)
        if not sentences:
            self.wrong.append(f"nothing was said: {done}")
        is_done = 'desk-outcome--success"' in page
        self.count(done if is_done else "refused at the desk")
        if not is_done:
            # Read where something was never done.
            self.count(f"not {done}: {' '.join(sentences)[:100]}")

    def work(self) -> None:
        self.dice.choice([self.move, self.move, self.cancel, self.cancel, self.step, self.book])()

    def move(self) -> None:
        visit = self.choose_visit(Status.BOOKED)
        if visit is not None:
            sent = {"version": visit.version, "slot": self.choose_slot().key, "tell": "on"}
            self.tell(self.press(reverse("desk:move", args=[visit.pk]), sent), "moved")

    def cancel(self) -> None:
        visit = self.choose_visit(Status.BOOKED, Status.ARRIVED)
        if visit is not None:
            sent = {"version": visit.version, "from": visit.status, "reason": "practice"}
            self.tell(self.press(reverse("desk:cancel", args=[visit.pk]), sent), "cancelled")
            if self.dice.random() < 0.8:
                # It was the wrong one. At once, since the others want that time too.
                self.bring_back(visit)

    def bring_back(self, visit: Appointment) -> None:
        visit.refresh_from_db()
        if visit.status == Status.CANCELLED:
            sent = {"step": "undo", "from": visit.status, "version": visit.version}
            self.tell(self.press(reverse("desk:step", args=[visit.pk]), sent), "brought back")

    def step(self) -> None:
        visit = self.choose_visit(Status.BOOKED, Status.ARRIVED)
        if visit is not None:
            step = "arrive" if visit.status == Status.BOOKED else "undo"
            sent = {"step": step, "from": visit.status, "version": visit.version}
            self.tell(self.press(reverse("desk:step", args=[visit.pk]), sent), "stepped")

    def book(self) -> None:
        patient = practice.make_patient(email="")
        slip = {"patient": patient.pk, "visit_type": self.visit_type.pk, "has_notes": "yes", "book": "yes"}
        response = self.press(reverse("desk:book"), {**slip, "slot": self.choose_slot().key})
        self.tell(response, "booked at the desk")


class Patient(Person):
    """Books by the four steps, and changes what is theirs by its link."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.mine: list[Appointment] = []

    def tell(self, response: Any, done: str, *, is_done: bool) -> None:
        if not re.search(r"<h1[^>]*>[^<]+", response.content.decode()):
            self.wrong.append(f"no heading: {done}")
        self.count(done if is_done else "refused online")

    def work(self) -> None:
        if self.mine and self.dice.random() < 0.6:
            # What they have just booked: the desk soon cancels much of it, or has them arrive.
            self.dice.choice([self.move, self.move, self.cancel])()
        else:
            self.book()

    def book(self) -> None:
        address = reverse("booking:hold", args=[self.visit_type.slug])
        response = self.press(address, {"slot": self.choose_slot().key})
        held = re.search(r'name="hold" value="([^"]+)"', response.content.decode())
        if held is None:
            self.tell(response, "", is_done=False)
            return
        number = next(_numbers)
        person = {
            **DETAILS,
            "hold": held[1],
            "email": f"storm{number}@example.org",
            "phone": f"212 555 {number:04}",
        }
        self.press(reverse("booking:details"), person)
        response = self.press(reverse("booking:check"), {"hold": held[1]})
        visit = Appointment.objects.filter(uid=held[1], status=Status.BOOKED).first()
        if visit is not None:
            self.mine.append(visit)
        self.tell(response, "booked online", is_done=visit is not None)

    def move(self) -> None:
        visit = self.mine.pop()
        token, slot = links.issue(visit), self.choose_slot()
        response = self.press(reverse("visits:move", args=[token]), {"slot": slot.key, "confirm": "yes"})
        moved = Appointment.objects.get(pk=visit.pk)
        self.tell(response, "moved online", is_done=moved.start == slot.start)

    def cancel(self) -> None:
        visit = self.mine.pop()
        response = self.press(reverse("visits:cancel", args=[links.issue(visit)]), {"confirm": "yes"})
        gone = Appointment.objects.get(pk=visit.pk).status == Status.CANCELLED
        self.tell(response, "cancelled online", is_done=gone)


def test_storm_at_the_desk_and_online(
    room_type: VisitType,
    practitioners: list[Practitioner],
    location: Location,
    receptionist: Any,
    settings: Any,
) -> None:
    settings.MAX_HOLD_TRIES_PER_HOUR = settings.MAX_BOOKINGS_PER_DAY = settings.MAX_HOLDS_PER_ADDRESS = (
        100_000
    )
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    deadlocks_before = count_deadlocks()
    began = time.monotonic()

    def work(seed: int) -> None:
        is_desk = seed < DESKS
        person = (Receptionist if is_desk else Patient)(seed, outcomes, wrong, room_type)
        if is_desk:
            person.client.force_login(receptionist)
        while True:
            seconds = time.monotonic() - began
            has_met_all = all(outcomes[kind] for kind in (*AT_DESK, *ONLINE))
            if seconds > LONGEST_SECONDS or (seconds > SECONDS and has_met_all):
                return
            person.work()

    run_at_once(DESKS + PATIENTS, work)

    assert wrong == []
    assert count_overlaps() == 0
    # Retries would hide them; the order of the locks is there to have none.
    assert count_deadlocks() == deadlocks_before
    assert outcomes["told that many are booking"] <= outcomes.total() / 20
    assert all(outcomes[kind] > 0 for kind in (*AT_DESK, *ONLINE)), outcomes
