"""The desk in a real browser, on a day whose clock runs on."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import time
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from booking import actions
from booking.actions import Actor
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage, State

Open = Callable[..., Page]


@pytest.fixture
def running_clock() -> Iterator[None]:
    """10:25 on the Tuesday. It runs on: a browser and its server wait for each other."""
    with time_machine.travel(at("10:25"), tick=True):
        yield


@pytest.fixture
def visits(
    visit_type: VisitType, practitioner: Practitioner, location: Location, running_clock: None
) -> list[Appointment]:
    """With Dr. Fischer at 10:20, 11:00 and 14:00, with Dr. Osei at 11:00; she teaches from 15:00 on."""
    osei = practice.make_practitioner(
        visit_types=[visit_type], location=location, given_name="Amara", family_name="Osei"
    )
    practice.close(osei, TUESDAY, starts_at=time(15), ends_at=time(17), note="Teaching")
    names = ["Jordan Ellis", "Robin Hart", "Maria Alvarez", "Tess Nguyen"]
    places = [(practitioner, "10:20"), (practitioner, "11:00"), (practitioner, "14:00"), (osei, "11:00")]
    booked = []
    for name, (person, clock) in zip(names, places, strict=True):
        given_name, family_name = name.split()
        booked.append(
            actions.book_visit(
                visit_type=visit_type,
                practitioner=person,
                location=location,
                start=at(clock),
                patient=practice.make_patient(given_name=given_name, family_name=family_name),
                by=Actor.system(),
                visit=actions.VisitDetails(needs_interpreter=True, interpreter_language="Spanish")
                if name == "Jordan Ellis"
                else actions.VisitDetails(),
                override=actions.SETTABLE_ASIDE,
            )
        )
    OutboxMessage.objects.filter(subject_id=booked[2].pk).update(state=State.DEAD, last_error="SMTPError 550")
    return booked


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console says: refused scripts and styles, errors in scripts."""
    return []


@pytest.fixture
def open_page(
    browser: Browser, live_server: LiveServer, receptionist: Any, complaints: list[str]
) -> Iterator[Open]:
    """Return a function that opens a page of the admin in a browser of its own."""
    with ExitStack() as stack:

        def open_page(path: str, *, width: int = 1280, height: int = 900, **options: Any) -> Page:
            client = Client()
            client.force_login(receptionist)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context = browser.new_context(
                base_url=live_server.url, viewport={"width": width, "height": height}, **options
            )
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
            page = context.new_page()
            page.on("console", lambda message: complaints.append(f"{message.type} {message.text}"))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(path)
            return page

        yield open_page


@pytest.fixture
def open_desk(open_page: Open, visits: list[Appointment]) -> Open:
    """Return a function that opens the desk with its visits, or another page of it."""

    def open_desk(path: str = "/admin/desk/", **options: Any) -> Page:
        return open_page(path, **options)

    return open_desk


def read_focus(page: Page) -> str:
    return " ".join(page.evaluate("document.activeElement.textContent").split())


def ask_what_is_new(page: Page) -> None:
    """As the half minute does."""
    with page.expect_response("**/admin/desk/refresh/**"):
        page.evaluate("htmx.trigger(document.body, 'desk-changed')")


def find_faults(page: Page, path: str) -> list[tuple[str, str, str]]:
    """What is wrong with the page: by axe, and whether it is wider than the screen."""
    found = Axe().run(page).response["violations"]
    faults = [(path, fault["id"], fault["nodes"][0]["html"]) for fault in found]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return faults + ([(path, "wider than the screen", "")] if wide else [])
