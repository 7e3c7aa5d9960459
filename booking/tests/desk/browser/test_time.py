"""Time in a real browser: block it from the day, deal with the visits, change a week; mouse and keyboard."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import expect

from booking import actions
from booking.actions import Actor
from booking.blocking import BlockedTime, Repeat, block_time
from booking.models import Appointment, AvailabilityException, Closure, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.desk.browser.conftest import Open, find_faults
from booking.tests.practice import TUESDAY, at

MONDAY = TUESDAY - timedelta(days=1)


@pytest.fixture
def booked(
    visit_type: VisitType, practitioner: Practitioner, location: Location, patient: Any
) -> Iterator[Appointment]:
    """A visit on Tuesday at 10:00, booked on Monday. The clock runs on, as a browser needs it."""
    with time_machine.travel(at("09:00", MONDAY), tick=True):
        yield actions.book_visit(
            visit_type=visit_type,
            practitioner=practitioner,
            location=location,
            start=at("10:00"),
            patient=patient,
            by=Actor.system(),
        )


@pytest.fixture
def open_time(open_page: Open, booked: Appointment) -> Open:
    """Return a function that opens a page, with the visit booked."""
    return open_page


def test_time_is_blocked_from_the_day_and_the_visit_kept(open_time: Open, complaints: list[str]) -> None:
    page = open_time(f"/admin/desk/?day={TUESDAY}")

    page.get_by_role("link", name="Block time").click()
    expect(page.get_by_label("First day")).to_have_value("2026-11-24")
    page.get_by_label("Dr. Lena Fischer").check()
    page.get_by_label("From").fill("09:00")
    page.get_by_label("To", exact=True).fill("12:00")
    page.get_by_label("Note for staff").fill("Teaching")
    page.get_by_label("Repeat every … weeks").fill("2")
    page.get_by_label("Until").fill("2026-12-31")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Visits in closed time")).to_be_visible()
    expect(page.locator(".messagelist")).to_contain_text("Blocked. 1 visit is now in closed time")
    page.goto(f"/admin/desk/?day={TUESDAY}")
    expect(page.locator("#desk-board")).to_contain_text("Closed: Teaching")
    page.get_by_role("link", name="1 visit in closed time").click()
    page.get_by_role("button", name="Keep Jordan Ellis").click()
    expect(page.get_by_text("No visit is in closed time.")).to_be_visible()
    expect(page.locator(".messagelist")).to_contain_text("kept. The visit takes place at its time.")

    page.goto("/admin/desk/time/")
    page.get_by_text("2 more in this series").click()
    page.get_by_role("link", name="Change Dr. Lena Fischer, Tue, Dec 8").click()
    page.get_by_label("This one and all after it").check()
    page.get_by_label("To", exact=True).fill("11:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("2 times changed.")
    assert complaints == []


def test_visit_is_moved_out_of_closed_time_by_keyboard(
    open_time: Open, practitioner: Practitioner, complaints: list[str]
) -> None:
    page = open_time(f"/admin/desk/time/block/?day={TUESDAY}&practitioner={practitioner.pk}")

    page.get_by_label("Note for staff").focus()
    page.keyboard.type("Conference")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Visits in closed time")).to_be_visible()
    page.get_by_role("link", name="Call 212 555 0177").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Move Jordan Ellis")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".desk-times button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".desk-outcome")).to_contain_text("The visit is now on Monday, November 23")

    page.goto("/admin/desk/caught/")
    expect(page.get_by_text("No visit is in closed time.")).to_be_visible()
    assert complaints == []


def test_holidays_are_taken_over(open_time: Open, complaints: list[str]) -> None:
    page = open_time("/admin/desk/time/close/")

    page.get_by_label("Christmas Day").first.check()
    page.get_by_role("button", name="Close on these days").click()

    expect(page.locator(".messagelist")).to_contain_text("1 closure saved.")
    expect(page.locator(".desk-time")).to_contain_text("Christmas Day")
    assert Closure.objects.count() == 1
    assert complaints == []


def test_week_is_changed_by_keyboard(
    open_time: Open, practitioner: Practitioner, complaints: list[str]
) -> None:
    page = open_time(f"/admin/booking/practitioner/{practitioner.pk}/hours/")

    page.get_by_label("Wednesday 1: to").fill("12:00")
    page.get_by_label("Wednesday 2: from").fill("11:00")
    page.get_by_label("Wednesday 2: to").fill("15:00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("These hours overlap others of the same day.")).to_be_visible()
    page.get_by_label("Wednesday 2: from").fill("13:00")
    page.get_by_label("Hold from").fill("2026-11-30")
    page.keyboard.press("Enter")

    expect(page.locator(".messagelist")).to_contain_text("The new hours hold from Monday, November 30, 2026")
    expect(page.get_by_label("Wednesday 2: from")).to_have_value("13:00")
    expect(page.get_by_label("Monday 1: from")).to_have_value("09:00")
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_have_no_accessibility_faults(
    open_time: Open, booked: Appointment, practitioner: Practitioner, width: int, scheme: str
) -> None:
    day = BlockedTime(kind="closed", first_day=TUESDAY, last_day=TUESDAY, note="Teaching")
    repeat = Repeat(every_weeks=1, until=TUESDAY + timedelta(weeks=2))
    block_time(practitioners=[practitioner], block=day, repeat=repeat)
    row = AvailabilityException.objects.all()[0]
    closure = practice.close_practice(TUESDAY + timedelta(days=30), name="Snow")
    week = f"/admin/booking/practitioner/{practitioner.pk}/hours/"
    page = open_time("/admin/desk/time/", width=width, color_scheme=scheme)
    faults = []

    for path in (
        "/admin/desk/",
        "/admin/desk/caught/",
        "/admin/desk/time/",
        "/admin/desk/time/block/",
        f"/admin/desk/time/{row.pk}/",
        f"/admin/desk/time/{row.pk}/remove/",
        "/admin/desk/time/close/",
        f"/admin/desk/time/close/{closure.pk}/",
        week,
        # And once with errors.
        "/admin/desk/time/block/#refused",
        f"{week}#refused",
    ):
        page.goto(path)
        if path.endswith("#refused"):
            page.locator("[name=first_day]").fill("")
            page.get_by_role("button", name="Save").click()
            expect(page.get_by_text("Nothing was saved yet.")).to_be_visible()
        for details in page.locator("details").all():
            details.evaluate("details => { details.open = true; }")
        faults += find_faults(page, path)

    assert faults == [], faults
