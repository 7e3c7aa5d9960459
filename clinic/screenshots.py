"""`make screenshots`: the pictures of the README, taken of the demo practice in a real browser.

The clinic is started as `make run` starts it, in a temporary folder. Its clock is set to one Tuesday morning
and the demo is always the same, so that a picture changes only where the product does (or the fonts of
the machine).
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, sync_playwright

from clinic.processes import find_free_port, start_child, stop_children
from clinic.run import ROOT, read_settings
from clinic.tests.chromium import FLAGS, find_chromium

FOLDER = ROOT / "docs" / "images"
ZONE = "America/New_York"
MORNING = datetime(2026, 11, 17, 11, 6, tzinfo=ZoneInfo(ZONE))
# Who has arrived by then has waited since.
DEMO_MADE = MORNING - timedelta(minutes=22, seconds=15)
START_SECONDS = 120
MAX_BYTES = 200_000

# Python runs it at the start of every process: nothing in the product needs to know of another clock.
SET_CLOCK = """
import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["SECONDS_AHEAD"]), tick=True).start()
"""


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """The address of a clinic with the demo practice, on that morning, until the block ends."""
    (folder / "data").mkdir()
    (folder / "clock").mkdir()
    (folder / "clock" / "sitecustomize.py").write_text(SET_CLOCK)
    port = find_free_port()
    env = {
        **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
        "DATA_DIR": str(folder / "data"),
        "PORT": str(port),
        "PYTHONPATH": str(folder / "clock"),
        "DEBUG": "true",
    }
    subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env={**env, "SECONDS_AHEAD": count_seconds_to(DEMO_MADE)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    clinic = start_child(
        [sys.executable, "-m", "clinic.run"],
        cwd=ROOT,
        env={**env, "SECONDS_AHEAD": count_seconds_to(MORNING)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_answer(clinic, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop_children(clinic, patience=30)


def count_seconds_to(moment: datetime) -> str:
    return str(moment.timestamp() - time.time())


def wait_for_answer(clinic: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and clinic.poll() is None:
        try:
            site = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            site.request("GET", "/health/live")
            site.getresponse()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("The clinic did not start: try `make run`.")


def open_page(browser: Browser, site: str, *, width: int, height: int) -> Page:
    context = browser.new_context(
        base_url=site,
        viewport={"width": width, "height": height},
        color_scheme="light",
        locale="en-US",
        timezone_id=ZONE,
    )
    return context.new_page()


def log_in(page: Page) -> None:
    from booking.demo import DEMO_STAFF_PASSWORD, DEMO_STAFF_USERNAME

    page.goto("/staff/login/?next=/admin/desk/")
    page.get_by_label("User name or email").fill(DEMO_STAFF_USERNAME)
    page.get_by_label("Password").fill(DEMO_STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin/desk/")


def take(page: Page, name: str) -> None:
    picture = page.screenshot(animations="disabled", caret="hide")
    if len(picture) > MAX_BYTES:
        sys.exit(f"{name} has {len(picture):,} bytes; {MAX_BYTES:,} are allowed. Show less of the page.")
    (FOLDER / name).write_bytes(picture)
    print(f"{FOLDER.relative_to(ROOT) / name}: {len(picture):,} bytes", flush=True)


def draw_booking(browser: Browser, site: str) -> None:
    """Choosing a time on a phone."""
    page = open_page(browser, site, width=390, height=844)
    page.goto("/book/new-patient/")
    take(page, "booking-390.png")


def draw_desk(browser: Browser, site: str) -> None:
    """The day in full use: somebody waits, and their visit is open; then the week."""
    # No higher: the reference of the visit, which comes by lot, would come into the picture.
    page = open_page(browser, site, width=1280, height=690)
    log_in(page)
    page.locator("#desk-board .visit--arrived").first.click()
    page.locator("#desk-panel .desk-who").wait_for()
    # Where the mouse and the focus were left says nothing.
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    take(page, "desk-1280.png")
    page.get_by_role("link", name="Week", exact=True).click()
    page.get_by_role("heading", name=re.compile("to Sunday")).wait_for()
    take(page, "desk-week-1280.png")


def draw_desk_on_a_phone(browser: Browser, site: str) -> None:
    page = open_page(browser, site, width=390, height=844)
    log_in(page)
    page.locator("#desk-board").scroll_into_view_if_needed()
    take(page, "desk-390.png")


def main() -> int:
    read_settings()
    chromium = find_chromium()
    if chromium is None:
        sys.exit("No pictures were taken: there is no Chromium.")
    with (
        tempfile.TemporaryDirectory(prefix="clinic-screenshots-") as folder,
        running_demo(Path(folder)) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for draw in (draw_booking, draw_desk, draw_desk_on_a_phone):
            draw(browser, site)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
