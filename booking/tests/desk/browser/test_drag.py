"""Visits dragged to other rows and columns; drops that are refused; two desks with one visit."""

import pytest
from playwright.sync_api import Locator, Page, expect

from booking import actions
from booking.actions import Actor
from booking.models import Appointment
from booking.tests.desk.browser.conftest import Open
from booking.tests.practice import at

# So high that nothing scrolls: Playwright would scroll while it drags, and lose what it holds.
WHOLE_DAY = 2000


def drag(page: Page, visit: Appointment, target: Locator) -> None:
    """By the first line of the visit to the first line of the cell."""
    near_the_top = {"x": 20, "y": 8}
    page.locator(f"#visit-{visit.pk}").drag_to(
        target, source_position=near_the_top, target_position=near_the_top
    )


def test_visit_is_dragged_to_another_row_and_another_clinician(
    open_desk: Open, visits: list[Appointment], complaints: list[str]
) -> None:
    page = open_desk(height=WHOLE_DAY)
    panel = page.locator("#desk-panel")
    robin = visits[1]

    drag(page, robin, page.locator("#desk-board").get_by_role("link", name="Book 12:40 pm, Dr. Fischer"))
    expect(panel).to_contain_text("To Tuesday, November 24, 2026, 12:40 pm")
    expect(panel.get_by_role("button", name="Move", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.locator(".desk-outcome")).to_contain_text("12:40 pm, with Dr. Lena Fischer")
    # The board follows; what is dragged before that would move away under the mouse.
    expect(page.locator("#desk-board").get_by_role("link", name="Book 12:40 pm, Dr. Fischer")).to_have_count(
        0
    )

    drag(page, robin, page.locator("#desk-board").get_by_role("link", name="Book 12:00 pm, Dr. Osei"))
    expect(panel).to_contain_text("To Tuesday, November 24, 2026, 12:00 pm")
    panel.get_by_label("Email the patient").uncheck()
    panel.get_by_role("button", name="Move", exact=True).click()
    expect(panel.locator(".desk-outcome")).to_contain_text("12:00 pm, with Dr. Amara Osei")
    robin.refresh_from_db()
    assert (robin.start, robin.practitioner.family_name) == (at("12:00"), "Osei")

    panel.locator(".desk-outcome").get_by_role("button", name="Undo").click()
    expect(panel.locator(".desk-outcome")).to_contain_text("12:40 pm, with Dr. Lena Fischer")
    assert complaints == []


def test_drop_onto_taken_time_snaps_back_and_says_why(
    open_desk: Open, visits: list[Appointment], complaints: list[str]
) -> None:
    page = open_desk(height=WHOLE_DAY)

    drag(page, visits[1], page.locator(f"#visit-{visits[2].pk}"))

    panel = page.locator("#desk-panel")
    expect(panel.get_by_role("alert")).to_contain_text("Not possible: Tue, Nov 24, 2:00 pm, Dr. Fischer.")
    expect(panel.get_by_role("alert")).to_contain_text("already has a visit at that time.")
    visits[1].refresh_from_db()
    assert visits[1].start == at("11:00")
    panel.locator(".desk-times button").first.click()
    expect(panel.locator(".desk-outcome")).to_contain_text("The visit is now on")
    assert complaints == []


def test_drop_into_closed_time_asks_for_a_reason(open_desk: Open, visits: list[Appointment]) -> None:
    page = open_desk(height=WHOLE_DAY)

    drag(page, visits[3], page.locator("#desk-board td", has_text="Teaching"))

    panel = page.locator("#desk-panel")
    expect(panel).to_contain_text("The practice is closed then, or the clinician is away.")
    panel.get_by_label("Why this time all the same?").fill("The patient travels far")
    panel.get_by_role("button", name="Move all the same").click()
    expect(panel.locator(".desk-outcome")).to_contain_text("3:00 pm, with Dr. Amara Osei")
    expect(panel.locator(".desk-history")).to_contain_text("Why: The patient travels far")


def test_visit_that_has_begun_cannot_be_dragged(open_desk: Open, visits: list[Appointment]) -> None:
    actions.arrive(appointment=visits[1], by=Actor.system())
    page = open_desk(height=WHOLE_DAY)

    drag(page, visits[1], page.locator("#desk-board").get_by_role("link", name="Book 12:40 pm, Dr. Fischer"))

    expect(page.locator("#desk-panel")).not_to_contain_text("12:40 pm")


@pytest.mark.asked_once
def test_two_desks_that_move_one_visit_at_once(open_desk: Open, visits: list[Appointment]) -> None:
    slow, fast = open_desk(), open_desk()
    for page in (slow, fast):
        page.locator(f"#visit-{visits[1].pk}").click()
        page.locator("#desk-panel").get_by_role("link", name="Move").click()
        expect(page.get_by_role("heading", name="Move the visit of Robin Hart")).to_be_visible()
    fast.locator("#desk-panel .desk-times button").first.click()
    expect(fast.locator(".desk-outcome")).to_contain_text("The visit is now on")
    visits[1].refresh_from_db()
    where = visits[1].start

    slow.locator("#desk-panel .desk-times button").last.click()

    expect(slow.locator(".desk-outcome")).to_contain_text("Somebody else has just changed this visit.")
    visits[1].refresh_from_db()
    assert (visits[1].start, visits[1].version) == (where, 1)
