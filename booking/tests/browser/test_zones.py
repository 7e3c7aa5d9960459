"""A device in another zone is told whose time it reads; by video it is shown both."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions, links
from booking.availability import find_slots
from booking.models import IntakeQuestion, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.walk import fill_in, follow, press

NOTE = "These are clinic times: Eastern Time (New York)."
HERE, AWAY = "America/New_York", "America/Los_Angeles"


@pytest.fixture
def times(visit_type: VisitType) -> str:
    """The address of open times; nothing is asked beside who somebody is."""
    IntakeQuestion.objects.all().delete()
    VisitType.objects.update(needs_referral=False)
    return f"/book/{visit_type.slug}/"


def open_times(open_page: OpenPage, address: str, **options: str | bool) -> Page:
    page = open_page(width=390, **options)
    page.goto(address)
    page.wait_for_load_state("load")
    return page


def read_hour(words: str) -> int:
    """Return the hour of the day in "8:20 am"."""
    found = re.match(r"(\d+):\d\d\s(am|pm)", words)
    assert found, words
    return int(found[1]) % 12 + (12 if found[2] == "pm" else 0)


@pytest.mark.parametrize(("zone", "is_told"), [(AWAY, True), (HERE, False), ("America/Detroit", False)])
def test_device_in_another_zone_is_told(open_page: OpenPage, times: str, zone: str, is_told: bool) -> None:
    page = open_times(open_page, times, timezone_id=zone)

    expect(page.get_by_text(NOTE)).to_be_visible(visible=is_told)
    expect(page.locator(".your-time")).to_have_count(0)


def test_without_script_nothing_is_told(open_page: OpenPage, times: str) -> None:
    page = open_times(open_page, times, timezone_id=AWAY, java_script_enabled=False)

    expect(page.get_by_text(NOTE)).to_be_hidden()
    expect(page.locator("button.slot").first).to_be_visible()


@pytest.mark.parametrize("zone", [AWAY, HERE])
def test_by_video_each_time_is_told_in_both_zones(open_page: OpenPage, times: str, zone: str) -> None:
    VisitType.objects.filter(slug="new-patient").update(mode="telehealth")
    page = open_times(open_page, times, timezone_id=zone)

    for button in (page.locator("button.soon").first, page.locator("button.slot").first):
        ours = button.locator("time").inner_text()
        yours = button.locator(".your-time")
        if zone == HERE:
            expect(yours).to_be_hidden()
            continue
        expect(yours).to_have_text(re.compile(r"^that is \d+:\d\d\s[ap]m for you$", re.IGNORECASE))
        # Readers hear "that is"; eyes see that it stands below.
        told = yours.inner_text().splitlines()[-1]
        assert read_hour(told) == (read_hour(ours) - 3) % 24


def test_day_is_named_where_it_is_another(open_page: OpenPage, times: str) -> None:
    VisitType.objects.filter(slug="new-patient").update(mode="telehealth")
    page = open_times(open_page, times, timezone_id="Asia/Tokyo")

    yours = page.locator("button.slot").last.locator(".your-time")

    expect(yours).to_have_text(re.compile(r"^that is \w{3},? \d+:\d\d\s[ap]m for you$", re.IGNORECASE))


def test_zone_goes_along_and_the_booked_visit_tells_both(open_page: OpenPage, times: str) -> None:
    VisitType.objects.filter(slug="new-patient").update(mode="telehealth")
    page = open_times(open_page, times, timezone_id=AWAY)

    follow(page, page.locator("a.day").nth(4))
    with page.expect_request("**/hold/") as sent:
        follow(page, page.locator("button.slot").first)
    fill_in(page)
    press(page, "Continue")
    press(page, "Confirm appointment")

    assert "patient_time_zone=America%2FLos_Angeles" in str(sent.value.post_data)
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page.locator(".your-time")).to_have_text("that is 6:00 AM for you", ignore_case=True)


def test_script_is_small() -> None:
    script = Path(settings.BASE_DIR) / "clinic/static/clinic/zones.js"

    assert script.stat().st_size < 750


WATCH_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => { shifted += entry.value; }))
        .observe({type: "layout-shift", buffered: true});
"""


def test_nothing_moves_when_the_visit_is_told_in_both_zones(
    open_page: OpenPage, times: str, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    VisitType.objects.update(mode="telehealth")
    next_week = timezone.localdate() + timedelta(days=7)
    slot = find_slots(visit_type=visit_type, first_day=next_week, last_day=next_week + timedelta(days=7))[0]
    visit = actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=slot.start,
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )
    address = f"/visits/{links.issue(visit)}/"
    page = open_page(width=390, timezone_id=AWAY)
    page.add_init_script(WATCH_SHIFTS)

    for part in ("", "cancel/"):
        page.goto(address + part)
        expect(page.get_by_text(NOTE)).to_be_visible()
        page.wait_for_timeout(300)

        assert page.evaluate("shifted") == 0
