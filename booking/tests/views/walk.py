"""The steps of a booking as a test takes them, and pages as a reader sees them."""

import re
from datetime import datetime
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from booking.availability import Slot
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests.practice import at

DETAILS = {
    "who": "me",
    "given_name": "Jordan",
    "family_name": "Ellis",
    "birth_date_month": "9",
    "birth_date_day": "28",
    "birth_date_year": "1975",
    "phone": "212 555 0177",
    "email": "jordan.ellis@example.org",
    "access_needs": "A quiet place to wait",
    "reason": "Leg cramps at night",
    "coverage": "insured",
    "consent": "on",
}


def read(response: HttpResponse) -> str:
    """Return the words of the page's main part, on one line."""
    page = response.content.decode()
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", main[0] if main else page)
    return re.sub(r"\s+([.,])", r"\1", " ".join(unescape(words).replace("\N{NO-BREAK SPACE}", " ").split()))


def read_title(response: HttpResponse) -> str:
    title = re.search(r"<title>(.*)</title>", response.content.decode(), re.DOTALL)
    return unescape(title[1]).strip() if title else ""


def read_slots(response: HttpResponse) -> list[str]:
    """Return the keys of the times on offer, in the page's order."""
    return re.findall(r'name="slot" value="([^"]+)"', response.content.decode())


def read_tiles(response: HttpResponse) -> list[str]:
    """Return the days of the page of times, each in words."""
    page = response.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    return re.findall(r'class="day(?: day--none)?"[^>]*>\s*<span class="visually-hidden">(.*?)</span>', page)


def read_button(html: str) -> str:
    """Return the words of one button, on one line."""
    return " ".join(re.sub("<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ").split())


def make_key(start: datetime, practitioner: Practitioner, location: Location) -> str:
    return Slot(start=start, end=start, practitioner=practitioner, location=location).key


def hold(
    client: Client,
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    clock: str = "10:00",
    **extra: Any,
) -> Any:
    """Choose a time on TUESDAY."""
    key = make_key(at(clock), practitioner, location)
    return client.post(reverse("booking:hold", args=[visit_type.slug]), {"slot": key}, **extra)


def send_details(client: Client, held: Appointment, **changes: Any) -> Any:
    return client.post(reverse("booking:details"), {**DETAILS, "hold": held.uid, **changes})


def confirm(client: Client, held: Appointment, **extra: str) -> Any:
    return client.post(reverse("booking:check"), {"hold": held.uid, **extra})
