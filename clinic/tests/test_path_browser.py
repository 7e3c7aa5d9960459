"""The path in a real browser: by keyboard and without script into a booking; axe on each kind of page."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from booking.models import Appointment, VisitType
from booking.tests import practice
from booking.tests.browser.looks import RUN_AXE
from booking.tests.browser.walk import choose_slot, fill_in, press
from education.tests.path import TO_ARTICLE, TO_EMERGENCY, TO_PHONE, TO_VISIT, WHICH, ship

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_path(browser: Browser, live_server: Any) -> Iterator[Any]:
    """Open the first question of a practice with times; options are those of a Playwright context."""
    ship()
    practice.make_practitioner(
        visit_types=list(VisitType.objects.all()), location=practice.make_location(name="Midtown")
    )
    contexts = []

    def open_path(**options: Any) -> Page:
        contexts.append(browser.new_context(base_url=live_server.url, **options))
        page = contexts[-1].new_page()
        page.goto(WHICH)
        return page

    yield open_path
    for context in contexts:
        context.close()


def press_key_on(page: Page, words: str) -> None:
    """Tab on until the button has the focus, then press Enter."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText"):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"no Tab leads to {words}")


def test_by_keyboard_and_without_script_to_a_booking_with_the_answers(open_path: Any) -> None:
    page = open_path(viewport={"width": 390, "height": 844})
    # The test itself asks where the focus is; the page's own scripts stay out.
    page.route("**/*.js", lambda route: route.abort())
    page.goto(WHICH)

    press_key_on(page, "No, none of these")
    press_key_on(page, "Small twitches under the skin")
    press_key_on(page, "Back")
    press_key_on(page, "A tight, painful cramp")
    press_key_on(page, "Often, and I do not know why")
    press_key_on(page, "send my answers along")
    choose_slot(page, 0)
    fill_in(page)
    press(page, "Continue")
    expect(page.get_by_text("You are sending these answers along")).to_be_visible()
    press(page, "Confirm appointment")

    visit = Appointment.objects.get()
    assert visit.came_from == "path"
    assert list(visit.intake_answers.values_list("wording", "answer")) == [
        ("Is any of this happening right now?", "No, none of these"),
        ("Which of these is most like yours?", "A tight, painful cramp"),
        ("When does the cramp come?", "Often, and I do not know why"),
    ]


def test_back_and_forward_of_the_browser_show_the_questions_again(open_path: Any) -> None:
    page = open_path()
    address = page.url
    heading = page.get_by_role("heading", level=1)
    page.get_by_role("button", name="No, none of these").click()
    page.get_by_role("button", name="A tight, painful cramp").click()
    expect(heading).to_have_text("When does the cramp come?")

    page.go_back()
    expect(heading).to_have_text("Which of these is most like yours?")
    page.go_forward()
    expect(heading).to_have_text("When does the cramp come?")
    page.go_back()
    page.get_by_role("button", name="Small twitches").click()

    expect(heading).to_have_text("What else do you notice?")
    assert page.url == address
    assert page.evaluate("document.activeElement.id") == "main"
    assert "Question 3 of at most 4" in page.title()
    assert page.evaluate("JSON.stringify(history.state)") == "2"
    page.reload()
    expect(heading).to_have_text("Is any of this happening right now?")


def test_answer_that_cannot_be_fetched_is_sent_by_the_browser(open_path: Any) -> None:
    page = open_path()
    page.evaluate("() => { window.fetch = () => new Promise((_, fail) => setTimeout(fail, 50)); }")

    page.get_by_role("button", name="No, none of these").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Which of these is most like yours?")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_accessibility(open_path: Any, width: int, scheme: str) -> None:
    page = open_path(color_scheme=scheme, viewport={"width": width, "height": 844}, bypass_csp=True)
    found = look(page)

    for answers in (TO_EMERGENCY, TO_PHONE, TO_ARTICLE, TO_VISIT):
        page.goto(WHICH)
        for slug in answers:
            choose(page, slug)
            found += look(page)

    assert found == []


def choose(page: Page, slug: str) -> None:
    heading = page.locator("h1").inner_text()
    page.locator(f".answers button[value={slug}]").click()
    expect(page.locator("h1")).not_to_have_text(heading)


def look(page: Page) -> list[str]:
    """What axe finds, and targets too small for a thumb."""
    page.evaluate(AXE_SCRIPT)
    small = page.evaluate(
        "[...document.querySelectorAll('main button')].filter(one => one.getBoundingClientRect().height < 44)"
        ".map(one => one.innerText)"
    )
    return [*page.evaluate(RUN_AXE), *small]
