"""The steps of a booking as one patient takes them in a browser."""

from collections.abc import Sequence

from playwright.sync_api import Locator, Page

ANSWERS = {
    "#id_given_name": "Jordan",
    "#id_family_name": "O'Brien",
    "#id_birth_date_0": "Sept",
    "#id_birth_date_1": "28",
    "#id_birth_date_2": "1975",
    "#id_phone": "212 555 0177",
    "#id_email": "jordan@example.org",
}
TICKS = ("#id_who_0", "#id_coverage_0", "#id_consent")


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


def fill_in(page: Page, *, ticks: Sequence[str] = TICKS) -> None:
    """Give a patient's answers for themselves, with the radios and boxes that have to be ticked."""
    for field, answer in ANSWERS.items():
        page.fill(field, answer)
    for box in ticks:
        page.check(box)
