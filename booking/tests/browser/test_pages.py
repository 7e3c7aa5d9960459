"""What holds on every page a patient meets: accessibility rules, reflow, size of targets, focus, one host."""

from typing import Any

import pytest

from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.looks import Inspector
from booking.tests.browser.tour import tour_booking, tour_choosing, tour_visit, tour_waitlist

pytestmark = pytest.mark.usefixtures("full_practice")


def test_pages_before_a_time_is_chosen(open_page: OpenPage, clock: Any) -> None:
    page = open_page(width=390)
    look = Inspector(page)

    tour_choosing(page, look)
    tour_waitlist(page, look)

    assert look.found == {}


def test_pages_from_a_chosen_time_to_the_end_of_the_visit(open_page: OpenPage, clock: Any) -> None:
    page = open_page(width=390)
    look = Inspector(page)

    address = tour_booking(page, look, clock=clock)
    tour_visit(page, look, address=address, clock=clock)

    assert look.found == {}
