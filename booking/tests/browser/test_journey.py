"""A visit booked, moved and cancelled in a real browser: without script, and by keyboard alone."""

import re

from playwright.sync_api import Locator, Page, expect

from booking.models import Appointment
from booking.models.appointment import Status
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.walk import ANSWERS, fill_in, press, walk_booking, walk_changes


def see(name: str) -> None:
    """Walk on: the test looks at the end."""


def test_whole_journey_works_without_script_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(width=390, java_script_enabled=False)

    walk_booking(page, see)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    booked = Appointment.objects.get(status=Status.BOOKED)
    walk_changes(page, see)

    expect(page.get_by_role("heading", level=1)).to_have_text("This visit is cancelled")
    cancelled = Appointment.objects.get(pk=booked.pk)
    assert (cancelled.status, cancelled.version) == (Status.CANCELLED, 2)
    assert cancelled.start != booked.start


def test_hold_it_longer_keeps_half_typed_answers_without_script(open_page: OpenPage) -> None:
    page = open_page(width=390, java_script_enabled=False)
    page.goto("/book/new-patient/")
    page.locator("button.soon").first.click()
    page.fill("#id_given_name", "Jordan")
    page.fill("#id_phone", "212")

    press(page, "Hold it for 20 more minutes")

    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")
    expect(page.locator("#id_given_name")).to_have_value("Jordan")
    expect(page.locator("#id_phone")).to_have_value("212")


def test_browser_back_restores_the_answers(open_page: OpenPage) -> None:
    page = open_page(width=390, java_script_enabled=False)
    page.goto("/book/new-patient/")
    page.locator("button.soon").first.click()
    fill_in(page)
    press(page, "Continue")

    page.go_back()

    for field, answer in ANSWERS.items():
        expect(page.locator(field)).to_have_value(answer)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached by Tab")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=name)


def test_whole_journey_works_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page(width=1280)
    page.goto("/book/")
    tab_to(page, page.get_by_label("First visit"))
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    tab_to(page, page.locator("a.day").nth(4))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("button.slot").first)
    page.keyboard.press("Enter")
    for field, answer in ANSWERS.items():
        tab_to(page, page.locator(field))
        page.keyboard.type(answer)

    # Enter in a field goes on: it must not press "hold it longer", which stands above.
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and confirm your visit")
    tab_to(page, button(page, "Confirm appointment"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    tab_to(page, link(page, "move"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("a.day").nth(5))
    page.keyboard.press("Enter")
    tab_to(page, page.locator("button.slot").first)
    page.keyboard.press("Enter")
    tab_to(page, button(page, "Move my visit"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment has moved")
    tab_to(page, link(page, "cancel"))
    page.keyboard.press("Enter")
    tab_to(page, button(page, "Cancel this visit"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("This visit is cancelled")


def test_problem_summary_takes_the_focus_and_leads_to_the_field(open_page: OpenPage) -> None:
    page = open_page(width=390)
    page.goto("/book/new-patient/")
    page.locator("button.soon").first.click()

    press(page, "Continue")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#id_given_name")).to_be_focused()
    expect(page.locator("#id_given_name")).to_have_attribute("aria-invalid", "true")
    expect(page).to_have_title(re.compile("^Error: Your details"))


def test_two_browsers_after_one_time_leave_one_with_the_nearest_times(open_page: OpenPage) -> None:
    first, second = open_page(width=390), open_page(width=390)
    for page in (first, second):
        page.goto("/book/new-patient/?view=clinician")

    first.locator("button.slot").first.click()
    second.locator("button.slot").first.click()

    expect(first.get_by_role("heading", level=1)).to_have_text("Your details")
    expect(second.get_by_role("heading", level=1)).to_have_text("Please choose another time")
    expect(second.locator("button.soon")).to_have_count(3)
