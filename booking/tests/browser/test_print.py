"""A visit on paper: one sheet, Letter and A4, however much there is to prepare."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from booking import actions, links
from booking.availability import find_slots
from booking.models import Appointment, Location, Referral, VisitType
from booking.tests import practice
from booking.tests.browser.conftest import OpenPage

MARGINS = dict.fromkeys(("top", "right", "bottom", "left"), "1cm")
PREPARATION = "\n".join(
    f"{number}. Bring your photo ID, your insurance card and a list of all medicines that you take now."
    for number in range(1, 13)
)
DIRECTIONS = "The door is between the pharmacy and the bakery. Ring the bell marked 2 and wait. " * 5
ACCESS = "There is an elevator on the left. The entrance has no steps, and the door opens by a button. " * 4


@pytest.fixture
def visit(visit_type: VisitType, open_page: OpenPage) -> Appointment:
    """A visit of next week with much to prepare and a long way to walk."""
    VisitType.objects.update(preparation=PREPARATION, needs_referral=True)
    Location.objects.update(directions=DIRECTIONS, access_notes=ACCESS)
    next_week = timezone.localdate() + timedelta(days=7)
    slot = find_slots(visit_type=visit_type, first_day=next_week, last_day=next_week + timedelta(days=7))[0]
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        patient=practice.make_patient(),
        visit=actions.VisitDetails(referral=Referral.NOT_YET),
        by=actions.Actor.system(),
    )


def count_sheets(page: Page, *, paper: str, is_wide: bool = False) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper, margin=MARGINS, landscape=is_wide)))


@pytest.mark.parametrize("outcome", ["", "booked"])
def test_visit_fits_on_one_sheet(
    open_page: OpenPage, live_server: LiveServer, visit: Appointment, outcome: str
) -> None:
    page = open_page(width=390)
    address = f"/visits/{links.issue(visit)}/"
    if outcome:
        session = SessionStore()
        session["outcome"] = {"visit": str(visit.uid), "version": visit.version, "what": outcome, "left": ""}
        session.create()
        key = str(session.session_key)
        page.context.add_cookies([{"name": "sessionid", "value": key, "url": live_server.url}])

    page.goto(address)

    words = page.get_by_role("main").inner_text()
    assert ("Your appointment is booked" in words) is bool(outcome)
    assert "12. Bring your photo ID" in words
    assert visit.display_reference in words
    assert [count_sheets(page, paper=paper) for paper in ("Letter", "A4")] == [1, 1]
    # Laid on its side the sheet is as wide as a screen: two columns there are for screens alone.
    assert [count_sheets(page, paper=paper, is_wide=True) for paper in ("Letter", "A4")] == [2, 2]


@pytest.mark.parametrize("width", [360, 480])
def test_enlarged_print_keeps_words_whole(
    open_page: OpenPage, live_server: LiveServer, visit: Appointment, width: int
) -> None:
    # A sheet printed at twice the size is as narrow as this; so is A5.
    page = open_page(width=width)
    page.emulate_media(media="print")

    page.goto(f"/visits/{links.issue(visit)}/")

    facts = page.locator(".visit__facts").bounding_box()
    notes = page.locator(".visit-notes")
    assert facts
    assert facts["width"] > width / 2
    assert notes.evaluate("notes => getComputedStyle(notes).columnCount") == "auto"
