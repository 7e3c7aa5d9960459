"""The outbox's pages in a real browser: sizes, colors, accessibility, and frames that hold a mail in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from outbox import addresses
from outbox.models import BadAddress, OutboxMessage, State

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("outbox.tests.urls")]

SIZES = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, settings) -> Iterator[Callable[..., Page]]:
    """Open an address as a superuser, at a width and in a scheme; whatever the console complains of fails."""
    settings.DEBUG = True
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("chief"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_at(address: str, *, width: int, scheme: str) -> Page:
            context = stack.enter_context(
                browser.new_context(
                    base_url=live_server.url,
                    viewport={"width": width, "height": 900},
                    color_scheme=scheme,
                )
            )
            context.set_default_timeout(15_000)
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
            page = context.new_page()
            page.on("console", lambda message: complaints.append(f"{message.type} {message.text}"))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(address, wait_until="networkidle")
            # Before axe comes, which has styles and messages of its own.
            assert complaints == []
            return page

        yield open_at


@pytest.fixture
def failed(make_message) -> OutboxMessage:
    message = make_message("test.letter", subject_id=7, state=State.DEAD, last_error="AddressBounced")
    addresses.mark("person-7@example.org", reason=BadAddress.Reason.BOUNCED, message=message)
    return message


def find_faults(page: Page) -> list[str]:
    """What axe says, and whether the page is wider than its window."""
    faults = [violation["id"] for violation in Axe().run(page).response["violations"]]
    wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*faults, "wider than the window"] if wider else faults


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize("page_name", ["changelist", "change", "preview"])
def test_pages_of_a_message_are_sound(open_page, failed, page_name, width, scheme):
    keys = [] if page_name == "changelist" else [failed.pk]
    address = reverse(f"admin:outbox_outboxmessage_{page_name}", args=keys)

    page = open_page(address, width=width, scheme=scheme)

    assert find_faults(page) == []


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_gallery_is_sound_and_a_phone_wide(open_page, width, scheme):
    page = open_page(reverse("inbox:kinds"), width=width, scheme=scheme)

    frame = page.locator("iframe").first.bounding_box()
    assert find_faults(page) == []
    assert frame is not None
    assert frame["width"] == min(390, width - 2 * 18)


def test_gallery_shows_dark_whatever_the_browser_is_set_to(open_page):
    page = open_page(reverse("inbox:kinds"), width=1280, scheme="light")

    dark = page.frame_locator("iframe[title^='test.letter'][title$=', dark']").locator("p")
    light = page.frame_locator("iframe[title^='test.letter'][title$=', light']").locator("p")
    page.locator("iframe[title^='test.letter'][title$=', dark']").first.scroll_into_view_if_needed()

    expect(dark).to_have_css("color", "rgb(255, 255, 255)")
    expect(light).to_have_css("color", "rgb(0, 0, 0)")


def test_staff_look_trust_the_address_and_send_again(open_page, failed):
    address = reverse("admin:outbox_outboxmessage_change", args=[failed.pk])
    page = open_page(address, width=390, scheme="light")

    page.get_by_role("link", name="Preview").click()
    expect(page.frame_locator(".preview-frame").get_by_text("Morning")).to_be_visible()
    page.get_by_role("link", name="Back to the message").click()
    page.get_by_role("button", name="Trust the address again").click()
    expect(page.get_by_text("1 address gets mail again.")).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("1 message will be sent again.")).to_be_visible()

    failed.refresh_from_db()
    assert failed.state == State.QUEUED
    assert not BadAddress.objects.exists()
