"""The day by mouse, by keyboard and without a script; two desks at once; what is new."""

import re

import pytest
from playwright.sync_api import Route, expect

from booking import actions
from booking.actions import Actor
from booking.models import Appointment
from booking.tests.desk.browser.conftest import Open, ask_what_is_new, read_focus


def test_day_by_mouse(open_desk: Open, visits: list[Appointment], complaints: list[str]) -> None:
    page = open_desk()
    panel = page.locator("#desk-panel")

    page.locator("#desk-board").get_by_role("link", name="Jordan Ellis").click()
    expect(panel).to_contain_text("Interpreter: Spanish")
    expect(page).to_have_url(re.compile("/admin/desk/$"))

    panel.get_by_role("button", name="Arrived").click()
    expect(panel.get_by_role("status")).to_contain_text("Marked as: Arrived.")
    expect(page.locator("#desk-counts")).to_contain_text("Arrived 1")
    expect(page.locator("#desk-waiting")).to_contain_text("Jordan Ellis")
    expect(page.locator(f"#visit-{visits[0].pk}")).to_have_class("visit visit--arrived")

    panel.get_by_role("button", name="In room").click()
    expect(panel.get_by_role("status")).to_contain_text("Marked as: In room.")
    expect(page.locator("#desk-waiting")).to_contain_text("Nobody is waiting.")

    panel.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("status")).to_contain_text("Undone. The visit is again: Arrived.")
    expect(page.locator("#desk-counts")).to_contain_text("Arrived 1")

    panel.get_by_role("button", name="In room").click()
    panel.get_by_role("button", name="Done").click()
    expect(page.locator("#desk-counts")).to_contain_text("Done 1")

    page.locator("#desk-undelivered").get_by_role("button", name="Send again").click()
    expect(panel.get_by_role("status")).to_contain_text("1 message will be sent again.")
    expect(page.locator("#desk-undelivered")).to_contain_text("No mail about a coming visit has failed.")

    page.get_by_label("Find a patient").fill("nguyen")
    page.get_by_role("button", name="Find").click()
    panel.get_by_role("link", name="Tue, Nov 24").click()
    expect(panel.get_by_role("heading", name="Tess Nguyen")).to_be_focused()

    assert complaints == []


def test_day_by_keyboard(open_desk: Open, visits: list[Appointment], complaints: list[str]) -> None:
    page = open_desk()
    page.locator(f"#visit-{visits[0].pk}").focus()

    page.keyboard.press("ArrowDown")
    assert read_focus(page).startswith("○ Robin Hart")
    page.keyboard.press("ArrowRight")
    assert read_focus(page).startswith("○ Tess Nguyen")
    page.keyboard.press("ArrowDown")
    assert read_focus(page) == "+Book 11:40 am, Dr. Osei"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert read_focus(page).startswith("○ Robin Hart")
    assert page.locator("#desk-board td a[tabindex='0']").count() == 1

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Robin Hart")).to_be_focused()
    page.keyboard.press("Tab")
    assert read_focus(page) == "Arrived"
    page.keyboard.press("Enter")
    expect(page.locator(".desk-outcome")).to_be_focused()
    page.keyboard.press("Tab")
    assert read_focus(page) == "Undo"
    page.keyboard.press("Escape")
    expect(page.locator("#desk-counts")).to_contain_text("Arrived 1")
    expect(page.locator(f"#visit-{visits[1].pk}")).to_be_focused()
    assert complaints == []


def test_whole_day_by_keyboard(open_desk: Open, visits: list[Appointment], complaints: list[str]) -> None:
    """Arrived, in room, done; a move; a caller from a free cell; a cancellation and its undo."""
    page = open_desk()
    panel = page.locator("#desk-panel")

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def tab_to(name: str) -> None:
        for _ in range(40):
            press("Tab")
            if read_focus(page) == name:
                return
        raise AssertionError(f"no way to {name}")

    def open_visit(visit: Appointment, name: str) -> None:
        page.locator(f"#visit-{visit.pk}").focus()
        press("Enter")
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_focused()

    open_visit(visits[0], "Jordan Ellis")
    for step in ("Arrived", "In room", "Done"):
        tab_to(step)
        press("Enter")
        expect(panel.locator(".desk-outcome")).to_contain_text(f"Marked as: {step}.")
        expect(panel.locator(".desk-outcome")).to_be_focused()
    press("Escape")
    expect(page.locator(f"#visit-{visits[0].pk}")).to_be_focused()

    open_visit(visits[1], "Robin Hart")
    tab_to("Move")
    press("Enter")
    expect(page.get_by_role("heading", name="Move the visit of Robin Hart")).to_be_focused()
    tab_to("11:40 am Tue, Nov 24 Midtown")
    press("Enter")
    expect(panel.locator(".desk-outcome")).to_contain_text("11:40 am, with Dr. Lena Fischer")

    page.locator("#desk-board").get_by_role("link", name="Book 12:40 pm, Dr. Fischer").focus()
    press("Enter")
    expect(panel.get_by_label("Name, birth date, phone or reference")).to_be_focused()
    page.keyboard.type("alvarez")
    press("Enter")
    expect(panel.get_by_role("button", name="Maria Alvarez")).to_be_focused()
    press("Enter")
    expect(panel.get_by_label("Visit type")).to_be_focused()
    page.keyboard.type("First")
    tab_to("Book")
    press("Enter")
    expect(panel.locator(".desk-outcome")).to_contain_text("Booked. An email goes to the patient.")

    open_visit(visits[3], "Tess Nguyen")
    tab_to("Cancel")
    press("Enter")
    expect(page.get_by_role("heading", name="Cancel the visit of Tess Nguyen?")).to_be_focused()
    press("Tab", "Space")
    tab_to("Cancel visit")
    press("Enter")
    expect(panel.locator(".desk-outcome")).to_contain_text("Cancelled.")
    tab_to("Undo")
    press("Enter")
    expect(panel.locator(".desk-outcome")).to_contain_text("Undone. The visit is again: Booked.")
    assert complaints == []


def test_refresh_keeps_focus_scroll_and_panel(
    open_desk: Open, visits: list[Appointment], complaints: list[str]
) -> None:
    page = open_desk(width=390, height=600)
    board = page.locator("#desk-board")
    page.locator(f"#visit-{visits[3].pk}").click()
    expect(page.locator("#desk-panel")).to_contain_text("Tess Nguyen")
    page.locator(f"#visit-{visits[2].pk}").focus()
    where = board.evaluate("board => [board.scrollTop, board.scrollLeft, scrollY]")
    actions.arrive(appointment=visits[1], by=Actor.system())

    ask_what_is_new(page)

    expect(page.locator(f"#visit-{visits[1].pk}")).to_have_class("visit visit--arrived")
    expect(page.locator(f"#visit-{visits[2].pk}")).to_be_focused()
    expect(page.locator("#desk-panel")).to_contain_text("Tess Nguyen")
    assert board.evaluate("board => [board.scrollTop, board.scrollLeft, scrollY]") == where
    assert where[0] > 0
    assert complaints == []


def test_late_answer_about_one_visit_leaves_another_one_alone(
    open_desk: Open, visits: list[Appointment], complaints: list[str]
) -> None:
    page = open_desk()
    panel = page.locator("#desk-panel")
    page.locator(f"#visit-{visits[0].pk}").click()
    expect(panel.get_by_role("heading", name="Jordan Ellis")).to_be_visible()
    held_back: list[Route] = []
    page.route("**/admin/desk/refresh/**", lambda route: held_back.append(route))
    actions.arrive(appointment=visits[0], by=Actor.system())
    with page.expect_request("**/admin/desk/refresh/**"):
        page.evaluate("htmx.trigger(document.body, 'desk-changed')")
    page.locator(f"#visit-{visits[1].pk}").click()
    expect(panel.get_by_role("heading", name="Robin Hart")).to_be_visible()

    held_back[0].continue_()

    expect(page.locator("#desk-counts")).to_contain_text("Arrived 1")
    expect(panel.get_by_role("heading", name="Robin Hart")).to_be_visible()
    assert complaints == []


def test_refresh_without_news_leaves_the_board_alone(open_desk: Open) -> None:
    page = open_desk()
    page.evaluate("document.querySelector('.desk-table').dataset.same = 'yes'")

    with page.expect_response("**/admin/desk/refresh/**") as answer:
        page.evaluate("htmx.trigger(document.body, 'desk-changed')")

    assert answer.value.status == 204
    assert page.locator(".desk-table[data-same=yes]").count() == 1


@pytest.mark.asked_once
def test_desk_that_was_overtaken_is_told_and_shows_what_is(
    open_desk: Open, visits: list[Appointment]
) -> None:
    slow, fast = open_desk(), open_desk()
    for page in (slow, fast):
        page.locator(f"#visit-{visits[0].pk}").click()
        expect(page.get_by_role("heading", name="Jordan Ellis")).to_be_visible()
    fast.get_by_role("button", name="No-show").click()
    expect(fast.locator(".desk-outcome")).to_contain_text("Marked as: No-show.")

    slow.locator("#desk-panel").get_by_role("button", name="Arrived").click()

    told = "Somebody else has just changed this visit. It is now: No-show. Nothing was done."
    expect(slow.locator(".desk-outcome")).to_contain_text(told)
    expect(slow.locator("#desk-visit")).to_contain_text("✕ No-show")
    expect(slow.locator(f"#visit-{visits[0].pk}")).to_have_class("visit visit--noshow")


def test_desk_whose_server_is_gone_says_so(open_desk: Open) -> None:
    page = open_desk()
    page.route("**/admin/desk/refresh/**", lambda route: route.abort())

    page.evaluate("htmx.trigger(document.body, 'desk-changed')")

    expect(page.locator("#desk-fresh")).to_contain_text("Not up to date")


def test_day_without_script(open_desk: Open, visits: list[Appointment]) -> None:
    page = open_desk(java_script_enabled=False)

    page.get_by_role("link", name="Jordan Ellis").first.click()
    expect(page.get_by_role("heading", name="Jordan Ellis")).to_be_visible()
    page.get_by_role("button", name="Arrived").click()
    expect(page.get_by_role("status")).to_contain_text("Marked as: Arrived.")
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("Undone. The visit is again: Booked.")
    page.get_by_role("link", name="Move").click()
    page.get_by_role("button", name="2:40").first.click()
    expect(page.get_by_role("status")).to_contain_text("The visit is now on")
    page.get_by_role("link", name="Book next").click()
    page.get_by_role("button", name="Show times").first.click()
    page.locator(".desk-times button").first.click()
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Booked.")
    page.get_by_role("link", name="Back to the day").click()
    page.get_by_role("link", name="Tomorrow").click()
    expect(page.get_by_role("heading", name="Wednesday, November")).to_be_visible()
