"""Answers that were given before the booking go along only as the patient says, and to the clinic only."""

import io
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from booking.models import Appointment, IntakeAnswer, IntakeQuestion, VisitType
from booking.models.appointment import CameFrom
from booking.tests import practice
from booking.tests.views.walk import confirm, read, read_slots, send_details
from clinic.path_answers import LAST, LONGEST, MOST, SESSION_KEY, keep_path_answers
from outbox.models import OutboxMessage

pytestmark = pytest.mark.usefixtures("clock", "practitioner")

TIMES = "/book/new-patient/"
ANSWERS = [
    ("Is any of this happening right now?", "No, none of these"),
    ("Which of these is most like yours?", "A tight, painful zebra"),
]
SECRET = "zebra"


def take_along(client: Client, answers: list[tuple[str, str]] = ANSWERS) -> None:
    """Leave the session as education's button does."""
    session = client.session
    keep_path_answers(session, answers)
    session.save()
    client.cookies["sessionid"] = str(session.session_key)


def choose(client: Client, address: str = f"{TIMES}?via=path", *, choice: int = 0) -> Appointment:
    """Open the times at `address` and press one, with all that its form sends."""
    page = client.get(address)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    client.post(f"{TIMES}hold/", {**fields, "slot": read_slots(page)[choice]})
    return Appointment.objects.filter(status="pending").get()


def book(client: Client, held: Appointment) -> Appointment:
    send_details(client, held)
    confirm(client, held)
    held.refresh_from_db()
    assert held.status == "booked"
    return held


def open_check(client: Client, held: Appointment) -> Any:
    send_details(client, held)
    return client.get(reverse("booking:check"))


def list_sent(visit: Appointment) -> list[tuple[str, str]]:
    return list(visit.intake_answers.filter(is_from_path=True).values_list("wording", "answer"))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the console handler of the settings writes."""
    [handler] = [handler for handler in logging.getLogger().handlers if handler.get_name() == "console"]
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


# --- Sent along -----------------------------------------------------------------


def test_check_page_shows_what_is_sent_along(client: Client) -> None:
    take_along(client)

    told = read(open_check(client, choose(client)))

    assert "You are sending these answers along" in told
    assert "Which of these is most like yours? A tight, painful zebra" in told


def test_visit_keeps_the_answers_after_those_that_the_booking_asks(
    client: Client, visit_type: VisitType
) -> None:
    IntakeQuestion.objects.create(visit_type=visit_type, wording="What helps you?")
    take_along(client)
    held = choose(client)
    field = f"intake_{IntakeQuestion.objects.get().pk}"

    send_details(client, held, **{field: "Rest"})
    confirm(client, held)

    told = IntakeAnswer.objects.filter(appointment=held).values_list("wording", "answer", "is_from_path")
    assert list(told) == [("What helps you?", "Rest", False), *((*said, True) for said in ANSWERS)]


def test_neurologist_reads_them_in_the_panel_and_on_the_record(client: Client, admin_client: Client) -> None:
    take_along(client)
    visit = book(client, choose(client))

    for address in (
        reverse("desk:visit", args=[visit.pk]),
        reverse("admin:booking_appointment_change", args=[visit.pk]),
    ):
        told = read(admin_client.get(address))
        assert "Asked before booking: Which of these is most like yours? A tight, painful zebra" in told


def test_no_mail_no_log_no_address_and_no_page_of_the_patient_tells_them(
    client: Client, log: io.StringIO
) -> None:
    take_along(client)
    held = choose(client)
    addresses = [send_details(client, held)["Location"], confirm(client, held)["Location"]]

    page = client.get(addresses[-1])

    messages = list(OutboxMessage.objects.all())
    assert messages
    for message in messages:
        assert SECRET not in str(message.__dict__)
    assert SECRET not in page.text
    assert SECRET not in "".join(addresses)
    assert SECRET not in log.getvalue()


# --- Left out -------------------------------------------------------------------


def test_left_out_is_not_kept(client: Client) -> None:
    take_along(client)
    held = choose(client)
    open_check(client, held)

    response = client.post(reverse("booking:leave-out"))

    assert response["Location"] == reverse("booking:check")
    assert "sending these answers" not in read(client.get(response["Location"]))
    assert list_sent(book(client, held)) == []
    assert SECRET not in str([session.get_decoded() for session in Session.objects.all()])


def test_a_look_at_the_address_leaves_nothing_out(client: Client) -> None:
    take_along(client)

    client.get(reverse("booking:leave-out"))

    assert SESSION_KEY in client.session


def test_without_them_nothing_is_said(client: Client) -> None:
    held = choose(client)

    assert "sending these answers" not in read(open_check(client, held))
    assert list_sent(book(client, held)) == []


def test_they_are_forgotten_after_two_hours(client: Client, clock: Any) -> None:
    take_along(client)

    clock.shift(LAST + timedelta(seconds=1))

    assert list_sent(book(client, choose(client))) == []


def test_they_go_with_one_booking_only(client: Client) -> None:
    take_along(client)
    book(client, choose(client))

    second = book(client, choose(client, TIMES, choice=1))

    assert list_sent(second) == []
    assert SESSION_KEY not in client.session


def test_clearing_what_was_typed_clears_them(client: Client) -> None:
    take_along(client)

    client.post(reverse("booking:clear"))

    assert SESSION_KEY not in client.session


def test_a_flood_is_cut(client: Client) -> None:
    take_along(client, [("q" * 5000, "a" * 5000)] * 50)

    sent = list_sent(book(client, choose(client)))

    assert len(sent) == MOST
    assert {(len(question), len(said)) for question, said in sent} == {(LONGEST, LONGEST)}
    assert IntakeAnswer._meta.get_field("wording").max_length == LONGEST


# --- What led to a booking --------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "came_from"),
    [
        ("", CameFrom.DIRECT),
        ("?article=muscle-spasms", CameFrom.ARTICLE),
        ("?via=path", CameFrom.PATH),
        ("?via=path&article=muscle-spasms", CameFrom.PATH),
        ("?via=caller", CameFrom.DIRECT),
        ("?via=%00", CameFrom.DIRECT),
        ("?via=path&via=", CameFrom.DIRECT),
        ("?via=path&view=clinician", CameFrom.PATH),
    ],
)
def test_visit_keeps_what_led_to_it(client: Client, query: str, came_from: CameFrom) -> None:
    assert book(client, choose(client, TIMES + query)).came_from == came_from


def test_another_time_chosen_later_came_the_same_way(client: Client) -> None:
    choose(client)

    assert book(client, choose(client, TIMES, choice=1)).came_from == CameFrom.PATH


def test_next_booking_came_another_way(client: Client) -> None:
    book(client, choose(client))

    assert book(client, choose(client, TIMES, choice=1)).came_from == CameFrom.DIRECT


def test_answers_tell_the_way_where_the_address_does_not(client: Client) -> None:
    take_along(client)

    assert book(client, choose(client, TIMES)).came_from == CameFrom.PATH


def test_the_same_visit_by_video_keeps_the_way(client: Client, visit_type: VisitType) -> None:
    practice.make_visit_type(slug="video", mode=VisitType.Mode.TELEHEALTH, counterpart=visit_type)

    page = client.get(f"{TIMES}?via=path&article=a")

    assert "/book/video/?article=a&amp;via=path" in page.text


def test_visits_from_before_are_told_apart(visit: Appointment) -> None:
    told = {"staff": CameFrom.CALLER, "online": CameFrom.ARTICLE}
    migration = import_module("booking.migrations.0008_path_answers")

    for source, came_from in told.items():
        Appointment.objects.update(source=source, article="muscle-spasms", came_from=CameFrom.DIRECT)
        for _ in range(2):
            migration.tell_where_visits_came_from(apps, None)
        assert Appointment.objects.get().came_from == came_from
