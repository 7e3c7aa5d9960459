"""What a script adds while details are typed: the question before a hold ends, one send for a double tap."""

import re

import pytest
from playwright.sync_api import Page, expect

from booking.models import Appointment
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.walk import ANSWERS, fill_in, press


def open_details(open_page: OpenPage) -> Page:
    page = open_page(width=390)
    page.clock.install()
    page.goto("/book/new-patient/")
    page.locator("button.soon").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")
    # The scripts have run: a clock that is set forward before would not be noticed.
    page.wait_for_load_state()
    return page


def test_question_comes_before_the_hold_ends_and_one_press_extends_it(open_page: OpenPage) -> None:
    page = open_details(open_page)
    dialog = page.get_by_role("dialog", name="Do you need more time?")
    extend = dialog.get_by_role("button", name="Hold my time for 20 minutes")
    page.fill("#id_given_name", "Jordan")
    before = Appointment.objects.get().hold_expires_at

    page.clock.fast_forward("17:00")
    expect(dialog).to_be_hidden()
    page.clock.fast_forward("01:30")
    expect(dialog).to_be_visible()
    expect(extend).to_be_focused()
    expect(dialog).to_contain_text("We hold your time for about 2 more minutes.")
    extend.click()

    expect(dialog).to_be_hidden()
    expect(page.locator("#id_given_name")).to_be_focused()
    expect(page.locator("#id_given_name")).to_have_value("Jordan")
    after = Appointment.objects.get().hold_expires_at
    assert before is not None
    assert after is not None
    assert after > before


def test_question_can_be_put_away_and_comes_again_after_the_next_minutes(open_page: OpenPage) -> None:
    page = open_details(open_page)
    dialog = page.get_by_role("dialog")
    page.fill("#id_phone", "212")

    page.clock.fast_forward("18:30")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#id_phone")).to_be_focused()
    page.get_by_role("button", name="Hold it for 20 more minutes").click()
    page.wait_for_load_state("networkidle")
    page.clock.fast_forward("18:30")

    expect(dialog).to_be_visible()


def test_tab_that_wakes_up_after_the_end_says_so_and_can_hold_again(open_page: OpenPage) -> None:
    page = open_details(open_page)
    dialog = page.get_by_role("dialog")

    page.clock.fast_forward("03:00:00")
    expect(dialog).to_contain_text("We no longer hold your time")
    dialog.get_by_role("button", name="Hold my time").click()

    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/book/details/$"))


def test_tab_whose_time_was_given_up_for_another_is_told(open_page: OpenPage) -> None:
    page = open_details(open_page)
    page.fill("#id_given_name", "Jordan")
    other = page.context.new_page()
    other.goto("/book/new-patient/?view=clinician")
    other.locator("button.slot").last.click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Your details")

    page.get_by_role("button", name="Hold it for 20 more minutes").click()

    expect(page.get_by_role("alert")).to_contain_text("You chose another time since")
    expect(page.locator("#id_given_name")).to_have_value("Jordan")


@pytest.mark.asked_once
def test_double_tap_sends_once(open_page: OpenPage) -> None:
    page = open_details(open_page)
    fill_in(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)

    page.locator(".btn-primary", has_text="Continue").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check and confirm your visit")
    assert len(sent) == 1


def test_part_for_somebody_else_shows_when_it_is_chosen(open_page: OpenPage) -> None:
    page = open_details(open_page)
    name = page.get_by_label("Your name")
    expect(name).to_be_hidden()
    expect(page.locator("#id_website")).to_be_hidden()

    page.get_by_label("Someone I care for").check()

    expect(name).to_be_visible()
    expect(page.locator("#id_given_name")).to_have_attribute("autocomplete", "off")
    expect(page.locator("#id_birth_date_0")).to_have_attribute("autocomplete", "off")
    expect(name).to_have_attribute("autocomplete", "name")


def test_back_after_a_refused_form_shows_the_answers(open_page: OpenPage) -> None:
    page = open_details(open_page)
    press(page, "Continue")
    fill_in(page)
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and confirm your visit")

    page.go_back()

    for field, answer in ANSWERS.items():
        expect(page.locator(field)).to_have_value(answer)
