"""/admin/desk/visit/<pk>/: the panel, its steps with a way back, mails sent again."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking import actions
from booking.actions import Actor
from booking.models import (
    Appointment,
    IntakeAnswer,
    Location,
    Patient,
    Practitioner,
    RelatedPerson,
    VisitType,
)
from booking.tests.desk.conftest import HTMX
from booking.tests.desk.test_day import read_text
from booking.tests.practice import at
from outbox.models import OutboxMessage, State


def address(visit: Appointment) -> str:
    return f"/admin/desk/visit/{visit.pk}/"


def open_visit(client: Client, visit: Appointment, **headers: Any) -> str:
    response = client.get(address(visit), headers=headers)
    assert response.status_code == 200
    return read_text(response.content.decode())


def take(client: Client, visit: Appointment, step: str, *, seen: str, **headers: Any) -> str:
    """Press a button of a page that showed the visit in the status `seen`; what is answered in the end."""
    fields = {"step": step, "from": seen, "version": Appointment.objects.get(pk=visit.pk).version}
    response = client.post(address(visit) + "step/", fields, headers=headers, follow=True)
    assert response.status_code == 200
    return read_text(response.content.decode())


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_the_permission_it_is_refused(onlooker: Client, visit: Appointment, method: str) -> None:
    path = address(visit) + ("step/" if method == "post" else "")

    assert getattr(onlooker, method)(path).status_code == 403


def test_unknown_visit_is_not_found(desk: Client) -> None:
    assert desk.get("/admin/desk/visit/999999/").status_code == 404


def test_step_by_a_get_is_no_step(desk: Client, visit: Appointment) -> None:
    assert desk.get(address(visit) + "step/").status_code == 405


def test_panel_tells_who_needs_contact_reason_and_answers(desk: Client, visit: Appointment) -> None:
    Appointment.objects.update(needs_quiet=True, access_needs="A chair with arms", reason="Cramps at night")
    IntakeAnswer.objects.create(appointment=visit, wording="Do you take a blood thinner?", answer="Yes")

    told = open_visit(desk, visit)

    assert "Jordan Ellis ○ Booked Needs Quiet place or low light A chair with arms Tuesday" in told
    assert "Born September 28, 1975" in told
    assert "212 555 0177" in told
    assert "jordan.ellis@example.org" in told
    assert "Reason Cramps at night" in told
    assert "Do you take a blood thinner? Yes" in told
    assert "Source Front desk" in told


def test_contact_is_whoever_asked_if_they_are_called(
    desk: Client, visit: Appointment, patient: Patient
) -> None:
    parent = RelatedPerson.objects.create(
        patient=patient,
        name="Kim Ellis",
        relationship="parent",
        is_contact=True,
        phone_typed="555 0199",
    )
    Appointment.objects.update(related_person=parent)

    told = open_visit(desk, visit)

    assert "Kim Ellis (Parent or guardian), not the patient 555 0199" in told
    assert "212 555 0177" not in told


def test_names_stand_neither_in_the_title_nor_in_addresses(desk: Client, visit: Appointment) -> None:
    html = desk.get(address(visit)).content.decode()

    assert re.findall(r"<title>(.*?)</title>", html) == ["Visit | Alder Street Neurology (demo)"]
    assert not any("Ellis" in link for link in re.findall(r'(?:href|action)="([^"]*)"', html))


@pytest.mark.usefixtures("on_the_day")
def test_history_tells_each_step_and_who_did_it(desk: Client, visit: Appointment) -> None:
    take(desk, visit, "arrive", seen="booked")

    told = open_visit(desk, visit)

    assert "Mon, Nov 23, 9:00 am: Booked, System" in told
    assert "Tue, Nov 24, 10:05 am: Arrived, receptionist" in told


def test_history_keeps_the_time_before_a_move(desk: Client, visit: Appointment) -> None:
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("13:00"),
        by=Actor.system(),
    )

    assert "Moved, System. It was on Tue, Nov 24, 10:00 am" in open_visit(desk, visit)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.QUEUED, "Confirmation : Waiting, Mon, Nov 23, 9:00 am"),
        (State.DEAD, "Confirmation : Failed, Mon, Nov 23, 9:00 am. Last error: SMTPError 550 Send again"),
        (State.DROPPED, "Confirmation : No longer needed"),
    ],
)
def test_delivery_of_each_mail_is_told(desk: Client, visit: Appointment, state: State, told: str) -> None:
    error = "SMTPError 550" if state == State.DEAD else ""
    OutboxMessage.objects.update(state=state, last_error=error)

    assert told in open_visit(desk, visit)


def test_mail_that_came_back_is_told_in_words(desk: Client, visit: Appointment) -> None:
    OutboxMessage.objects.update(state=State.DEAD, last_error="Bounced")

    assert "Last error: the email came back Send again" in open_visit(desk, visit)


def test_patient_without_email_has_no_mails(desk: Client, visit: Appointment) -> None:
    OutboxMessage.objects.all().delete()

    assert "No mail was written" in open_visit(desk, visit)


def test_minutes_of_waiting_count_from_the_arrival(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.move_to(at("09:50"))
    take(desk, visit, "arrive", seen="booked")
    clock.move_to(at("10:02"))

    told = open_visit(desk, visit)

    assert "waiting 12 min" in told
    assert "We are late" not in told


def test_waiting_long_after_the_start_is_late(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.move_to(at("09:50"))
    take(desk, visit, "arrive", seen="booked")
    clock.move_to(at("10:15"))

    assert "waiting 25 min We are late" in open_visit(desk, visit)


# --- Steps -----------------------------------------------------------------------


@pytest.mark.usefixtures("on_the_day")
@pytest.mark.parametrize(
    ("way", "word"),
    [
        (["arrive"], "Arrived"),
        (["arrive", "check_in"], "In room"),
        (["arrive", "check_in", "fulfil"], "Done"),
        (["mark_noshow"], "No-show"),
    ],
)
def test_each_step_says_what_happened_and_has_a_way_back(
    desk: Client, visit: Appointment, way: list[str], word: str
) -> None:
    for step in way:
        visit.refresh_from_db()
        before = visit.status
        told = take(desk, visit, step, seen=before)
    visit.refresh_from_db()

    assert f"Marked as: {word}. Undo" in told

    told = take(desk, visit, "undo", seen=visit.status)
    visit.refresh_from_db()

    assert visit.status == before
    assert "Undone. The visit is again:" in told


def test_cancelled_visit_comes_back_by_undo(desk: Client, visit: Appointment) -> None:
    actions.cancel(appointment=visit, reason="patient", by=Actor.system())

    take(desk, visit, "undo", seen="cancelled")

    visit.refresh_from_db()
    assert visit.status == "booked"


def test_cancelled_visit_whose_time_is_taken_stays_cancelled(
    desk: Client, visit: Appointment, other_patient: Any
) -> None:
    actions.cancel(appointment=visit, reason="patient", by=Actor.system())
    actions.book_visit(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=visit.start,
        patient=other_patient,
        by=Actor.system(),
    )

    told = take(desk, visit, "undo", seen="cancelled")

    assert "already has a visit at that time" in told


def test_step_that_somebody_else_overtook_is_refused_in_a_sentence(desk: Client, visit: Appointment) -> None:
    actions.mark_noshow(appointment=visit, by=Actor.system())

    told = take(desk, visit, "arrive", seen="booked")

    visit.refresh_from_db()
    assert visit.status == "noshow"
    assert "Somebody else has just changed this visit. It is now: No-show. Nothing was done." in told
    assert "✕ No-show" in told


def test_undo_never_undoes_what_the_page_did_not_show(desk: Client, visit: Appointment) -> None:
    actions.arrive(appointment=visit, by=Actor.system())
    actions.check_in(appointment=visit, by=Actor.system())

    told = take(desk, visit, "undo", seen="arrived")

    visit.refresh_from_db()
    assert visit.status == "checked_in"
    assert "It is now: In room. Nothing was done." in told


@pytest.mark.parametrize("step", ["", "fly", "cancel"])
def test_step_that_does_not_exist_does_nothing(desk: Client, visit: Appointment, step: str) -> None:
    told = take(desk, visit, step, seen="booked")

    assert "This step does not exist." in told


def test_step_without_htmx_leads_to_the_page_of_the_visit(desk: Client, visit: Appointment) -> None:
    response = desk.post(address(visit) + "step/", {"step": "arrive", "from": "booked", "version": 0})

    assert (response.status_code, response.url) == (302, address(visit))


@pytest.mark.usefixtures("on_the_day")
def test_step_with_htmx_answers_with_the_panel_and_wakes_the_page(desk: Client, visit: Appointment) -> None:
    response = desk.post(
        address(visit) + "step/", {"step": "arrive", "from": "booked", "version": 0}, headers=HTMX
    )

    html = response.content.decode()
    assert "<html" not in html
    assert "Marked as: Arrived." in html
    assert response["HX-Trigger-After-Swap"] == '{"desk-changed": {}}'


def test_panel_of_a_hold_has_no_steps(
    desk: Client, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    held = actions.hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at("11:00"),
        holder="a" * 64,
        holder_address="b" * 64,
        by=Actor.patient(),
    )

    html = desk.get(address(held)).content.decode()

    assert "until 9:20\N{NO-BREAK SPACE}am" in html
    assert 'name="step"' not in html


def test_links_lead_to_what_can_be_done(desk: Client, visit: Appointment) -> None:
    html = desk.get(address(visit)).content.decode()

    assert f"/admin/desk/visit/{visit.pk}/move/" in html
    assert f"/admin/desk/visit/{visit.pk}/cancel/" in html
    assert f"/admin/desk/visit/{visit.pk}/confirmation/" in html
    assert f"/admin/desk/book/?patient={visit.patient_id}" in html
    assert reverse("admin:booking_appointment_change", args=[visit.pk]) in html


def test_queries_do_not_grow_with_history_and_mails(desk: Client, visit: Appointment) -> None:
    with CaptureQueriesContext(connection) as few:
        desk.get(address(visit))
    for step, undone in [("arrive", "booked"), ("undo", "arrived")] * 2:
        take(desk, visit, step, seen=undone)
    OutboxMessage.objects.create(kind="booking.moved", subject_id=visit.pk, version=1, recipient="patient")

    with CaptureQueriesContext(connection) as many:
        desk.get(address(visit))

    # The session is read once more for the messages.
    assert len(many) <= len(few) + 1


# --- Mails sent again --------------------------------------------------------------


def test_failed_mail_is_sent_again_and_logged(
    desk: Client, visit: Appointment, django_capture_on_commit_callbacks: Any
) -> None:
    message = OutboxMessage.objects.get()
    OutboxMessage.objects.update(state=State.DEAD)

    response = desk.post(f"/admin/desk/mail/{message.pk}/", follow=True)

    message.refresh_from_db()
    assert message.state == State.QUEUED
    assert "1 message will be sent again." in response.content.decode()
    assert response.redirect_chain[-1][0] == address(visit)


def test_mail_that_waits_is_not_sent_twice(desk: Client, visit: Appointment) -> None:
    message = OutboxMessage.objects.get()

    response = desk.post(f"/admin/desk/mail/{message.pk}/", follow=True)

    assert "0 messages will be sent again." in response.content.decode()


def test_mail_that_is_not_about_a_visit_is_not_found(desk: Client, visit: Appointment) -> None:
    OutboxMessage.objects.update(kind="other.kind")

    response = desk.post(f"/admin/desk/mail/{OutboxMessage.objects.get().pk}/")

    assert response.status_code == 404


def test_sending_again_needs_the_permission_for_the_outbox(
    client: Client, visit: Appointment, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("desk-only", is_staff=True)
    rights = ("change_appointment", "view_every_visit")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    OutboxMessage.objects.update(state=State.DEAD)

    response = client.post(f"/admin/desk/mail/{OutboxMessage.objects.get().pk}/")

    assert response.status_code == 403
    assert OutboxMessage.objects.get().state == State.DEAD
    assert "Send again" not in open_visit(client, visit)


def test_mail_that_left_tells_when(desk: Client, visit: Appointment, clock: Any) -> None:
    OutboxMessage.objects.update(state=State.SENT, sent_at=visit.start - timedelta(hours=20))

    assert "Confirmation : Sent, Mon, Nov 23, 2:00 pm" in open_visit(desk, visit)


@pytest.mark.parametrize("seen", [{}, {"version": 0}])
def test_step_of_a_visit_that_moved_since_the_page_was_drawn_is_not_taken(
    desk: Client, visit: Appointment, seen: dict[str, Any]
) -> None:
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("13:00"),
        by=Actor.system(),
    )

    response = desk.post(
        address(visit) + "step/", {"step": "mark_noshow", "from": "booked", **seen}, follow=True
    )

    visit.refresh_from_db()
    assert visit.status == "booked"
    assert "Somebody else has just changed this visit." in response.content.decode()


# --- Said they will come, and reminders ----------------------------------------------


def test_panel_and_history_tell_that_they_said_they_will_come(desk: Client, visit: Appointment) -> None:
    actions.confirm_coming(appointment=visit, by=Actor.patient())

    page = open_visit(desk, visit)

    assert "Said they will come: Mon, Nov 23, 9:00 am." in page
    assert "Mon, Nov 23, 9:00 am: Said they will come, Patient" in page


def test_board_tells_it_with_the_visit(desk: Client, visit: Appointment) -> None:
    before = read_text(desk.get("/admin/desk/?day=2026-11-24").content.decode())
    actions.confirm_coming(appointment=visit, by=Actor.patient())

    after = read_text(desk.get("/admin/desk/?day=2026-11-24").content.decode())

    assert "will come" not in before
    assert "Booked, will come" in after


def test_board_says_it_only_while_they_are_awaited(desk: Client, visit: Appointment) -> None:
    actions.confirm_coming(appointment=visit, by=Actor.patient())
    actions.arrive(appointment=visit, by=Actor.staff(None))

    assert "will come" not in read_text(desk.get("/admin/desk/?day=2026-11-24").content.decode())


def test_panel_lists_reminders_with_the_time_they_leave(desk: Client, visit: Appointment) -> None:
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("10:00", date(2026, 12, 8)),
        by=Actor.staff(None),
    )

    page = open_visit(desk, visit)

    assert "Reminder : Waiting, Tue, Dec 1, 10:00 am" in page
    assert "Reminder : Waiting, Mon, Dec 7, 10:00 am" in page


@pytest.mark.parametrize(
    ("day_before", "step", "is_offered"),
    [
        (True, "arrive", False),
        (False, "arrive", True),
        (True, "mark_noshow", False),
        (False, "mark_noshow", False),
    ],
)
def test_step_that_comes_too_early_is_not_offered(
    desk: Client, visit: Appointment, clock: Any, day_before: bool, step: str, is_offered: bool
) -> None:
    clock.move_to(at("09:50") - timedelta(days=day_before))
    button = f'value="{step}"'

    shown = desk.get(address(visit)).content.decode()

    assert (button in shown) is is_offered


def test_nobody_is_marked_as_missing_before_the_visit_begins(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    clock.move_to(visit.start - timedelta(minutes=1))

    page = take(desk, visit, "mark_noshow", seen="booked")

    visit.refresh_from_db()
    assert visit.status == "booked"
    assert "The visit has not begun yet, so nobody has missed it." in page
