"""What holds on every page a patient meets, looked at where a walk stops.

One stop is looked at in each width and in each color without loading it again, so that what was typed,
opened or refused stands there each time.
"""

from collections import defaultdict

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request

NARROW = 320
PHONE, DESK = 390, 1280
HEIGHT = 844

RUN_AXE = """async () => (await axe.run({resultTypes: ["violations"]})).violations
    .map(found => `${found.id}: ${found.nodes.map(node => node.target).join(" and ")}`)"""

# Links inside a sentence are exempt, as in WCAG 2.5.8. Of a radio or checkbox the row counts that its label
# fills; links of the problem summary stand in a list of text, and follow its lines.
FIND_SMALL = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter(element => element.checkVisibility({visibilityProperty: true}) && element.type !== "hidden")
    .filter(element => !element.closest(".visually-hidden, .skip, .leave-empty"))
    .filter(element => !(getComputedStyle(element).display === "inline"
        && element.parentElement.innerText.trim() !== element.innerText.trim()))
    .map(element => element.closest(".form-check") || element)
    .filter(element => {
        const box = element.getBoundingClientRect();
        const inMain = element.closest("main") && !element.closest(".error-summary");
        const least = inMain && BOOKS ? 44 : 24;
        return box.height < least || box.width < least;
    })
    .map(element => element.outerHTML.slice(0, 120))"""

# The keyboard was the last to move the focus, so the browser shows where it is.
FIND_UNSEEN_FOCUS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter(element => element.checkVisibility({visibilityProperty: true}) && element.tabIndex >= 0)
    .filter(element => element.type !== "hidden" && !element.disabled && !element.closest(".leave-empty"))
    .filter(element => {
        element.focus();
        if (document.activeElement !== element) return false;
        // A radio shows it on the row, which its label fills.
        const row = element.matches(".form-check-input") && element.nextElementSibling;
        return ![[element], ...(row ? [[row, "::after"]] : [])].some(part => {
            const style = getComputedStyle(...part);
            return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 3;
        });
    })
    .map(element => element.outerHTML.slice(0, 120))"""


class Inspector:
    """Looks at a page wherever it is called, and keeps what was wrong by the name of the stop."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, list[str]] = defaultdict(list)
        self.stops: list[str] = []
        self.stop = "before the first stop"
        page.on("request", self.check_host)
        # A refused style or script of ours is told here by the browser, and so is an error in a script.
        page.on("console", self.check_console)
        page.on("pageerror", lambda error: self.note(f"script failed: {error}"))

    def note(self, problem: str) -> None:
        self.found[self.stop].append(problem)

    def check_host(self, request: Request) -> None:
        if not request.url.startswith(("http://localhost:", "http://127.0.0.1:", "data:")):
            self.note(f"asks another host: {request.url}")

    def check_console(self, message: ConsoleMessage) -> None:
        # Refusals come as 4xx, and the browser tells those too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.note(message.text)

    def __call__(self, stop: str) -> None:
        self.stop = stop
        self.stops.append(stop)
        self.look_at_words()
        for width in (PHONE, DESK):
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                self.look_with_axe(f"{width} px, {scheme}")
            self.look_at_targets(width)
        self.look_for_focus()
        self.page.set_viewport_size({"width": NARROW, "height": HEIGHT})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > NARROW:
            self.note(f"scrolls sideways: {wide} px wide at {NARROW}")
        self.look_at_large_text()
        self.page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        self.page.emulate_media(color_scheme="light")

    def look_at_large_text(self) -> None:
        """Text at twice its size, as a phone can be set to, asks for no scrolling sideways."""
        self.page.set_viewport_size({"width": PHONE, "height": HEIGHT})
        self.page.evaluate("document.documentElement.style.fontSize = '200%'")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > PHONE:
            self.note(f"scrolls sideways with large text: {wide} px wide at {PHONE}")
        self.page.evaluate("document.documentElement.style.fontSize = ''")

    def look_at_words(self) -> None:
        headings = self.page.get_by_role("heading", level=1).all_inner_texts()
        if len(headings) != 1 or not headings[0].strip():
            self.note(f"first headings: {headings}")
        steps = self.page.locator(".steps__text")
        if steps.count() and steps.inner_text() not in self.page.title():
            self.note(f"the title does not say {steps.inner_text()}: {self.page.title()}")
        if self.page.locator(".error-summary").count() and not self.page.title().startswith("Error:"):
            self.note(f"the title does not begin with Error: {self.page.title()}")

    def look_with_axe(self, how: str) -> None:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        for violation in self.page.evaluate(RUN_AXE):
            self.note(f"{how}: {violation}")

    def look_at_targets(self, width: int) -> None:
        books = "/book/" in self.page.url or "/visits/" in self.page.url
        for target in self.page.evaluate(FIND_SMALL.replace("BOOKS", str(books).lower())):
            self.note(f"small target at {width} px: {target}")

    def look_for_focus(self) -> None:
        self.page.keyboard.press("Tab")
        for element in self.page.evaluate(FIND_UNSEEN_FOCUS):
            self.note(f"focus not seen: {element}")
