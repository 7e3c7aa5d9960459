"""Mistakes in the details form: each has its line in the summary, which leads to its field."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from booking.models import VisitType
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.tour import FIRST
from booking.tests.browser.walk import choose_slot, press

LIST_FIELDS = """() => [...new Set([...document.querySelectorAll("#details [name]")]
    .filter(element => !["hidden", "submit"].includes(element.type) && !element.closest(".leave-empty"))
    .map(element => element.name.replace(/^(birth_date)_.*/, "$1")))]"""

# Browsers would not let anybody do so; the form must stand it all the same.
SPOIL = """chosen => document.querySelectorAll("#details [name]").forEach(element => {
    if (element.type === "hidden" || element.closest(".leave-empty")) return;
    if (["radio", "checkbox"].includes(element.type)) {
        if (chosen.includes(element.name)) { element.value = "garbage"; element.checked = true; }
    } else if (element.type !== "submit") element.value = "x".repeat(400);
})"""

# For a link of the summary: which field it leads to, and whether the field says the same in its place.
FOLLOW = """link => {
    link.click();
    const input = document.activeElement;
    const question = input.closest(".question--error");
    const said = question ? [...question.querySelectorAll(".invalid-feedback p")] : [];
    return {
        leads: "#" + input.id === link.getAttribute("href"),
        invalid: input.getAttribute("aria-invalid") === "true" || question?.tagName === "FIELDSET",
        says: said.some(line => line.innerText.endsWith(link.innerText.trim())),
        name: (input.name || "").replace(/^(birth_date)_.*/, "$1"),
    };
}"""


def read_summary(page: Page) -> set[str]:
    """Follow each link of the summary. Returns the names of the fields they lead to."""
    expect(page.locator(".error-summary")).to_be_focused()
    names = set()
    for link in page.locator(".error-summary a").all():
        found = link.evaluate(FOLLOW)
        assert found == {"leads": True, "invalid": True, "says": True, "name": found["name"]}, (
            link.inner_text(),
            found,
        )
        names.add(found["name"])
    return names


def test_every_field_has_its_line_in_the_summary_and_the_same_words(
    open_page: OpenPage, full_practice: VisitType, clock: Any
) -> None:
    page = open_page(width=390)
    page.goto(f"/book/{FIRST}/")
    choose_slot(page, 0)
    page.check("#id_who_1")
    page.check("#id_needs_0")
    fields = set(page.evaluate(LIST_FIELDS))
    asked = {name for name in fields if name.startswith("intake_")}

    page.uncheck("#id_consent")
    press(page, "Continue")
    wrong = read_summary(page)
    for spoiled in (["relationship", "whose_contact", "referral", "coverage", *asked], ["who", "needs"]):
        page.evaluate(SPOIL, spoiled)
        press(page, "Continue")
        wrong |= read_summary(page)

    assert len(asked) == 3
    assert wrong == fields


@pytest.mark.parametrize("has_script", [True, False])
def test_mistakes_stand_as_they_were_typed_until_mended(
    open_page: OpenPage, clock: Any, has_script: bool
) -> None:
    page = open_page(width=390, java_script_enabled=has_script)
    page.goto(f"/book/{FIRST}/")
    choose_slot(page, 0)
    page.fill("#id_phone", "555")
    page.fill("#id_birth_date_0", "Sept")

    press(page, "Continue")

    expect(page.locator("#id_phone")).to_have_value("555")
    expect(page.locator("#id_birth_date_0")).to_have_value("Sept")
    expect(page).to_have_title("Error: Your details. Step 3 of 4 – Alder Street Neurology (demo)")
