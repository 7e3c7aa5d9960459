"""The front desk, by the pages of the admin that it works with."""

import re
import time
from http.cookiejar import Cookie

from faults.patient import Browser
from storm.journal import Journal, Kind
from storm.people import SLOT, Person, Plan, Pressed, read_reference

VISIT = re.compile(r'id="visit-(\d+)"')
SHOWN = re.compile(r'name="(version|from)" value="([^"]*)"')


class Receptionist(Person):
    """Runs the day: looks at the board, books for callers, works on any visit that stands there."""

    def __init__(self, *, plan: Plan, journal: Journal, number: int, count: int) -> None:
        super().__init__(plan=plan, journal=journal, number=number, count=count)
        self.browser = Browser(site=plan.site)
        self.browser.cookies.set_cookie(make_cookie("sessionid", plan.sessions[number]))
        self.next_caller = number

    def work(self) -> None:
        if self.dice.random() < 0.25:
            self.book()
            return
        day = self.dice.choice(self.plan.days)
        board = self.time_press("board", lambda: self.browser.get(f"/admin/desk/?day={day}"))
        visits = VISIT.findall(board.page) if board else []
        if not visits:
            self.pause()
            return
        visit = f"/admin/desk/visit/{self.dice.choice(visits)}/"
        opened = self.time_press("visit at the desk", lambda: self.browser.get(visit))
        if opened is None or opened.status != 200 or not (reference := read_reference(opened.page)):
            # Held online, by nobody yet.
            return
        self.pause()
        self.dice.choice([self.step, self.move, self.move, self.cancel])(visit, opened.page, reference)

    def press_once(self, kind: str, path: str, **fields: str) -> Pressed:
        """At the desk nobody presses a button again without a look at the board."""
        began = time.monotonic()
        answer = self.time_press(kind, lambda: self.browser.post(path, **fields))
        is_lost = answer is None or answer.status >= 500
        return Pressed(None if is_lost else answer, is_lost, began, time.monotonic())

    def has_worked(self, pressed: Pressed) -> bool:
        return pressed.is_ok and "desk-outcome--success" in pressed.page

    def step(self, visit: str, page: str, reference: str) -> None:
        """They are here; or that was the wrong one."""
        if 'id="step-undo"' in page:
            step, shown = "undo", read_shown(page)
        elif 'id="link-cancel"' in page:
            # The panel offers it on the day of the visit only, and a storm does not last so long: pressed all
            # the same, with what another page of the visit shows.
            asked = self.time_press("visit at the desk", lambda: self.browser.get(f"{visit}cancel/"))
            step, shown = "arrive", read_shown(asked.page) if asked else {}
        else:
            return
        pressed = self.press_once("step at the desk", f"{visit}step/", step=step, **shown)
        kind: Kind = "arrived" if step == "arrive" else "undone"
        status = "arrived" if step == "arrive" else "booked"
        self.note(pressed, kind=kind, is_done=self.has_worked(pressed), reference=reference, status=status)

    def move(self, visit: str, page: str, reference: str) -> None:
        if 'id="link-move"' not in page:
            return
        asked = self.time_press("visit at the desk", lambda: self.browser.get(f"{visit}move/"))
        slots = SLOT.findall(asked.page) if asked else []
        if asked is None or not slots:
            return
        slot = self.dice.choice(slots)
        shown = read_shown(asked.page)
        pressed = self.press_once("move at the desk", f"{visit}move/", slot=slot, tell="on", **shown)
        self.note(pressed, kind="moved", is_done=self.has_worked(pressed), reference=reference, slot=slot)

    def cancel(self, visit: str, page: str, reference: str) -> None:
        if 'id="link-cancel"' not in page:
            return
        asked = self.time_press("visit at the desk", lambda: self.browser.get(f"{visit}cancel/"))
        if asked is None or asked.status != 200:
            return
        shown = read_shown(asked.page)
        pressed = self.press_once("cancel at the desk", f"{visit}cancel/", reason="practice", **shown)
        self.note(
            pressed,
            kind="cancelled",
            is_done=self.has_worked(pressed),
            reference=reference,
            status="cancelled",
        )

    def book(self) -> None:
        """Somebody calls."""
        slip, kind = "/admin/desk/book/", str(self.plan.visit_type_key)
        listed = self.time_press("slip", lambda: self.browser.get(f"{slip}?visit_type={kind}"))
        # The first is the one on the slip so far: none.
        slots = [slot for slot in SLOT.findall(listed.page) if slot] if listed else []
        if not slots:
            return
        slot = self.dice.choice(slots)
        number = self.next_caller
        self.next_caller += self.count
        caller = make_caller(number)
        fields = {"is_new": "yes", "has_notes": "yes", "is_somebody_else": "on", "book": "yes", **caller}
        pressed = self.press_once("book at the desk", slip, visit_type=kind, slot=slot, **fields)
        self.note(
            pressed,
            kind="booked",
            is_done=self.has_worked(pressed),
            email=caller["new-email"],
            reference=read_reference(pressed.page) if self.has_worked(pressed) else "",
            slot=slot,
            status="booked",
        )


def read_shown(page: str) -> dict[str, str]:
    """Return the version and the status that the page shows, which its forms send along."""
    return dict(SHOWN.findall(page))


def make_caller(number: int) -> dict[str, str]:
    return {
        "new-given_name": "Casey",
        "new-family_name": f"Marsh {number}",
        "new-birth_date_month": str(number % 12 + 1),
        "new-birth_date_day": str(number % 28 + 1),
        "new-birth_date_year": str(1940 + number % 60),
        "new-phone": f"646 555 {number % 10000:04}",
        "new-email": f"caller-{number}@example.org",
    }


def make_cookie(name: str, value: str) -> Cookie:
    """A cookie as the site itself would set it, until the browser is closed."""
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain="127.0.0.1",
        domain_specified=False,
        domain_initial_dot=False,
        path="/",
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )
