"""The whole product, started by `make run`'s launcher, as one patient and the front desk meet it.

Real web process, worker, beat, broker and browser; the browser runs no script.
"""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from booking.demo import DEMO_STAFF_PASSWORD, DEMO_STAFF_USERNAME
from booking.tests.browser.walk import choose_slot, fill_in, press
from clinic.processes import find_free_port
from clinic.tests.test_tooling_run import Launch
from clinic.valkey import running_valkey

MAIL_SECONDS = 40
# What a patient waits at most for a page while the broker is gone.
ANSWER_SECONDS = 3

OpenPage = Callable[[Launch], Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    contexts: list[BrowserContext] = []

    def open_at(clinic: Launch) -> Page:
        contexts.append(
            browser.new_context(
                base_url=f"http://127.0.0.1:{clinic.port}",
                java_script_enabled=False,
                viewport={"width": 390, "height": 844},
            )
        )
        return contexts[-1].new_page()

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Callable[..., Launch]]:
    launches: list[Launch] = []

    def start(**environment: str) -> Launch:
        launches.append(Launch(tmp_path / "data", port=find_free_port(), **environment))
        launches[-1].wait_until_open()
        return launches[-1]

    yield start
    for clinic in launches:
        clinic.process.terminate()
        clinic.process.wait()
        print(clinic.output())


def open_mail(page: Page, subject: str, *, seconds: float = MAIL_SECONDS) -> None:
    """Look into the inbox until the mail is there, and open it."""
    deadline = time.monotonic() + seconds
    mail = page.get_by_role("link", name=re.compile(subject))
    page.goto("/inbox/")
    while not mail.count() and time.monotonic() < deadline:
        page.wait_for_timeout(500)
        page.goto("/inbox/")
    mail.first.click()


def follow_visit_link(page: Page) -> None:
    page.get_by_role("link", name=re.compile("visits.")).first.click()


def see_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_read_book_get_mail_move_cancel_and_see_it_in_the_admin(
    launched: Callable[..., Launch], open_page: OpenPage
) -> None:
    clinic = launched()
    patient, staff = open_page(clinic), open_page(clinic)

    patient.goto("/learn/muscle-spasms/")
    press(patient, "See times")
    choose_slot(patient, 2)
    fill_in(patient)
    press(patient, "Continue")
    press(patient, "Confirm appointment")
    see_heading(patient, "Your appointment is booked")
    reference = patient.locator(".ref").inner_text()

    open_mail(patient, "Your appointment at Alder Street on")
    expect(patient.get_by_text("METHOD:REQUEST").first).to_be_visible()
    follow_visit_link(patient)
    press(patient, "move")
    choose_slot(patient, 4)
    press(patient, "Move my visit")
    see_heading(patient, "Your appointment has moved")

    open_mail(patient, "has moved to")
    expect(patient.get_by_text("SEQUENCE:1").first).to_be_visible()
    follow_visit_link(patient)
    press(patient, "cancel")
    press(patient, "Cancel this visit")
    see_heading(patient, "This visit is cancelled")
    open_mail(patient, "is cancelled")
    expect(patient.get_by_text("METHOD:CANCEL").first).to_be_visible()

    staff.goto("/admin/")
    staff.fill("#id_login", DEMO_STAFF_USERNAME)
    staff.fill("#id_password", DEMO_STAFF_PASSWORD)
    staff.get_by_role("button", name="Sign in", exact=True).click()
    staff.goto("/admin/desk/find/")
    staff.get_by_label("Find a patient").fill(reference)
    press(staff, "Find")
    staff.get_by_role("link", name=re.compile("Cancelled")).click()
    staff.get_by_role("link", name="Whole record").click()
    for step in ("Booked", "Moved", "Cancelled"):
        expect(staff.get_by_text(step, exact=True).first).to_be_visible()


def test_redis_down_while_booking_the_visit_stands_and_the_mail_leaves_later(
    launched: Callable[..., Launch], open_page: OpenPage, tmp_path: Path
) -> None:
    port = find_free_port()
    with running_valkey(tmp_path / "broker", port=port) as url:
        clinic = launched(REDIS_URL=url)
        patient = open_page(clinic)
        patient.goto("/book/new-patient/")
        choose_slot(patient, 2)
        fill_in(patient)
        press(patient, "Continue")

    began = time.monotonic()
    press(patient, "Confirm appointment")
    see_heading(patient, "Your appointment is booked")
    answered = time.monotonic() - began
    patient.goto("/inbox/")
    mails_meanwhile = patient.get_by_role("link", name=re.compile("Your appointment")).count()
    with running_valkey(tmp_path / "broker", port=port):
        open_mail(patient, "Your appointment at Alder Street on", seconds=90)

        expect(patient.get_by_text("METHOD:REQUEST").first).to_be_visible()
    assert answered < ANSWER_SECONDS
    assert mails_meanwhile == 0
