"""The shipped questions for tests, and walking through them."""

from typing import Any

from django.core.management import call_command
from django.test import Client

from booking.models import VisitType

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


class _Nowhere:
    def write(self, text: str) -> None:
        pass
