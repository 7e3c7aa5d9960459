"""The shipped questions for tests, walking through them, and their pages as a reader sees them."""

import re
from typing import Any

from django.core.management import call_command
from django.test import Client

from booking.models import VisitType
from education.reading import plain_text

WHICH = "/learn/which/"
TAKE_ALONG = "/learn/which/book/"
# Shipped answers, one way to each kind of end.
TO_EMERGENCY = ["flag-1"]
TO_PHONE = ["none", "legs", "swollen"]
TO_VISIT = ["none", "cramp", "often"]
TO_ARTICLE = ["none", "cramp", "heat"]
LONGEST = ["none", "back", "stiff", "weeks"]


def make_visit_types() -> None:
    """Those that the shipped questions lead to, where a test has not made them yet."""
    for slug in ("new-patient", "not-sure"):
        VisitType.objects.get_or_create(slug=slug, defaults={"name": f"Visit {slug}", "duration": 40})


def ship() -> None:
    """Bring in visit types, articles and questions as a release does."""
    make_visit_types()
    call_command("sync_articles", verbosity=0, stdout=_Nowhere())
    call_command("sync_path", verbosity=0, stdout=_Nowhere())


def answer(client: Client, answers: list[str], *, language: str = "", **more: Any) -> Any:
    prefix = f"/{language}" if language else ""
    return client.post(f"{prefix}{WHICH}", {"answer": answers, **more})


def read_main(response: Any) -> str:
    """The markup of the page's main part; of a page of the admin, all of it."""
    found = re.search(r"<main.*</main>", response.text, re.DOTALL)
    return found[0] if found else response.text


def read(response: Any) -> str:
    """The words of the page's main part, on one line."""
    return re.sub(r"\s+([.,;)])", r"\1", plain_text(read_main(response)))


def read_title(response: Any) -> str:
    found = re.search(r"<title>(.*)</title>", response.text, re.DOTALL)
    return plain_text(found[1]) if found else ""


class _Nowhere:
    def write(self, text: str) -> None:
        pass
