"""The held time in a real browser: the question before its end, and what its loss costs."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from booking.models import Appointment
from booking.models.appointment import Status
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.tour import take_the_time
from booking.tests.browser.walk import ANSWERS, choose_slot, fill_in, press

# Two minutes before the end of a hold of 20, and a little.
ALMOST_OVER = timedelta(minutes=18, seconds=10)


def hold_a_time(page: Page) -> None:
    page.goto("/book/new-patient/")
    choose_slot(page, 0)


def wait_almost_to_the_end(page: Page, clock: Any) -> None:
    """Type a name, and let the time pass on the server and in the browser."""
    page.clock.install()
    hold_a_time(page)
    page.locator("#id_given_name").press_sequentially("Jordan")
    clock.shift(ALMOST_OVER)
    page.clock.fast_forward(ALMOST_OVER.seconds * 1000)


def test_dialog_before_the_end_takes_the_focus_and_gives_it_back(open_page: OpenPage, clock: Any) -> None:
    page = open_page(width=390)
    dialog = page.get_by_role("dialog", name="Do you need more time?")

    wait_almost_to_the_end(page, clock)
    expect(dialog).to_be_visible()
    is_inside = page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")

    assert is_inside
    expect(dialog).to_be_hidden()
    expect(page.locator("#id_given_name")).to_be_focused()
    expect(page.locator("#id_given_name")).to_have_value("Jordan")


def test_one_key_in_the_dialog_holds_the_time_longer_as_often_as_wanted(
    open_page: OpenPage, clock: Any
) -> None:
    page = open_page(width=390)
    dialog = page.get_by_role("dialog")

    wait_almost_to_the_end(page, clock)
    expect(dialog).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator(".hold")).to_contain_text("We hold it for you until 9:38 am.")
    clock.shift(ALMOST_OVER)
    page.clock.fast_forward(ALMOST_OVER.seconds * 1000)
    expect(dialog).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.locator(".hold")).to_contain_text("We hold it for you until 9:56 am.")
    expect(dialog).to_be_hidden()
    expect(page.locator("#id_given_name")).to_be_focused()
    expect(page.locator("#id_given_name")).to_have_value("Jordan")


def test_hold_it_longer_keeps_half_typed_answers_without_script(open_page: OpenPage, clock: Any) -> None:
    page = open_page(width=390, java_script_enabled=False)
    hold_a_time(page)
    page.fill("#id_given_name", "Jordan")
    page.fill("#id_phone", "212")
    clock.shift(timedelta(minutes=10))

    press(page, "Hold it for 20 more minutes")

    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")
    expect(page.locator(".hold")).to_contain_text("We hold it for you until 9:30 am.")
    expect(page.locator("#id_given_name")).to_have_value("Jordan")
    expect(page.locator("#id_phone")).to_have_value("212")


@pytest.mark.parametrize("has_script", [True, False])
def test_lost_hold_keeps_the_answers_and_offers_the_three_nearest_times(
    open_page: OpenPage, clock: Any, has_script: bool
) -> None:
    page = open_page(width=390, java_script_enabled=has_script)
    hold_a_time(page)
    lost = Appointment.objects.get().start
    fill_in(page)
    take_the_time(clock=clock)

    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Please choose another time")
    expect(page.locator("button.soon")).to_have_count(3)
    page.locator("button.soon").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check and confirm your visit")
    expect(page.get_by_role("main")).to_contain_text(ANSWERS["#id_phone"])
    press(page, "Confirm appointment")
    booked = Appointment.objects.get(status=Status.BOOKED)
    assert booked.patient.given_name == "Jordan"
    assert abs(booked.start - lost) <= timedelta(hours=1)


@pytest.mark.asked_once
def test_two_browsers_after_one_time_leave_one_with_the_nearest_times(
    open_page: OpenPage, clock: Any
) -> None:
    first, second = open_page(width=390), open_page(width=390)
    for page in (first, second):
        page.goto("/book/new-patient/?view=clinician")

    first.locator("button.slot").first.click()
    second.locator("button.slot").first.click()

    expect(first.get_by_role("heading", level=1)).to_have_text("Your details")
    expect(second.get_by_role("heading", level=1)).to_have_text("Please choose another time")
    expect(second.get_by_role("alert")).to_contain_text("Someone else has just taken that time.")
    expect(second.locator("button.soon")).to_have_count(3)
