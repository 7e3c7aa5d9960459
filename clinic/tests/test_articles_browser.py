"""Articles in a real browser: found without a script, printed alone, free of faults."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from booking.tests import practice
from booking.tests.browser.looks import RUN_AXE
from education.finding.source import seed_finding
from education.sources import read_sources, sync

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Any]:
    """Open an address of a site with all the articles; options are those of a Playwright context."""
    visit_type = practice.make_visit_type(slug="new-patient", name="First visit")
    practice.make_practitioner(visit_types=[visit_type], location=practice.make_location())
    sync(read_sources())
    seed_finding()
    contexts = []

    def open_address(address: str, **options: Any) -> Page:
        contexts.append(browser.new_context(base_url=live_server.url, **options))
        page = contexts[-1].new_page()
        page.goto(address)
        return page

    yield open_address
    for context in contexts:
        context.close()


def test_search_without_script_leads_to_an_article_and_on_to_the_times(open_page: Any) -> None:
    page = open_page("/learn/", java_script_enabled=False)

    page.get_by_label("Search the articles").fill("charley hrose at night")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("charley hrose at night")
    page.get_by_role("link", name="Leg cramps and blood flow").click()
    expect(page.get_by_text("Next opening:").first).to_be_visible()
    page.get_by_role("link", name="See times").first.click()

    assert page.url.endswith("/book/new-patient/?article=leg-cramps-and-blood-flow")


def test_printed_article_is_the_article_alone(open_page: Any) -> None:
    page = open_page("/learn/relief-at-home/")
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("svg.drawing__svg").first).to_be_visible()
    for around in (".site-nav", ".article__side", "form.search", ".tools"):
        expect(page.locator(around).first).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_break_no_rule_of_accessibility(open_page: Any, width: int, scheme: str) -> None:
    page = open_page(
        "/learn/", color_scheme=scheme, viewport={"width": width, "height": 844}, bypass_csp=True
    )
    found = []

    for address in (
        "/learn/",
        "/learn/search/?q=cramps",
        "/learn/search/?q=xylophone",
        "/learn/topics/legs/",
        "/es/learn/search/?q=calambre",
        "/es/learn/relief-at-home/",
    ):
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        found += [f"{address}: {fault}" for fault in page.evaluate(RUN_AXE)]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address

    assert found == []
