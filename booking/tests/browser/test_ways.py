"""Other ways through the booking: for somebody else, on the waitlist, on paper."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from booking.models import Appointment, VisitType, WaitlistEntry
from booking.models.appointment import Status
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.tour import FIRST, answer_the_rest, fill_in_for_somebody_else
from booking.tests.browser.walk import ANSWERS, choose_slot, fill_in, press

TOKENS = ("given-name", "family-name", "bday-month", "bday-day", "bday-year", "tel", "email")


@pytest.mark.parametrize("has_script", [True, False])
def test_somebody_books_for_a_person_they_care_for(
    open_page: OpenPage, full_practice: VisitType, clock: Any, has_script: bool
) -> None:
    page = open_page(width=390, java_script_enabled=has_script)
    page.goto(f"/book/{FIRST}/")
    choose_slot(page, 0)

    fill_in_for_somebody_else(page)
    answer_the_rest(page)
    if not has_script:
        # The page that comes back with a mistake knows who is asked.
        page.fill("#id_phone", "555")
        press(page, "Continue")
        page.fill("#id_phone", ANSWERS["#id_phone"])
    tokens = [page.locator(f"[autocomplete={token}]").count() for token in TOKENS]
    press(page, "Continue")
    expect(page.get_by_role("main")).to_contain_text("Kim O'Brien")
    press(page, "Confirm appointment")

    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is booked")
    booked = Appointment.objects.get(status=Status.BOOKED)
    assert tokens == [0] * len(TOKENS)
    assert booked.related_person.name == "Kim O'Brien"
    assert booked.contact == booked.related_person
    assert (booked.patient.given_name, booked.patient.email) == ("Jordan", "")
    assert (booked.needs_interpreter, booked.interpreter_language) == (True, "Spanish")
    assert booked.intake_answers.count() == 2


@pytest.mark.parametrize("has_script", [True, False])
def test_none_of_these_times_work(
    open_page: OpenPage, full_practice: VisitType, clock: Any, has_script: bool
) -> None:
    page = open_page(width=390, java_script_enabled=has_script)
    page.goto(f"/book/{FIRST}/")

    press(page, "Join the waitlist")
    page.get_by_label("Friday").check()
    fill_in(page, ticks=("#id_who_0", "#id_consent"))
    press(page, "Join the waitlist")

    expect(page.get_by_role("heading", level=1)).to_have_text("You are on the waitlist")
    entry = WaitlistEntry.objects.get()
    assert (entry.weekdays, entry.patient.given_name) == ([4], "Jordan")


def test_earlier_wish_keeps_the_visit_until_another_is_chosen(
    open_page: OpenPage, full_practice: VisitType, clock: Any
) -> None:
    page = open_page(width=390, java_script_enabled=False)
    page.goto(f"/book/{FIRST}/")
    choose_slot(page, 0)
    fill_in(page)
    answer_the_rest(page)
    press(page, "Continue")
    press(page, "Confirm appointment")
    start = Appointment.objects.get().start

    press(page, "Tell me if an earlier time opens")
    press(page, "Put me on the waitlist")
    waiting = WaitlistEntry.objects.waiting().count()
    press(page, "Leave the waitlist")

    expect(page.get_by_role("link", name="Tell me if an earlier time opens")).to_be_visible()
    assert Appointment.objects.get().start == start
    assert (waiting, WaitlistEntry.objects.waiting().count()) == (1, 0)


def test_booked_visit_prints_on_one_page(open_page: OpenPage, full_practice: VisitType, clock: Any) -> None:
    full_practice.preparation = "Bring your photo ID and a list of your medicines.\n" * 5
    full_practice.save()
    page = open_page(width=390)
    page.goto(f"/book/{FIRST}/")
    choose_slot(page, 0)
    fill_in_for_somebody_else(page)
    answer_the_rest(page)
    press(page, "Continue")
    press(page, "Confirm appointment")

    printed = page.pdf(format="Letter", print_background=False)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
