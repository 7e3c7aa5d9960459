"""The shared parts of every page in a real browser: colors, focus, targets. See booking/tests/browser too."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

LIGHT, DIM = "rgb(238, 242, 237)", "rgb(16, 24, 19)"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Any]:
    """Open an address in a browser that has never been here; options are those of a Playwright context."""
    contexts = []

    def open_address(address: str, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_address
    for context in contexts:
        context.close()


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_targets_in_the_header_are_large_enough_for_a_thumb(open_page: Any) -> None:
    page = open_page("/book/", viewport={"width": 320, "height": 640})

    for target in page.locator(".site-head a:visible, .site-head button:visible, .back").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, target.inner_text()


@pytest.mark.parametrize("has_script", [True, False])
def test_colors_follow_the_device_until_somebody_chooses(open_page: Any, has_script: bool) -> None:
    page = open_page("/book/", color_scheme="dark", java_script_enabled=has_script)
    switch = page.get_by_role("button", name="Dim screen")
    pressed_by_device = switch.get_attribute("aria-pressed")

    with page.expect_response("**/dim/"):
        switch.click()
    page.goto("/visits/find/")

    assert pressed_by_device == "true"
    assert switch.get_attribute("aria-pressed") == "false"


def test_dimming_keeps_what_was_typed(open_page: Any) -> None:
    page = open_page("/visits/find/", color_scheme="light")
    page.get_by_label("Booking reference").fill("K7M-4RT")
    assert ground(page) == LIGHT

    with page.expect_response("**/dim/"):
        page.get_by_role("button", name="Dim screen").click()

    assert ground(page) == DIM
    assert page.get_by_label("Booking reference").input_value() == "K7M-4RT"
    page.reload()
    assert ground(page) == DIM


def test_errors_take_the_focus_and_lead_to_their_fields(open_page: Any) -> None:
    page = open_page("/visits/find/")

    page.get_by_role("button", name="Find my appointment").click()

    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.locator(".error-summary a").first.click()
    assert page.evaluate("document.activeElement.id") == "id_reference"


def test_keyboard_reaches_the_main_part_first_and_sees_where_it_is(open_page: Any) -> None:
    page = open_page("/book/")

    page.keyboard.press("Tab")

    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert "3px" in outline
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_paper_is_white_however_dim_the_screen(open_page: Any) -> None:
    page = open_page("/learn/", color_scheme="dark")

    page.emulate_media(media="print", color_scheme="dark")

    assert ground(page) == "rgb(255, 255, 255)"
    assert not page.locator(".site-nav").is_visible()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_first_words_stand_on_the_dark_ground_without_an_open_time(open_page: Any, width: int) -> None:
    page = open_page("/", viewport={"width": width, "height": 844})

    assert page.get_by_text("No open times online right now").is_visible()
    dark = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.hero'), '::before').height)")
    hero, words = (page.locator(part).bounding_box() for part in (".hero", ".hero__text"))
    assert hero
    assert words
    assert words["y"] + words["height"] <= hero["y"] + dark
