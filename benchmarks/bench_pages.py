"""What a page costs a phone that has never been here: bytes, requests, script, and when it can be read.

`python -m benchmarks.bench_pages` starts the demo practice as production serves it (gunicorn, DEBUG off,
collected and compressed files) in DATA_DIR, which must be empty, and opens pages in a real Chromium with an
empty cache. Bytes are those that crossed the wire, headers and icon included. LCP and CLS are taken as
Lighthouse's mobile runs have them: slow 4G, and a processor four times slower.

PEER_URL=https://… measures one more page, of whatever else books appointments, in the same way. (`bench_peer`
times how fast one on this machine answers.) Measured earlier, gzipped and cold: the booking page of
Easy!Appointments 510 kB in 34 requests, that of django-appointment 311 kB.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from clinic.processes import find_free_port, start_child, stop_children
from clinic.run import ROOT
from clinic.tests.chromium import FLAGS, find_chromium

ROUNDS = 3
MAX_BYTES = 40_000
MAX_REQUESTS = 6
MAX_SCRIPT_BYTES = 2_000
MAX_LCP = 2_000  # milliseconds
MAX_CLS = 0.05

# Lighthouse's slow 4G (150 ms, 1.6 Mbit/s down, 0.75 up) as its DevTools throttling applies it: Chromium
# delays whole requests, so the round trips of connecting are made up for by its factors 3.75 and 0.9.
SLOW_4G = {
    "offline": False,
    "latency": 150 * 3.75,
    "downloadThroughput": 1.6e6 / 8 * 0.9,
    "uploadThroughput": 750e3 / 8 * 0.9,
}
SLOWER_PROCESSOR = 4
# In another zone than the clinic, where the page says so: nothing may move for it.
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "timezone_id": "America/Los_Angeles",
}
START_SECONDS = 60
# Long enough for a late image or font to move the page.
SETTLE_MILLISECONDS = 1_000

WATCH = """
    window.seen = {lcp: 0, cls: 0};
    new PerformanceObserver(list => list.getEntries().forEach(entry => { seen.lcp = entry.startTime; }))
        .observe({type: "largest-contentful-paint", buffered: true});
    new PerformanceObserver(list => list.getEntries().forEach(entry => {
        if (!entry.hadRecentInput) seen.cls += entry.value;
    })).observe({type: "layout-shift", buffered: true});
"""


@dataclass
class Cost:
    """One opening of a page. Scripts are those beside htmx, in bytes as they run."""

    wire_bytes: int = 0
    script_bytes: int = 0
    script_wire_bytes: int = 0
    lcp: float = 0
    cls: float = 0
    addresses: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return len(self.addresses)

    @property
    def hosts(self) -> int:
        """How many hosts beside the page's own were asked."""
        return len({urlsplit(address).netloc for address in self.addresses}) - 1

    def list_excesses(self) -> list[str]:
        limits = [
            ("bytes", self.wire_bytes, MAX_BYTES),
            ("requests", self.requests, MAX_REQUESTS),
            ("script", self.script_bytes, MAX_SCRIPT_BYTES),
            ("hosts", self.hosts, 0),
            ("LCP", self.lcp, MAX_LCP),
            ("CLS", self.cls, MAX_CLS),
        ]
        return [name for name, value, limit in limits if value > limit]


@contextmanager
def running_clinic(folder: Path) -> Iterator[str]:
    """The address of a gunicorn that serves the demo practice from `folder` until the block ends."""
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    common = {**os.environ, "DATA_DIR": str(folder), "PORT": str(port), "PUBLIC_URL": address}
    common.pop("DATABASE_URL", None)
    production = {
        **common,
        "DEBUG": "false",
        "SECRET_KEY": "a key for the benchmarks alone, " * 2,
        "ALLOWED_HOSTS": "127.0.0.1",
        "EMAIL_URL": "smtp://127.0.0.1:25",
    }
    # The demo loads only where DEBUG is on.
    manage(["prepare"], {**common, "DEBUG": "true"})
    manage(["collectstatic", "--no-input"], production)
    server = start_child(
        [sys.executable, "-m", "gunicorn", "clinic.wsgi"],
        cwd=ROOT,
        env={**production, "WEB_CONCURRENCY": "1"},
    )
    try:
        wait_for_answer(port)
        yield address
    finally:
        stop_children(server)


def manage(arguments: list[str], environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def wait_for_answer(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            site = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            site.request("GET", "/health/live")
            site.getresponse()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("The clinic did not answer.")


def hold_a_time(browser: Browser, site: str) -> Any:
    """Choose a time and return the cookies that open the details page."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(f"{site}/book/new-patient/")
    with page.expect_navigation(url="**/book/details/"):
        page.locator("button.soon").first.click()
    cookies = context.storage_state()
    context.close()
    return cookies


def open_cold(context: BrowserContext, address: str) -> Cost:
    """Open the page over slow 4G and take what it cost."""
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_4G)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    cost = Cost()
    sizes: dict[str, int] = {}
    scripts: dict[str, str] = {}

    def note_request(event: dict[str, Any]) -> None:
        if not event["request"]["url"].startswith("data:"):
            cost.addresses.append(event["request"]["url"])
            if event.get("type") == "Script" and "htmx" not in event["request"]["url"]:
                scripts[event["requestId"]] = event["request"]["url"]

    def note_size(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = int(event["encodedDataLength"])

    wire.on("Network.requestWillBeSent", note_request)
    wire.on("Network.loadingFinished", note_size)
    page.add_init_script(WATCH)
    answer = page.goto(address, wait_until="load")
    if answer is None or answer.status != 200:
        sys.exit(f"{address} did not answer with a page, so there is nothing to measure.")
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    cost.lcp, cost.cls = page.evaluate("[seen.lcp, seen.cls]")
    cost.wire_bytes = sum(sizes.values())
    cost.script_wire_bytes = sum(sizes.get(request, 0) for request in scripts)
    for request in scripts:
        body = wire.send("Network.getResponseBody", {"requestId": request})["body"]
        cost.script_bytes += len(body.encode())
    return cost


def measure(browser: Browser, address: str, *, cookies: Any = None) -> Cost:
    """Open the page ROUNDS times, each in a browser without a cache, and return the medians."""
    costs = []
    for _ in range(ROUNDS):
        context = browser.new_context(**PHONE, storage_state=cookies)
        costs.append(open_cold(context, address))
        context.close()
    return Cost(
        wire_bytes=int(median(cost.wire_bytes for cost in costs)),
        script_bytes=int(median(cost.script_bytes for cost in costs)),
        script_wire_bytes=int(median(cost.script_wire_bytes for cost in costs)),
        lcp=median(cost.lcp for cost in costs),
        cls=max(cost.cls for cost in costs),
        addresses=max((cost.addresses for cost in costs), key=len),
    )


def show(name: str, cost: Cost, verdict: str) -> None:
    print(
        f"{name:28}{cost.wire_bytes:9,}{cost.requests:10}{cost.script_bytes:9,}{cost.script_wire_bytes:9,}"
        f"{cost.hosts:13}{cost.lcp:9.0f}{cost.cls:8.3f}  {verdict}",
        flush=True,
    )


def main() -> int:
    chromium = find_chromium()
    if chromium is None:
        sys.exit("The pages are not measured: there is no Chromium.")
    folder = Path(os.environ["DATA_DIR"])
    print(f"Pages over slow 4G with a {SLOWER_PROCESSOR}x slower processor, empty cache, median of {ROUNDS}")
    print(
        f"{'':28}{'bytes':>9}{'requests':>10}{'script':>9}{'on wire':>9}"
        f"{'other hosts':>13}{'LCP ms':>9}{'CLS':>8}"
    )
    kept = True
    with sync_playwright() as playwright, running_clinic(folder) as site:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        cookies = hold_a_time(browser, site)
        pages = [
            ("home", "/", None),
            ("article", "/learn/muscle-spasms/", None),
            ("visit type", "/book/", None),
            ("times", "/book/new-patient/", None),
            ("details", "/book/details/", cookies),
        ]
        for name, path, allowed in pages:
            cost = measure(browser, site + path, cookies=allowed)
            excesses = cost.list_excesses()
            kept = kept and not excesses
            show(name, cost, "over: " + ", ".join(excesses) if excesses else "ok")
        peer = os.environ.get("PEER_URL")
        if peer:
            show(urlsplit(peer).netloc[:27], measure(browser, peer), "the peer")
        browser.close()
    print(
        f"Allowed: {MAX_BYTES:,} bytes, {MAX_REQUESTS} requests, {MAX_SCRIPT_BYTES:,} bytes of script beside "
        f"htmx, no other host, LCP {MAX_LCP:,} ms, CLS {MAX_CLS}."
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
