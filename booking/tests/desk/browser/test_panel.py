"""Whatever is done beside the day: a caller is booked, a visit cancelled and brought back."""

from playwright.sync_api import expect

from booking.models import Appointment
from booking.tests.desk.browser.conftest import Open


def test_caller_is_booked_beside_the_day(
    open_desk: Open, visits: list[Appointment], complaints: list[str]
) -> None:
    page = open_desk()
    panel = page.locator("#desk-panel")

    page.get_by_role("link", name="Book a visit").click()
    expect(panel.get_by_label("Name, birth date, phone or reference")).to_be_focused()
    page.keyboard.type("nuyen")
    page.keyboard.press("Enter")
    expect(panel.get_by_text("Nobody fits exactly. These are close:")).to_be_visible()
    expect(panel.get_by_role("button", name="Tess Nguyen")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.locator(".desk-picked")).to_contain_text("Tess Nguyen")

    panel.get_by_text("What the caller says").click()
    panel.get_by_label("Quiet place or low light").check()
    page.locator("#desk-board").get_by_role("link", name="Book 12:00 pm, Dr. Fischer").click()
    expect(panel.get_by_text("Tuesday, November 24, 2026, 12:00 pm")).to_be_visible()
    expect(panel.get_by_label("Quiet place or low light")).to_be_checked()
    panel.get_by_label("Visit type").select_option(label="First visit (40 minutes)")
    panel.get_by_role("button", name="Book", exact=True).click()

    expect(panel.locator(".desk-outcome")).to_contain_text("Booked. An email goes to the patient.")
    expect(panel.get_by_role("heading", name="Tess Nguyen")).to_be_visible()
    expect(page.locator("#desk-counts")).to_contain_text("Booked 5")
    expect(page.locator("#desk-board").get_by_role("link", name="Tess Nguyen")).to_have_count(2)

    panel.locator(".desk-outcome").get_by_role("button", name="Undo").click()
    expect(panel.locator(".desk-outcome")).to_contain_text("Undone")
    expect(page.locator("#desk-counts")).to_contain_text("Booked 4")
    assert complaints == []


def test_visit_is_cancelled_beside_the_day_and_brought_back(
    open_desk: Open, visits: list[Appointment], complaints: list[str]
) -> None:
    page = open_desk()
    panel = page.locator("#desk-panel")
    page.locator(f"#visit-{visits[1].pk}").click()

    panel.get_by_role("link", name="Cancel").click()
    panel.get_by_label("The practice").check()
    panel.get_by_role("button", name="Cancel visit").click()

    expect(panel.locator(".desk-outcome")).to_contain_text("Cancelled. An email goes to the patient.")
    expect(page.locator(f"#visit-{visits[1].pk}")).to_have_count(0)
    panel.locator(".desk-outcome").get_by_role("button", name="Undo").click()
    expect(page.locator(f"#visit-{visits[1].pk}")).to_be_visible()
    assert complaints == []
