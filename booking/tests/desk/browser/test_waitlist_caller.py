"""A caller whom no time suits, from the slip beside the day to the waitlist; the pages' looks."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from booking import actions
from booking.actions import Actor
from booking.models import Appointment, WaitlistEntry
from booking.tests.desk.browser.conftest import Open, find_faults


def test_what_is_on_the_slip_goes_along_to_the_waitlist(
    open_desk: Open, visits: list[Appointment], complaints: list[str]
) -> None:
    page = open_desk()
    page.get_by_role("link", name="Book a visit").click()
    panel = page.locator("#desk-panel")
    panel.get_by_label("Name, birth date, phone or reference").fill("hart")
    panel.get_by_role("button", name="Find").click()
    panel.get_by_role("button", name="Robin Hart").click()
    expect(panel.get_by_text("212 555 0177")).to_be_visible()
    panel.get_by_label("Visit type").select_option(str(visits[1].visit_type_id))
    panel.get_by_role("button", name="Show times").click()

    panel.get_by_role("button", name="Put them on the waitlist").click()
    panel.get_by_label("Mornings").check()
    panel.get_by_role("button", name="Put on the waitlist").click()

    expect(page.get_by_text("On the waitlist: number 1 for this type of visit.")).to_be_visible()
    expect(page.get_by_role("heading", name="Waitlist", exact=True)).to_be_visible()
    entry = WaitlistEntry.objects.get()
    assert (entry.patient, entry.part_of_day) == (visits[1].patient, "morning")
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_have_no_accessibility_faults(
    open_desk: Open, visits: list[Appointment], width: int, scheme: str
) -> None:
    visit = visits[2]
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=visit.start + timedelta(days=7),
        by=Actor.system(),
    )
    asked = f"patient={visit.patient_id}&visit_type={visit.visit_type_id}"
    page = open_desk("/admin/desk/waitlist/", width=width, color_scheme=scheme)
    faults = find_faults(page, "waitlist/")

    for path in ("waitlist/add/", f"waitlist/add/?{asked}", f"visit/{visit.pk}/earlier/"):
        page.goto(f"/admin/desk/{path}")
        faults += find_faults(page, path)
    page.goto(f"/admin/desk/waitlist/add/?visit_type={visit.visit_type_id}")
    page.get_by_role("button", name="New patient").click()
    page.get_by_role("button", name="Put on the waitlist").click()
    expect(page.get_by_text("Not on the list yet")).to_be_visible()
    faults += find_faults(page, "mistakes")

    assert faults == []
