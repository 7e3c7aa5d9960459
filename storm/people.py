"""Those who use the site, each with a browser of their own. No Django here: they know what the pages say."""

import json
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.error import URLError
from urllib.parse import urlencode

from faults.patient import BOOKED, LAST_PAGE, Answer, Browser, Patient
from storm.journal import Act, Journal, Kind, Offer, Outcome, Press

# How long somebody presses a button again whose page did not load.
STUBBORN_SECONDS = 20
# Between two requests of one client: the least and the most seconds.
PAUSE = (0.2, 0.8)
SLOT = re.compile(r'name="(?:slot|pick_slot)" value="([^"]+)"')
DAY = re.compile(r'href="(\?[^"]*day=[^"]*)"')
TOKEN = re.compile(r"/visits/([^/]+)/")
REFERENCE = re.compile(
    r'class="ref">([^<]+)<|Booking reference: <strong>([^<]+)<|<dt>Reference</dt><dd>([^<]+)<'
)
OUTAGE = "Please try again in a minute"
# What a rule of the practice is told with, or that somebody was faster.
REFUSALS = {409, 422, 429}


@dataclass(frozen=True)
class Plan:
    """What a client must know."""

    site: str
    visit_type: str
    visit_type_key: int
    articles: list[str]
    days: list[str]
    sessions: list[str]
    seed: int


def name_outcome(answer: Answer) -> str:
    if answer.status < 300:
        return "ok"
    # The link to a visit ends when somebody else moves it.
    if answer.status in REFUSALS or (answer.status == 404 and TOKEN.search(answer.address)):
        return "refused"
    if answer.status == 503:
        return "503, no database" if answer.heading == OUTAGE else "503, busy"
    return str(answer.status)


def name_failure(error: OSError) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError):
        return "connection refused"
    return "timeout" if isinstance(reason, TimeoutError) else "connection broken off"


def read_reference(page: str) -> str:
    found = REFERENCE.search(page)
    return next(filter(None, found.groups())).strip() if found else ""


@dataclass
class Pressed:
    """What came of one button. `is_lost`: it was pressed at least once without a word of what came of it."""

    answer: Answer | None
    is_lost: bool
    began: float
    ended: float

    @property
    def page(self) -> str:
        return self.answer.page if self.answer else ""

    @property
    def is_ok(self) -> bool:
        return self.answer is not None and self.answer.status < 300

    def judge(self, *, is_done: bool, path: str) -> Outcome:
        """A page that says no means no, unless an earlier press may have done it.

        Or unless this one was led on from `path` to the page of the visit, which somebody else has changed
        by the time it is drawn. Without `path` that does not count: the desk is led on after a no, too.
        """
        if is_done:
            return "done"
        is_led_on = self.answer is not None and not self.answer.address.endswith(path)
        return "maybe" if self.is_lost or is_led_on else "refused"


class Person:
    """Presses, and writes down how each request went."""

    def __init__(self, *, plan: Plan, journal: Journal, number: int, count: int) -> None:
        self.plan, self.journal, self.number, self.count = plan, journal, number, count
        self.dice = random.Random(f"{plan.seed}/{type(self).__name__}/{number}")

    def work(self) -> None:
        raise NotImplementedError

    def time_press(self, kind: str, ask: Callable[[], Answer]) -> Answer | None:
        """Ask once; None where no answer came."""
        began = time.monotonic()
        answer = None
        try:
            answer = ask()
            outcome = name_outcome(answer)
        except OSError as error:
            outcome = name_failure(error)
        self.journal.note(Press(kind=kind, began=began, seconds=time.monotonic() - began, outcome=outcome))
        if outcome not in ("ok", "refused"):
            self.pause()
        return answer

    def press(self, kind: str, ask: Callable[[], Answer]) -> Pressed:
        """As people do whose page did not load: ask until there is an answer that says something."""
        began = time.monotonic()
        is_lost = False
        while True:
            answer = self.time_press(kind, ask)
            ended = time.monotonic()
            if answer is not None and answer.status < 500:
                return Pressed(answer, is_lost, began, ended)
            # Also after a 503: the database may have died just after it had written everything.
            is_lost = True
            if ended - began > STUBBORN_SECONDS:
                return Pressed(None, is_lost, began, ended)

    def pause(self) -> None:
        time.sleep(self.dice.uniform(*PAUSE))

    def note(
        self,
        pressed: Pressed,
        *,
        kind: Kind,
        is_done: bool,
        path: str = "",
        email: str = "",
        reference: str = "",
        slot: str = "",
        status: str = "",
    ) -> Outcome:
        outcome = pressed.judge(is_done=is_done, path=path)
        self.journal.note(
            Act(
                kind=kind,
                email=email,
                reference=reference,
                slot=slot,
                status=status,
                began=pressed.began,
                ended=pressed.ended,
                outcome=outcome,
            )
        )
        return outcome


def read_offered(page: str) -> list[str]:
    """Return the times that a page offers, or an answer for other programs, as keys."""
    if not page.startswith("{"):
        return sorted(set(SLOT.findall(page)))
    return [
        f"{datetime.fromisoformat(slot['start']).astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        f"/{slot['practitioner']}/{slot['location']}"
        for slot in json.loads(page)["slots"]
    ]


class Reader(Person):
    """Looks around; beside every page, one that has nothing on it."""

    def work(self) -> None:
        browser = Browser(site=self.plan.site)
        pages = [
            ("home", "/"),
            ("article", f"/learn/{self.dice.choice(self.plan.articles)}/"),
            ("times", f"/book/{self.plan.visit_type}/"),
            ("times as JSON", f"/api/availability/{self.plan.visit_type}/?days=7"),
        ]
        for kind, path in pages:
            began = time.monotonic()
            answer = self.time_press(kind, partial(browser.get, path))
            if answer is not None and answer.status == 200 and (slots := read_offered(answer.page)):
                self.journal.note(Offer(began=began, ended=time.monotonic(), slots=slots))
            self.time_press("empty view", lambda: browser.get("/health/live"))
            self.pause()


@dataclass
class Booked:
    """A visit that somebody was told they have, and its link."""

    patient: Patient
    reference: str
    token: str


class Patients(Person):
    """One patient after the other, each with a browser and an address of their own."""

    def __init__(self, *, plan: Plan, journal: Journal, number: int, count: int) -> None:
        super().__init__(plan=plan, journal=journal, number=number, count=count)
        self.next_number = number
        self.mine: list[Booked] = []

    def work(self) -> None:
        if self.mine and self.dice.random() < 0.5:
            booked = self.mine.pop(self.dice.randrange(len(self.mine)))
            self.dice.choice([self.move, self.move, self.cancel])(booked)
        else:
            self.come()

    def arrive(self) -> Patient:
        number = self.next_number
        self.next_number += self.count
        return Patient(site=self.plan.site, number=number)

    def choose(self, page: str) -> str:
        """One of the first times on the page, which the others want as well; empty where there is none."""
        slots = SLOT.findall(page)
        return self.dice.choice(slots[:8] if self.dice.random() < 0.5 else slots) if slots else ""

    def come(self) -> None:
        """Look at the times, choose one, and book it; one of eight changes their mind."""
        patient = self.arrive()
        times = f"/book/{self.plan.visit_type}/"
        page = self.press("times", lambda: patient.get(times)).page
        if (days := DAY.findall(page)) and self.dice.random() < 0.5:
            day = self.dice.choice(days).replace("&amp;", "&")
            page = self.press("times", lambda: patient.get(times + day)).page
        slot = self.choose(page)
        if not slot:
            return
        self.pause()
        held = self.press("hold", lambda: patient.post(f"{times}hold/", slot=slot))
        if not held.is_ok or self.dice.random() < 0.12:
            return
        self.pause()
        told = self.press("details", lambda: patient.post("/book/details/", **patient.details))
        if not told.is_ok or told.answer is None or told.answer.heading != LAST_PAGE:
            return
        self.pause()
        self.book(patient, slot=slot)

    def book(self, patient: Patient, *, slot: str) -> None:
        pressed = self.press("book", patient.confirm)
        reference = read_reference(pressed.page)
        outcome = self.note(
            pressed,
            kind="booked",
            is_done=pressed.is_ok and patient.heading in BOOKED and bool(reference),
            path="/book/check/",
            email=patient.email,
            reference=reference,
            slot=slot,
            status="booked",
        )
        if outcome == "done" and pressed.answer:
            self.keep(patient, reference, pressed.answer)

    def keep(self, patient: Patient, reference: str, answer: Answer) -> None:
        if link := TOKEN.search(answer.address):
            self.mine.append(Booked(patient, reference, link[1]))

    def move(self, booked: Booked) -> None:
        patient, path = booked.patient, f"/visits/{booked.token}/move/"
        slot = self.choose(self.press("see visit", lambda: patient.get(path)).page)
        if not slot:
            return
        asked = self.press("see visit", lambda: patient.get(f"{path}?{urlencode({'slot': slot})}"))
        if not asked.is_ok:
            return
        pressed = self.press("move", lambda: patient.post(path, slot=slot))
        outcome = self.note(
            pressed,
            kind="moved",
            is_done=pressed.is_ok and patient.heading in {"Your appointment has moved", "Your appointment"},
            path=path,
            reference=booked.reference,
            slot=slot,
        )
        if outcome == "done" and pressed.answer:
            self.keep(patient, booked.reference, pressed.answer)

    def cancel(self, booked: Booked) -> None:
        patient, path = booked.patient, f"/visits/{booked.token}/cancel/"
        asked = self.press("see visit", lambda: patient.get(path))
        if not asked.is_ok or patient.heading.startswith("Your"):
            return
        pressed = self.press("cancel", lambda: patient.post(path))
        self.note(
            pressed,
            kind="cancelled",
            is_done=pressed.is_ok and patient.heading == "This visit is cancelled",
            path=path,
            reference=booked.reference,
            status="cancelled",
        )
