"""The list of appointments, the page of one, and steps for several at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.actions import Actor
from booking.models import Appointment, AppointmentEvent, CancellationReason, Patient
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.admin.conftest import book_another, move_to, open_page, read_messages, send
from outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db


def listed(desk: Client, **query: Any) -> list[Appointment]:
    return list(open_page(desk, "appointment_changelist", **query).context["cl"].result_list)


def act_on(desk: Client, action: str, *visits: Appointment, **fields: Any) -> Any:
    chosen = [visit.pk for visit in visits]
    return send(desk, "appointment_changelist", action=action, _selected_action=chosen, **fields)


def hold_time(visit: Appointment, clock: str) -> Appointment:
    return actions.hold(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at(clock),
        holder="session",
        holder_address="address",
        by=Actor.patient(),
    )


# --- The list ---------------------------------------------------------------------


def test_list_has_the_visits_latest_first(desk: Client, visit: Appointment):
    earlier = book_another(visit, "09:00")

    assert listed(desk) == [visit, earlier]


def test_list_of_one_day_reads_forwards(desk: Client, visit: Appointment):
    earlier = book_another(visit, "09:00")
    book_another(visit, "09:00", practice.TUESDAY + timedelta(days=1))

    assert listed(desk, day="tomorrow") == [earlier, visit]


def test_list_hides_holds(desk: Client, visit: Appointment):
    hold_time(visit, "12:00")

    assert listed(desk) == [visit]


def test_list_of_holds_has_only_them(desk: Client, visit: Appointment):
    held = hold_time(visit, "12:00")

    assert listed(desk, status="pending") == [held]


def test_list_hides_holds_that_were_given_up(desk: Client, visit: Appointment):
    hold_time(visit, "12:00")
    hold_time(visit, "13:00")

    assert listed(desk) == [visit]
    assert listed(desk, status="cancelled") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "booked"}, True),
        ({"status": "arrived"}, False),
        ({"day": "today"}, False),
        ({"day": "tomorrow"}, True),
        ({"day": "week"}, True),
        ({"day": "never"}, True),
    ],
)
def test_list_is_filtered(desk: Client, visit: Appointment, query: dict[str, str], found: bool):
    assert listed(desk, **query) == ([visit] if found else [])


def test_today_begins_at_midnight_of_the_practice(desk: Client, visit: Appointment, clock: Any):
    # 8 pm on Monday in New York is Tuesday in UTC.
    clock.move_to(practice.at("20:00", practice.TUESDAY - timedelta(days=1)))

    assert listed(desk, day="today") == []
    assert listed(desk, day="tomorrow") == [visit]


def test_list_asks_as_often_for_three_visits_as_for_one(desk: Client, visit: Appointment):
    open_page(desk, "appointment_changelist")
    with CaptureQueriesContext(connection) as for_one:
        open_page(desk, "appointment_changelist")
    other_type = practice.make_visit_type(rooms=[practice.make_room(visit.location)])
    other = practice.make_practitioner(visit_types=[other_type], location=visit.location)
    for clock in ("09:00", "12:00"):
        actions.book_visit(
            visit_type=other_type,
            practitioner=other,
            location=visit.location,
            start=practice.at(clock),
            patient=practice.make_patient(),
            by=Actor.system(),
        )

    with CaptureQueriesContext(connection) as for_three:
        open_page(desk, "appointment_changelist")

    assert len(for_three) == len(for_one)


# --- The page of one visit ------------------------------------------------------------


def test_page_tells_the_visit_in_the_time_of_its_place(desk: Client, visit: Appointment):
    visit.location.time_zone = "America/Los_Angeles"
    visit.location.save()

    page = open_page(desk, "appointment_change", visit.pk).content.decode()

    assert "Tuesday, November\xa024, 2026, 7:00\xa0am – 7:40\xa0am, Pacific Time (Los Angeles)" in page


def test_page_has_the_history_with_the_old_time(desk: Client, visit: Appointment, receptionist: Any):
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=practice.at("11:00"),
        by=Actor.staff(receptionist),
    )

    page = open_page(desk, "appointment_change", visit.pk)

    [history] = page.context["inline_admin_formsets"]
    assert [form.instance.kind for form in history.formset] == ["booked", "moved"]
    assert "Tuesday, November\xa024, 2026, 10:00\xa0am" in page.content.decode()


def test_page_of_a_patient_without_email_or_phone_shows_no_none(desk: Client, visit: Appointment):
    Patient.objects.update(email="", phone="", phone_typed="")

    page = open_page(desk, "appointment_change", visit.pk).content.decode()

    assert "None" not in page


def test_page_names_nobody_in_its_title(desk: Client, visit: Appointment):
    page = open_page(desk, "appointment_change", visit.pk).content.decode()

    title = page[page.index("<title>") : page.index("</title>")]
    assert visit.display_reference in title
    assert "Ellis" not in title


@pytest.mark.usefixtures("on_the_day")
@pytest.mark.parametrize(
    ("status", "steps"),
    [
        (Status.BOOKED, ["arrive", "mark_noshow"]),
        (Status.ARRIVED, ["check_in", "undo"]),
        (Status.CHECKED_IN, ["fulfil", "undo"]),
        (Status.FULFILLED, ["undo"]),
        (Status.NOSHOW, ["undo"]),
        (Status.ENTERED_IN_ERROR, []),
    ],
)
def test_page_offers_the_steps_of_the_status(
    desk: Client, visit: Appointment, status: Status, steps: list[str]
):
    Appointment.objects.update(status=status)

    page = open_page(desk, "appointment_change", visit.pk)

    assert [step.name for step in page.context["steps"]] == steps


def test_page_of_a_hold_offers_nothing_that_the_desk_refuses(desk: Client, visit: Appointment):
    held = hold_time(visit, "12:00")

    context = open_page(desk, "appointment_change", held.pk).context

    assert context["steps"] == []
    assert (context["can_be_moved"], context["can_be_cancelled"], context["can_be_in_error"]) == (
        False,
        False,
        False,
    )


def test_page_cannot_be_saved(desk: Client, visit: Appointment):
    response = send(desk, "appointment_change", visit.pk, status="fulfilled")

    visit.refresh_from_db()
    assert response.status_code == 403
    assert visit.status == Status.BOOKED


def test_visit_cannot_be_deleted(desk: Client, visit: Appointment):
    one = send(desk, "appointment_delete", visit.pk, post="yes")
    several = act_on(desk, "delete_selected", visit, post="yes")

    assert one.status_code == 403
    assert "delete_selected" not in str(several.context["action_form"])
    assert Appointment.objects.filter(pk=visit.pk).exists()


def test_whoever_may_only_look_gets_no_steps(client: Client, visit: Appointment, django_user_model: Any):
    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    rights = ("view_appointment", "view_every_visit")
    onlooker.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(onlooker)

    page = open_page(client, "appointment_change", visit.pk)
    answers = [
        send(client, "appointment_step", visit.pk, step="arrive"),
        send(client, "appointment_error", visit.pk),
        send(client, "appointment_add"),
    ]
    act_on(client, "arrive", visit)

    visit.refresh_from_db()
    assert "steps" not in page.context
    assert [answer.status_code for answer in answers] == [403] * 3
    assert visit.status == Status.BOOKED


# --- Steps for several ------------------------------------------------------------------


@pytest.mark.usefixtures("on_the_day")
def test_arrive_takes_the_step_for_each(desk: Client, visit: Appointment, receptionist: Any):
    other = book_another(visit, "12:00")

    response = act_on(desk, "arrive", visit, other)

    assert set(Appointment.objects.values_list("status", flat=True)) == {Status.ARRIVED}
    assert read_messages(response) == ["2 visits: Arrived"]
    done = AppointmentEvent.objects.filter(kind="arrived").values_list("actor", flat=True)
    assert list(done) == [receptionist.pk, receptionist.pk]


@pytest.mark.usefixtures("on_the_day")
@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        (Status.ARRIVED, "check_in", Status.CHECKED_IN),
        (Status.CHECKED_IN, "fulfil", Status.FULFILLED),
        (Status.BOOKED, "mark_noshow", Status.NOSHOW),
        (Status.NOSHOW, "undo", Status.BOOKED),
    ],
)
def test_step_is_taken(desk: Client, visit: Appointment, before: Status, action: str, after: Status):
    Appointment.objects.update(status=before)

    act_on(desk, action, visit)

    visit.refresh_from_db()
    assert visit.status == after


@pytest.mark.usefixtures("on_the_day")
def test_step_that_is_refused_says_which_visit_and_does_not_stop_the_others(desk: Client, visit: Appointment):
    refused = book_another(visit, "12:00")
    actions.mark_noshow(appointment=refused, by=Actor.system())

    response = act_on(desk, "arrive", refused, visit)

    visit.refresh_from_db()
    assert visit.status == Status.ARRIVED
    assert read_messages(response) == [
        f"{refused.display_reference}: Its status does not allow this, or somebody else has just changed it.",
        "1 visit: Arrived",
    ]


def test_cancel_asks_first(desk: Client, visit: Appointment):
    response = act_on(desk, "cancel", visit)

    visit.refresh_from_db()
    assert "Cancel this visit?" in response.content.decode()
    assert visit.status == Status.BOOKED


def test_cancel_needs_to_know_who_cancels(desk: Client, visit: Appointment):
    response = act_on(desk, "cancel", visit, confirmed="yes")

    visit.refresh_from_db()
    assert "This field is required." in response.content.decode()
    assert visit.status == Status.BOOKED


def test_cancel_confirmed_cancels_each_and_tells_the_patients(desk: Client, visit: Appointment):
    other = book_another(visit, "12:00", email="robin@example.org")

    seen = act_on(desk, "cancel", visit, other).context["marks"]

    response = act_on(desk, "cancel", visit, other, confirmed="yes", reason="practice", seen=seen)

    assert read_messages(response) == ["2 visits: Cancelled"]
    assert set(Appointment.objects.values_list("status", "cancellation_reason")) == {
        (Status.CANCELLED, CancellationReason.PRACTICE)
    }
    assert OutboxMessage.objects.filter(kind="booking.cancelled").count() == 2


def test_cancel_leaves_alone_what_changed_since_the_question(desk: Client, visit: Appointment):
    here, moved = book_another(visit, "12:00"), book_another(visit, "14:00")
    seen = act_on(desk, "cancel", visit, here, moved).context["marks"]
    actions.arrive(appointment=here, by=Actor.system())
    move_to(moved, "15:00")

    response = act_on(desk, "cancel", visit, here, moved, confirmed="yes", reason="practice", seen=seen)

    told = "Its status does not allow this, or somebody else has just changed it."
    assert read_messages(response) == [
        f"{moved.display_reference}: {told}",
        f"{here.display_reference}: {told}",
        "1 visit: Cancelled",
    ]
    assert list(Appointment.objects.order_by("pk").values_list("status", flat=True)) == [
        Status.CANCELLED,
        Status.ARRIVED,
        Status.BOOKED,
    ]


def test_undo_of_a_cancellation_whose_time_is_taken_is_refused(desk: Client, visit: Appointment):
    actions.cancel(appointment=visit, reason=CancellationReason.PRACTICE, by=Actor.system())
    book_another(visit, "10:00")

    response = act_on(desk, "undo", visit)

    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED
    assert read_messages(response) == [
        f"{visit.display_reference}: The clinician or the patient already has a visit at that time."
    ]
