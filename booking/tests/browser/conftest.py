"""Pages of a running practice in a real browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from booking.models import Location, Practitioner, VisitType
from booking.tests import practice

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    browser: Browser,
    live_server: LiveServer,
    location: Location,
    visit_type: VisitType,
    practitioner: Practitioner,
) -> Iterator[OpenPage]:
    """Return a function that opens an empty page of the practice, `width` pixels wide."""
    visit_type.preparation = "Bring your photo ID."
    visit_type.arrive_early = 10
    visit_type.save()
    practice.make_practitioner(
        visit_types=[visit_type],
        location=practice.make_location(name="Uptown"),
        given_name="Amara",
        family_name="Osei",
    )
    with ExitStack() as stack:

        def open_page(*, width: int, **options: Any) -> Page:
            context = browser.new_context(
                base_url=live_server.url, viewport={"width": width, "height": 844}, **options
            )
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            return context.new_page()

        yield open_page
