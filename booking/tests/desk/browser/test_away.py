"""A clinician who is away, and a freed time: the desk in one browser, the patient in another."""

import re
from datetime import date

from django.core import mail
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from booking import actions, links, offering
from booking.actions import Actor
from booking.availability import SlotChoice
from booking.models import Appointment, WaitlistEntry
from booking.tests import practice
from booking.tests.desk.browser.conftest import Open, find_faults
from booking.tests.practice import TUESDAY
from outbox.deliver import deliver
from outbox.models import OutboxMessage

PHONE = {"width": 390, "height": 844}


def open_as_patient(browser: Browser, live_server: LiveServer, path: str) -> Page:
    context = browser.new_context(base_url=live_server.url, viewport=PHONE, java_script_enabled=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(path)
    return page


def read_link(visit: Appointment) -> str:
    """Return the path of the link in the mail that asks for another time."""
    message = OutboxMessage.objects.get(kind="booking.away", subject_id=visit.pk)
    deliver(message.pk)
    [link] = re.findall(r"https?://[^/\s]+(/visits/\S+)", str(mail.outbox[-1].body))
    return link


def test_plan_outlives_the_browser_and_the_patient_takes_the_time(
    open_desk: Open, visits: list[Appointment], browser: Browser, live_server: LiveServer
) -> None:
    visit = visits[2]
    page = open_desk(f"/admin/desk/away/?day={TUESDAY}&practitioner={visit.practitioner_id}")
    faults = find_faults(page, "away")
    page.get_by_role("button", name="Block the time and plan").click()
    expect(page.get_by_text("Not sent: nobody has been told.")).to_be_visible()
    faults += find_faults(page, "plan")
    page.context.close()

    page = open_desk()
    page.get_by_role("link", name="Dr. Fischer away: the plan is not sent").click()
    page.get_by_role("link", name="Change Maria Alvarez").click()
    # Before that the page is half there, and has no heading yet.
    page.get_by_role("heading", name="Later with Dr. Lena Fischer").wait_for()
    faults += find_faults(page, "change")
    page.locator("button[name=slot]").nth(2).click()
    page.get_by_role("button", name="Send: 2 patients get an email").click()
    expect(page.get_by_text("Sent: 2 patients are told.")).to_be_visible()
    faults += find_faults(page, "sent")

    patient = open_as_patient(browser, live_server, read_link(visit))
    faults += find_faults(patient, "patient")
    patient.get_by_role("button", name="Take this time").click()
    expect(patient.get_by_role("heading", name="Your appointment has moved")).to_be_visible()
    patient.context.close()
    page.reload()

    visit.refresh_from_db()
    assert visit.version == 1
    assert visit.local_start.date() > TUESDAY
    expect(page.get_by_text("Took the time that was proposed")).to_be_visible()
    assert faults == []


def test_offered_time_that_staff_want_too_goes_to_one_and_the_other_is_told(
    open_desk: Open, visits: list[Appointment], browser: Browser, live_server: LiveServer
) -> None:
    freed, caller = visits[2], practice.make_patient(given_name="Kim", family_name="Lee")
    waits = practice.make_patient(given_name="Alex", family_name="Moore")
    entry = WaitlistEntry.objects.create(
        patient=waits, visit_type=freed.visit_type, until=date(2026, 12, 18), notice=60, at_any_hour=True
    )
    actions.cancel(appointment=freed, reason="patient", by=Actor.patient())
    slot = SlotChoice(practitioner=freed.practitioner, location=freed.location, start=freed.start)
    page = open_desk(
        f"/admin/desk/book/?patient={caller.pk}&slot={slot.key}&visit_type={freed.visit_type_id}"
    )
    page.get_by_label("Visit type").select_option(str(freed.visit_type_id))
    offering.offer_freed_times()
    patient = open_as_patient(browser, live_server, f"/visits/{links.issue_wish(entry)}/waitlist/")
    expect(patient.get_by_role("heading", name="Does this time suit you?")).to_be_visible()

    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_text("Not booked yet")).to_be_visible()
    expect(
        page.get_by_text("The clinician or the patient already has a visit at that time.").first
    ).to_be_visible()
    patient.get_by_role("button", name="Take this time").click()
    expect(patient.get_by_text("Booking reference").first).to_be_visible()
    patient.context.close()

    taken = Appointment.objects.filter(start=freed.start, status="booked", practitioner=freed.practitioner)
    assert [visit.patient for visit in taken] == [waits]
