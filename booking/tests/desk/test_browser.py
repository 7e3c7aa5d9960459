"""The desk in a real browser: by mouse, by keyboard, two desks at once, on paper."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from booking import actions
from booking.actions import Actor
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage, State

Open = Callable[..., Page]


@pytest.fixture
def running_clock() -> Iterator[None]:
    """10:25 on the Tuesday. It runs on: a browser and its server wait for each other."""
    with time_machine.travel(at("10:25"), tick=True):
        yield


@pytest.fixture
def visits(
    visit_type: VisitType, practitioner: Practitioner, location: Location, running_clock: None
) -> list[Appointment]:
    """With Dr. Fischer at 10:20, 11:00 and 14:00, with Dr. Osei at 11:00; she teaches from 15:00 on."""
    osei = practice.make_practitioner(
        visit_types=[visit_type], location=location, given_name="Amara", family_name="Osei"
    )
    practice.close(osei, TUESDAY, starts_at=time(15), ends_at=time(17), note="Teaching")
    names = ["Jordan Ellis", "Robin Hart", "Maria Alvarez", "Tess Nguyen"]
    places = [(practitioner, "10:20"), (practitioner, "11:00"), (practitioner, "14:00"), (osei, "11:00")]
    booked = []
    for name, (person, clock) in zip(names, places, strict=True):
        given_name, family_name = name.split()
        booked.append(
            actions.book_visit(
                visit_type=visit_type,
                practitioner=person,
                location=location,
                start=at(clock),
                patient=practice.make_patient(given_name=given_name, family_name=family_name),
                by=Actor.system(),
                visit=actions.VisitDetails(needs_interpreter=True, interpreter_language="Spanish")
                if name == "Jordan Ellis"
                else actions.VisitDetails(),
                override=actions.SETTABLE_ASIDE,
            )
        )
    OutboxMessage.objects.filter(subject_id=booked[2].pk).update(state=State.DEAD, last_error="SMTPError 550")
    return booked


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console says: refused scripts and styles, errors in scripts."""
    return []


@pytest.fixture
def open_desk(
    browser: Browser, live_server: LiveServer, receptionist: Any, visits: Any, complaints: list[str]
) -> Iterator[Open]:
    """Return a function that opens the desk in a browser of its own."""
    with ExitStack() as stack:

        def open_desk(
            path: str = "/admin/desk/", *, width: int = 1280, height: int = 900, **options: Any
        ) -> Page:
            client = Client()
            client.force_login(receptionist)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context = browser.new_context(
                base_url=live_server.url, viewport={"width": width, "height": height}, **options
            )
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
            page = context.new_page()
            page.on("console", lambda message: complaints.append(f"{message.type} {message.text}"))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(path)
            return page

        yield open_desk


def read_focus(page: Page) -> str:
    return " ".join(page.evaluate("document.activeElement.textContent").split())


def ask_what_is_new(page: Page) -> None:
    """As the half minute does."""
    with page.expect_response("**/admin/desk/refresh/**"):
        page.evaluate("htmx.trigger(document.body, 'desk-changed')")


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

    expect(panel.locator(".desk-outcome")).to_contain_text("Booked. An email confirms it.")
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
    expect(panel.locator(".desk-outcome")).to_contain_text("Booked. An email confirms it.")

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
    page = open_desk(width=390)
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_week_and_why_have_no_accessibility_faults(
    open_desk: Open, visits: list[Appointment], width: int, scheme: str
) -> None:
    practice.close_practice(TUESDAY + timedelta(days=1), name="Thanksgiving")
    asked = f"clinician={visits[0].practitioner_id}&visit_type={visits[0].visit_type_id}&day=2026-11-2"
    page = open_desk("/admin/desk/week/", width=width, color_scheme=scheme)
    faults = []

    for path in ("week/", "week/?week=2026-11-17", f"why/?{asked}4", f"why/?{asked}5", "why/?clinician="):
        page.goto(f"/admin/desk/{path}")
        found = Axe().run(page).response["violations"]
        faults += [(path, fault["id"], fault["nodes"][0]["html"]) for fault in found]
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        faults += [(path, "wider than the screen", "")] if wide else []

    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_have_no_accessibility_faults(
    open_desk: Open, visits: list[Appointment], width: int, scheme: str
) -> None:
    for visit, step in zip(visits, (actions.arrive, actions.mark_noshow), strict=False):
        step(appointment=visit, by=Actor.system())
    page = open_desk(width=width, color_scheme=scheme)
    page.locator(f"#visit-{visits[0].pk}").click()
    expect(page.get_by_role("heading", name="Jordan Ellis")).to_be_visible()
    faults = []

    paths = [f"visit/{visits[0].pk}/", "print/", "find/", "?by=room", "book/"]
    paths += [f"visit/{visits[2].pk}/{page}/" for page in ("move", "cancel", "confirmation")]
    slot = f"{at('11:00'):%Y-%m-%dT%H:%MZ}/{visits[2].practitioner.slug}/{visits[2].location.slug}"
    paths += [f"visit/{visits[2].pk}/move/?slot={slot}", f"book/?slot={slot}&patient={visits[2].patient_id}"]
    for path in ["", *paths]:
        if path:
            page.goto(f"/admin/desk/{path}")
        found = Axe().run(page).response["violations"]
        faults += [(path, fault["id"], fault["nodes"][0]["html"]) for fault in found]
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        faults += [(path, "wider than the screen", "")] if wide else []

    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_list_on_paper_is_black_on_white_with_a_page_for_each_clinician(open_desk: Open, scheme: str) -> None:
    page = open_desk("/admin/desk/print/", color_scheme=scheme)

    paper = page.pdf()

    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 2
    page.emulate_media(media="print")
    cell = page.locator(".desk-sheet td b").first
    colors = cell.evaluate("cell => [getComputedStyle(cell).color, getComputedStyle(cell).backgroundColor]")
    assert colors == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    for hidden in ("#header", ".breadcrumbs", ".desk-screen"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.get_by_text("Interpreter: Spanish")).to_be_visible()
