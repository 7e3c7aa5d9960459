"""Every page of the desk at two widths and in two schemes; the list on paper."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from booking import actions
from booking.actions import Actor
from booking.models import Appointment
from booking.tests import practice
from booking.tests.desk.browser.conftest import Open, find_faults
from booking.tests.practice import TUESDAY, at


def add_clinicians(visit: Appointment, count: int) -> None:
    for _ in range(count):
        practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_week_and_why_have_no_accessibility_faults(
    open_desk: Open, visits: list[Appointment], width: int, scheme: str
) -> None:
    practice.close_practice(TUESDAY + timedelta(days=1), name="Thanksgiving")
    asked = f"clinician={visits[0].practitioner_id}&visit_type={visits[0].visit_type_id}&day=2026-11-2"
    page = open_desk("/admin/desk/week/", width=width, color_scheme=scheme)
    faults = []

    for path in ("week/", "week/?week=2026-11-17", f"why/?{asked}4", f"why/?{asked}5", "why/?clinician="):
        page.goto(f"/admin/desk/{path}")
        faults += find_faults(page, path)

    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_have_no_accessibility_faults(
    open_desk: Open, visits: list[Appointment], width: int, scheme: str
) -> None:
    for visit, step in zip(visits, (actions.arrive, actions.mark_noshow), strict=False):
        step(appointment=visit, by=Actor.system())
    page = open_desk(width=width, color_scheme=scheme)
    page.locator(f"#visit-{visits[0].pk}").click()
    expect(page.get_by_role("heading", name="Jordan Ellis")).to_be_visible()
    faults = []

    paths = [f"visit/{visits[0].pk}/", "print/", "find/", "?by=room", "book/"]
    paths += [f"visit/{visits[2].pk}/{page}/" for page in ("move", "cancel", "confirmation")]
    slot = f"{at('11:00'):%Y-%m-%dT%H:%MZ}/{visits[2].practitioner.slug}/{visits[2].location.slug}"
    paths += [f"visit/{visits[2].pk}/move/?slot={slot}", f"book/?slot={slot}&patient={visits[2].patient_id}"]
    for path in ["", *paths]:
        if path:
            page.goto(f"/admin/desk/{path}")
        faults += find_faults(page, path)

    assert faults == []


@pytest.mark.parametrize("width", [1280, 1366])
def test_board_of_five_clinicians_fits_a_common_screen(
    open_desk: Open, visits: list[Appointment], width: int
) -> None:
    add_clinicians(visits[0], 3)

    page = open_desk(width=width, height=768)

    board = page.locator("#desk-board")
    assert board.locator("thead th").count() == 6
    assert board.evaluate("board => board.scrollWidth - board.clientWidth") == 0
    # Three hours of rows, in the half of the page that is seen first.
    expect(board.get_by_role("rowheader").nth(8)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [390, 1280])
def test_board_of_many_clinicians_scrolls_and_the_page_does_not(
    open_desk: Open, visits: list[Appointment], width: int
) -> None:
    add_clinicians(visits[0], 10)

    page = open_desk(width=width)

    assert page.locator("#desk-board").evaluate("board => board.scrollWidth > board.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_list_on_paper_is_black_on_white_with_a_page_for_each_clinician(open_desk: Open, scheme: str) -> None:
    page = open_desk("/admin/desk/print/", color_scheme=scheme)

    paper = page.pdf()

    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 2
    page.emulate_media(media="print")
    cell = page.locator(".desk-sheet td b").first
    colors = cell.evaluate("cell => [getComputedStyle(cell).color, getComputedStyle(cell).backgroundColor]")
    assert colors == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    for hidden in ("#header", ".breadcrumbs", ".desk-screen"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.get_by_text("Interpreter: Spanish")).to_be_visible()


FIND_EDGELESS = """() => [...document.querySelectorAll(
        ".button, input[type=submit], input[type=button], #content button, a.visit"
    )]
    .filter(element => element.checkVisibility() && !element.matches(".visually-hidden"))
    .filter(element => getComputedStyle(element).borderTopStyle === "none")
    .map(element => element.outerHTML.slice(0, 120))"""


def test_buttons_and_visits_keep_an_edge_in_a_contrast_theme(
    open_desk: Open, visits: list[Appointment]
) -> None:
    page = open_desk(forced_colors="active")
    edgeless = []

    for path in (
        "",
        "find/",
        "week/",
        f"visit/{visits[0].pk}/",
        "book/",
        "time/block/",
        "away/",
        "waitlist/",
    ):
        page.goto(f"/admin/desk/{path}")
        edgeless += page.evaluate(FIND_EDGELESS)

    assert edgeless == []
