"""The week, and why a day offers no time: by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from booking.tests.desk.browser.conftest import Open, read_focus


def press_until(page: Page, key: str, *, focus: str) -> None:
    """Press the key until what has the focus begins with these words, as somebody without a mouse does."""
    for _ in range(40):
        page.keyboard.press(key)
        if read_focus(page).startswith(focus):
            return
    pytest.fail(f"{key} never came to {focus}, but to {read_focus(page)}")


def test_week_by_mouse(open_desk: Open, complaints: list[str]) -> None:
    page = open_desk("/admin/desk/?day=2026-11-26")
    day = page.get_by_role("heading", level=1)

    page.get_by_role("link", name="Week", exact=True).click()
    expect(day).to_have_text(
        "Monday, November\N{NO-BREAK SPACE}23 to Sunday, November\N{NO-BREAK SPACE}29, 2026"
    )
    page.get_by_role("link", name="Week after").click()
    expect(page.get_by_role("link", name="Day: Thu, Dec 3")).to_be_visible()
    page.get_by_role("link", name="This week").click()
    page.get_by_role("link", name=re.compile("3 booked.*Dr. Fischer, Tuesday, November.24")).click()

    expect(day).to_have_text("Tuesday, November\N{NO-BREAK SPACE}24, 2026")
    assert complaints == []


def test_week_by_keyboard(open_desk: Open, complaints: list[str]) -> None:
    page = open_desk("/admin/desk/week/?week=2026-11-26")
    page.get_by_role("link", name="Week after").focus()

    press_until(page, "Tab", focus="Mon, Nov 23")
    press_until(page, "Tab", focus="3 booked")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Tuesday, November")
    assert complaints == []


def test_why_by_mouse(open_desk: Open, complaints: list[str]) -> None:
    page = open_desk()

    page.get_by_role("link", name="Why no time?").click()
    page.get_by_label("Clinician").select_option(label="Dr. Lena Fischer")
    page.get_by_label("Visit type").select_option(label="First visit")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("row", name="10:00\N{NO-BREAK SPACE}am")).to_contain_text("It has passed")
    page.get_by_role("link", name="Already a visit: 11:00").first.click()

    expect(page.get_by_role("heading", name="Robin Hart")).to_be_visible()
    assert complaints == []


def test_why_by_keyboard(open_desk: Open, complaints: list[str]) -> None:
    page = open_desk("/admin/desk/why/?day=2026-11-24")

    page.get_by_label("Clinician").focus()
    page.keyboard.type("Dr. Amara")
    page.get_by_label("Visit type").focus()
    page.keyboard.type("First")
    page.get_by_role("button", name="Show").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="3:00\N{NO-BREAK SPACE}pm")).to_contain_text("Away: Teaching")
    press_until(page, "Tab", focus="Book 11:40")
    page.keyboard.press("Enter")

    expect(page.get_by_role("group", name="When")).to_contain_text(
        re.compile("11:40.am\\s*Dr. Amara Osei, Midtown")
    )
    assert complaints == []
