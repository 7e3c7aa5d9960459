"""A patient with a browser: books by the pages' own forms, and looks at the watch."""

import http.client
import re
import time
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

PATIENCE = 15  # seconds
HIDDEN = re.compile(r'name="(csrfmiddlewaretoken|hold)" value="([^"]*)"')
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
LAST_PAGE = "Check and confirm your visit"
# The second is what the visit's page says to whoever comes there later, or pressed twice.
BOOKED = {"Your appointment is booked", "Your appointment"}


@dataclass(frozen=True)
class Answer:
    status: int
    heading: str
    seconds: float
    """From the button to the last byte of the page, with every redirect between."""
    address: str = ""
    """Where the redirects ended."""
    page: str = ""


class Browser:
    """Keeps cookies, follows redirects, and sends along what the page before had hidden in its forms."""

    def __init__(self, *, site: str) -> None:
        self.site = site
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))
        self.heading = ""
        self.hidden: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self.ask(path, None)

    def post(self, path: str, **fields: str) -> Answer:
        return self.ask(path, urlencode({**self.hidden, **fields}).encode())

    def ask(self, path: str, data: bytes | None) -> Answer:
        """Raises OSError where no answer came, or not all of it."""
        began = time.monotonic()
        try:
            with self.open(path, data) as response:
                status, address, text = response.status, response.url, response.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError("The answer broke off.") from error
        heading = HEADING.search(text)
        answer = Answer(
            status=status,
            heading=" ".join(heading[1].split()) if heading else "",
            seconds=time.monotonic() - began,
            address=address,
            page=text,
        )
        self.heading = answer.heading
        # From a page that says no one goes back, and presses the button of the page before again.
        if status == 200:
            self.hidden = dict(HIDDEN.findall(text))
        return answer

    def open(self, path: str, data: bytes | None) -> Any:
        try:
            return self.opener.open(self.site + path, data, timeout=PATIENCE)
        except HTTPError as error:
            return error


class Patient(Browser):
    """Comes from a network of their own, as the proxy in front of the site would say (TRUSTED_PROXIES=1)."""

    def __init__(self, *, site: str, number: int) -> None:
        super().__init__(site=site)
        self.number = number
        self.opener.addheaders.append(("X-Forwarded-For", f"198.18.{number // 250}.{number % 250 + 1}"))
        self.email = f"patient-{number}@example.org"
        self.details = {
            "who": "me",
            "given_name": "Jordan",
            "family_name": f"Ellis {number}",
            "birth_date_month": "9",
            "birth_date_day": "28",
            "birth_date_year": "1975",
            "phone": f"212 555 {number % 10000:04}",
            "email": self.email,
            "reason": "Leg cramps at night",
            "coverage": "insured",
            "consent": "on",
        }
        self.presses: list[Answer] = []
        self.is_booked = False

    def prepare(self, *, visit_type: str, slot: str) -> None:
        """Take the steps up to the last page, where one button is left."""
        self.get(f"/book/{visit_type}/")
        self.post(f"/book/{visit_type}/hold/", slot=slot)
        self.post("/book/details/", **self.details)
        if self.heading != LAST_PAGE:
            raise RuntimeError(f"Patient {self.number} got stuck at: {self.heading}")

    def confirm(self) -> Answer:
        """Press the last button, or press it again. Raises OSError where no answer came."""
        answer = self.post("/book/check/")
        self.presses.append(answer)
        self.is_booked = answer.status == 200 and answer.heading in BOOKED
        return answer
