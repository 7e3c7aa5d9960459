"""/admin/desk/refresh/: what changed since the page was drawn, and nothing else."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client

from booking import actions
from booking.actions import Actor
from booking.models import Appointment
from booking.tests.desk.conftest import DAY, HTMX
from booking.tests.practice import at


def read_marks(html: str) -> list[str]:
    return re.findall(r'name="seen" value="([^"]+)"', html)


def refresh(client: Client, **query: Any) -> tuple[int, list[str]]:
    """The status of the answer and the parts in it."""
    response = client.get("/admin/desk/refresh/", {**DAY, **query}, headers=HTMX)
    return response.status_code, re.findall(r'id="desk-(\w+)" hx-swap-oob', response.content.decode())


def open_day(client: Client) -> list[str]:
    return read_marks(client.get("/admin/desk/", DAY).content.decode())


def test_nothing_changed_and_nothing_is_sent(desk: Client, visit: Appointment) -> None:
    assert refresh(desk, seen=open_day(desk)) == (204, [])


def test_nothing_changed_today_either(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.move_to(at("10:05"))

    assert refresh(desk, seen=open_day(desk)) == (204, [])


def test_step_changes_counts_and_board_only(desk: Client, visit: Appointment) -> None:
    seen = open_day(desk)
    actions.arrive(appointment=visit, by=Actor.system())

    assert refresh(desk, seen=seen) == (200, ["counts", "board"])


def test_minute_of_waiting_changes_the_waiting_only(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.move_to(at("10:01"))
    actions.arrive(appointment=visit, by=Actor.system())
    seen = open_day(desk)
    clock.shift(timedelta(minutes=1))

    assert refresh(desk, seen=seen) == (200, ["waiting"])


def test_open_panel_is_part_of_it(desk: Client, visit: Appointment) -> None:
    panel = desk.get(f"/admin/desk/visit/{visit.pk}/", headers=HTMX).content.decode()
    seen = [*open_day(desk), *read_marks(panel)]

    assert refresh(desk, seen=seen, open=visit.pk) == (204, [])

    actions.arrive(appointment=visit, by=Actor.system())

    assert refresh(desk, seen=seen, open=visit.pk) == (200, ["counts", "board", "visit"])


def test_nonsense_for_the_panel_is_left_out(desk: Client, visit: Appointment) -> None:
    seen = open_day(desk)

    for opened in ("x", "-1", "9" * 30, "999999", ""):
        assert refresh(desk, seen=seen, open=opened) == (204, [])


def test_page_that_has_seen_nothing_gets_everything(desk: Client, visit: Appointment) -> None:
    assert refresh(desk) == (200, ["counts", "caught", "board", "undelivered", "shares"])
