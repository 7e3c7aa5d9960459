"""One patient's way through every page, for tests that look at each of them."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

Look = Callable[[str], None]

ANSWERS = {
    "#id_given_name": "Jordan",
    "#id_family_name": "O'Brien",
    "#id_birth_date_0": "Sept",
    "#id_birth_date_1": "28",
    "#id_birth_date_2": "1975",
    "#id_phone": "212 555 0177",
    "#id_email": "jordan@example.org",
}


def press(page: Page, name: str) -> None:
    """Press a button or follow a link of the page's main part by its name."""
    main = page.get_by_role("main")
    follow(page, main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first)


def follow(page: Page, target: Locator) -> None:
    """Click, and wait for the next page: a look taken in between finds no document at all."""
    with page.expect_navigation():
        target.click()


def choose_slot(page: Page, number: int) -> None:
    """Open the fifth open day, far from any cut-off, and choose one of its times."""
    follow(page, page.locator("a.day").nth(4))
    follow(page, page.locator("button.slot").nth(number))


TICKS = ["#id_who_0", "#id_coverage_0", "#id_consent"]


def fill_in(page: Page) -> None:
    for field, answer in ANSWERS.items():
        page.fill(field, answer)
    for box in TICKS:
        page.check(box)


def walk_booking(page: Page, look: Look) -> None:
    """From the visit type to the booked visit."""
    page.goto("/book/")
    look("visit type")
    press(page, "Continue")
    look("visit type, nothing chosen")
    page.get_by_label("First visit").check()
    press(page, "Continue")
    look("times by day")
    press(page, "By clinician")
    look("times by clinician")
    page.goto("/book/new-patient/?day=garbage&practitioner=nobody")
    look("times, garbage asked")
    choose_slot(page, 0)
    look("details")
    press(page, "Continue")
    look("details with errors")
    fill_in(page)
    press(page, "Continue")
    look("check")
    press(page, "Confirm appointment")
    look("booked")


def walk_changes(page: Page, look: Look) -> None:
    """From the booked visit, where walk_booking() ends, to the cancelled one."""
    old_address = page.url
    page.goto("/book/check/")
    look("already booked")
    page.goto(old_address)
    press(page, "move")
    look("move")
    choose_slot(page, 3)
    look("move, asked back")
    press(page, "Move my visit")
    look("moved")
    reference = page.locator(".ref").inner_text()
    address = page.url
    page.goto(old_address)
    look("old link")
    page.goto(f"{address}move/?slot=garbage")
    look("move refused")
    page.context.clear_cookies()
    page.goto("/book/details/")
    look("no time chosen")
    page.goto("/visits/find/")
    look("find")
    press(page, "Find my appointment")
    look("find with errors")
    page.fill("#id_reference", reference)
    for field in ("#id_birth_date_0", "#id_birth_date_1", "#id_birth_date_2"):
        page.fill(field, ANSWERS[field])
    press(page, "Find my appointment")
    look("visit")
    press(page, "Cancel this visit")
    look("cancel")
    press(page, "Cancel this visit")
    look("cancelled")
