"""Every page a patient can meet, in each of its states: three walks, for tests that look at each stop."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page

from booking import actions, links, offering
from booking.models import Appointment, WaitlistEntry
from booking.models.appointment import Status
from booking.tests.browser.walk import ANSWERS, choose_slot, follow, press

Look = Callable[[str], None]

FIRST, VIDEO, NOBODY = "new-patient", "video-follow-up", "nobody"


def open_at(page: Page, look: Look, address: str, stop: str) -> None:
    page.goto(address)
    look(stop)


def fill_in_for_somebody_else(page: Page) -> None:
    page.check("#id_who_1")
    page.fill("#id_related_name", "Kim O'Brien")
    page.check("#id_relationship_0")
    page.check("#id_whose_contact_0")
    for field, answer in ANSWERS.items():
        page.fill(field, answer)


def answer_the_rest(page: Page) -> None:
    """Answer what a first visit asks beside the person: its help, its questions, payment, consent."""
    page.check("#id_needs_0")
    page.fill("#id_interpreter_language", "Spanish")
    page.check("#id_referral_1")
    for group in page.get_by_role("main").get_by_role("group", name="at night").all():
        group.get_by_role("radio").first.check()
    page.check("#id_coverage_0")
    page.check("#id_consent")


def tour_choosing(page: Page, look: Look) -> None:
    """Everything before a time is chosen, and the pages beside the booking."""
    for address, stop in [
        ("/", "home"),
        ("/privacy/", "privacy"),
        ("/learn/", "articles"),
        ("/learn/cramps/", "article"),
        ("/es/learn/cramps/", "article in Spanish"),
        ("/learn/which/", "questions before a visit"),
        ("/nowhere/", "unknown address"),
    ]:
        open_at(page, look, address, stop)
    open_at(page, look, "/book/", "seen before")
    press(page, "No")
    look("visit type")
    press(page, "Continue")
    look("visit type, nothing chosen")
    page.get_by_label("I am not sure").check()
    press(page, "Continue")
    look("not sure")
    press(page, "Something else")
    look("not sure, suggestion")
    open_at(page, look, "/book/help-me-choose/?seen=yes&need=spasms", "not sure, where")
    open_at(page, look, f"/book/{FIRST}/", "times by day")
    open_at(page, look, f"/book/{FIRST}/?view=clinician", "times by clinician")
    open_at(page, look, f"/book/{FIRST}/?day=garbage&practitioner=nobody&location=x", "times, garbage asked")
    open_at(page, look, f"/book/{VIDEO}/?same=lena-fischer", "video times with the same clinician")
    open_at(page, look, f"/book/{NOBODY}/", "no times")
    open_at(page, look, f"/book/{NOBODY}/waitlist/", "no waitlist")


def tour_waitlist(page: Page, look: Look) -> None:
    open_at(page, look, f"/book/{FIRST}/waitlist/", "waitlist")
    press(page, "Join the waitlist")
    look("waitlist with errors")
    fill_in_for_somebody_else(page)
    page.check("#id_consent")
    press(page, "Join the waitlist")
    look("waitlist joined")
    entry = WaitlistEntry.objects.with_parts().latest("pk")
    address = reverse("visits:wish", args=[links.issue_wish(entry)])
    open_at(page, look, address, "wish")
    slot = offering.find_openings(entry)[0]
    actions.offer_time(
        entry=entry,
        practitioner=slot.practitioner,
        location=slot.location,
        start=slot.start,
        by=actions.Actor.system(),
    )
    open_at(page, look, address, "wish with an offer")
    press(page, "Not this time")
    press(page, "Change what would help")
    look("wish to change")
    page.goto(address)
    press(page, "Leave the waitlist")
    look("wish, left")


def tour_booking(page: Page, look: Look, *, clock: Any) -> str:
    """From a time to the booked visit, by way of what goes wrong there. Returns the visit's address."""
    open_at(page, look, "/book/details/", "no time chosen")
    page.goto(f"/book/{FIRST}/")
    choose_slot(page, 0)
    look("details")
    page.evaluate("document.querySelector('dialog').showModal()")
    look("details, asked for more time")
    page.keyboard.press("Escape")
    page.check("#id_who_1")
    press(page, "Continue")
    look("details with errors")
    fill_in_for_somebody_else(page)
    answer_the_rest(page)
    clock.shift(timedelta(minutes=25))
    page.goto("/book/details/")
    look("details, hold over")
    fill_in_for_somebody_else(page)
    answer_the_rest(page)
    press(page, "Continue")
    look("check")
    page.goto("/book/details/")
    look("details, typed before")
    page.goto("/book/check/")
    take_the_time(clock=clock)
    press(page, "Confirm appointment")
    look("time lost")
    follow(page, page.locator("button.soon").first)
    press(page, "Confirm appointment")
    look("booked")
    booked = page.url
    open_at(page, look, "/book/check/", "already booked")
    return booked


def take_the_time(*, clock: Any) -> None:
    """Let the hold run out, and somebody else hold the same time."""
    clock.shift(timedelta(minutes=25))
    held = Appointment.objects.get(status=Status.PENDING)
    actions.hold(
        visit_type=held.visit_type,
        practitioner=held.practitioner,
        location=held.location,
        start=held.start,
        holder="somebody else",
        holder_address="192.0.2.1",
        by=actions.Actor.patient(),
    )


def tour_visit(page: Page, look: Look, *, address: str, clock: Any) -> None:
    """The visit at `address`, in every state that it can have; the clock is moved past its end."""
    page.goto(address)
    reference = Appointment.objects.get(status=Status.BOOKED).display_reference
    press(page, "Tell me if an earlier time opens")
    look("earlier")
    press(page, "Put me on the waitlist")
    look("visit, waiting for an earlier time")
    press(page, "move")
    look("move")
    choose_slot(page, 1)
    look("move, asked back")
    press(page, "Move my visit")
    look("moved")
    moved = page.url
    open_at(page, look, address, "old link")
    open_at(page, look, f"{moved}move/?slot=garbage", "move refused")
    page.context.clear_cookies()
    open_at(page, look, "/visits/find/", "find")
    press(page, "Find my appointment")
    look("find with errors")
    page.fill("#id_reference", reference)
    for field in ("#id_birth_date_0", "#id_birth_date_1", "#id_birth_date_2"):
        page.fill(field, ANSWERS[field])
    press(page, "Find my appointment")
    look("visit found")
    found = page.url
    press(page, "I will come")
    look("visit, said they will come")
    visit = Appointment.objects.get(status=Status.BOOKED)
    open_at(page, look, reverse("visits:stop-reminders", args=[links.issue_stop(visit)]), "stop reminders")
    press(page, "Stop reminders")
    look("reminders are off")
    start = visit.start
    clock.move_to(start - timedelta(minutes=30))
    open_at(page, look, found, "visit, too late to change")
    open_at(page, look, f"{found}cancel/", "cancel, too late")
    clock.move_to(start + timedelta(hours=2))
    open_at(page, look, found, "visit, past")
    clock.move_to(start - timedelta(days=2))
    page.goto(found)
    press(page, "Cancel this visit")
    look("cancel")
    press(page, "Cancel this visit")
    look("cancelled")
    open_at(page, look, "/visits/find/sent/", "link sent")
    for _ in range(6):
        page.goto("/visits/find/")
        page.fill("#id_reference", "AAAAAA")
        for field in ("#id_birth_date_0", "#id_birth_date_1", "#id_birth_date_2"):
            page.fill(field, ANSWERS[field])
        press(page, "Find my appointment")
    look("too many tries")
