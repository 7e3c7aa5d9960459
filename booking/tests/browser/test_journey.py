"""A visit booked, moved, cancelled and found in a real browser: with script, without, by keyboard alone."""

import re
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Locator, Page, expect

from booking.models import Appointment, VisitType
from booking.models.appointment import Status
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.walk import ANSWERS, TICKS, choose_slot, fill_in, follow, press
from education.models import Article
from outbox.deliver import sweep


@pytest.fixture
def article(visit_type: VisitType) -> Article:
    return Article.objects.create(
        slug="cramps",
        title="Cramps",
        summary="In short.",
        body="## What a cramp is\n\nA muscle is tight.",
        visit_type=visit_type,
        status="published",
    )


def see_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def read_mail(mailbox: list[EmailMultiAlternatives], subject: str) -> str:
    """Let the worker's sweep send what waits. Returns the text of the newest mail."""
    sweep()
    assert subject in mailbox[-1].subject
    return str(mailbox[-1].body)


def open_mailed_link(page: Page, text: str) -> None:
    # The mail names the public address; here the site answers at another one.
    page.goto(re.findall(r"/visits/[\w-]+/", text)[0])


@pytest.mark.asked_once
@pytest.mark.parametrize("has_script", [True, False])
def test_from_the_home_page_to_the_mail_and_back_to_cancel(
    open_page: OpenPage,
    article: Article,
    clock: Any,
    mailoutbox: list[EmailMultiAlternatives],
    has_script: bool,
) -> None:
    page = open_page(width=390, java_script_enabled=has_script)

    page.goto("/")
    press(page, "Cramps")
    press(page, "See times")
    choose_slot(page, 0)
    fill_in(page)
    press(page, "Continue")
    page.check("#id_urgency_acknowledged")
    press(page, "Confirm appointment")
    see_heading(page, "Your appointment is booked")
    booked = Appointment.objects.get(status=Status.BOOKED)

    open_mailed_link(page, read_mail(mailoutbox, "Your appointment at Alder Street on"))
    press(page, "move")
    choose_slot(page, 3)
    press(page, "Move my visit")
    see_heading(page, "Your appointment has moved")

    open_mailed_link(page, read_mail(mailoutbox, "has moved to"))
    press(page, "cancel")
    press(page, "Cancel this visit")
    see_heading(page, "This visit is cancelled")

    assert "is cancelled" in read_mail(mailoutbox, "cancelled")
    cancelled = Appointment.objects.get()
    assert (cancelled.status, cancelled.version) == (Status.CANCELLED, 2)
    assert cancelled.start != booked.start
    assert booked.urgency_acknowledged_at is not None
    assert [mail.to for mail in mailoutbox] == [[ANSWERS["#id_email"]]] * 3


@pytest.mark.asked_once
@pytest.mark.parametrize("has_script", [True, False])
def test_browser_back_restores_the_answers_and_never_books_twice(
    open_page: OpenPage, clock: Any, has_script: bool
) -> None:
    page = open_page(width=390, java_script_enabled=has_script)
    page.goto("/book/new-patient/")
    choose_slot(page, 0)
    fill_in(page)
    press(page, "Continue")

    page.go_back()
    for field, answer in ANSWERS.items():
        expect(page.locator(field)).to_have_value(answer)
    page.go_forward()
    page.get_by_role("button", name="Confirm appointment").dblclick()
    see_heading(page, "Your appointment is booked")
    page.go_back()
    see_heading(page, "This visit is booked")

    assert Appointment.objects.count() == 1


def test_second_tab_with_another_time_is_told_in_the_first(open_page: OpenPage, clock: Any) -> None:
    first = open_page(width=390)
    second = first.context.new_page()
    for tab, number in ((first, 0), (second, 3)):
        tab.goto("/book/new-patient/")
        choose_slot(tab, number)
    fill_in(first)

    press(first, "Continue")
    expect(first.get_by_role("alert")).to_contain_text("You chose another time since")
    expect(first.locator("#id_given_name")).to_have_value(ANSWERS["#id_given_name"])
    press(first, "Continue")
    press(first, "Confirm appointment")

    held = second.locator(".hold strong").inner_text()
    see_heading(first, "Your appointment is booked")
    booked = Appointment.objects.get(status=Status.BOOKED)
    assert f"{booked.local_start:%-I:%M}" in held
    assert Appointment.objects.filter(status=Status.PENDING).count() == 0


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached by Tab")


def enter(page: Page, target: Locator) -> None:
    tab_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=name)


def test_whole_journey_works_by_keyboard_alone(open_page: OpenPage, clock: Any) -> None:
    page = open_page(width=1280)
    page.goto("/book/")
    tab_to(page, page.get_by_label("First visit"))
    # A group of radios is one stop of Tab; arrows choose in it.
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("I am not sure")).to_be_checked()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("First visit")).to_be_checked()
    page.keyboard.press("Enter")
    enter(page, page.locator("a.day").nth(4))
    enter(page, page.locator("button.slot").first)
    for field in (TICKS[0], *ANSWERS, *TICKS[1:]):
        tab_to(page, page.locator(field))
        if field in TICKS:
            page.keyboard.press("Space")
            expect(page.locator(field)).to_be_checked()
        else:
            page.keyboard.type(ANSWERS[field])

    # Enter in a field goes on: it must not press "hold it longer", which stands above.
    page.locator("#id_email").focus()
    page.keyboard.press("Enter")
    see_heading(page, "Check and confirm your visit")
    enter(page, button(page, "Confirm appointment"))
    see_heading(page, "Your appointment is booked")
    enter(page, link(page, "move"))
    enter(page, page.locator("a.day").nth(5))
    enter(page, page.locator("button.slot").first)
    enter(page, button(page, "Move my visit"))
    see_heading(page, "Your appointment has moved")
    enter(page, link(page, "cancel"))
    enter(page, button(page, "Cancel this visit"))

    see_heading(page, "This visit is cancelled")


def test_find_my_visit_opens_it_for_whoever_has_lost_the_link(
    open_page: OpenPage, visit: Appointment
) -> None:
    page = open_page(width=390, java_script_enabled=False)
    page.goto("/")
    follow(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="My appointment"))

    # As somebody reads it off a slip of paper.
    page.fill("#id_reference", visit.reference.lower())
    for field, answer in zip(("month", "day", "year"), ("9", "28", "1975"), strict=True):
        page.get_by_label(field.title()).fill(answer)
    press(page, "Find my appointment")

    see_heading(page, "Your appointment")
    expect(page.get_by_role("main")).to_contain_text(visit.display_reference)
