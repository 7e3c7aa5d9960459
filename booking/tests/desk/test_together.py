"""Visits that were booked as one, at the desk: what a panel tells of the others, one step for several."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from booking import actions
from booking.actions import Actor, Wanted
from booking.models import Appointment, CancellationReason, Chain, Patient, Practitioner, VisitGroup
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.desk.conftest import DAY, read_outcomes
from booking.tests.desk.test_day import read_text
from booking.tests.practice import TUESDAY, at
from outbox import registry
from outbox.models import OutboxMessage, State
from staff.roles import sync_roles

WEEK = timedelta(weeks=1)


@pytest.fixture
def series(visit: Appointment, other_patient: Patient) -> list[Appointment]:
    """Four Tuesdays at noon."""
    wanted = Wanted(
        visit_type=visit.visit_type,
        practitioner=visit.practitioner,
        location=visit.location,
        start=at("12:00"),
    )
    visits = [replace(wanted, start=at("12:00", TUESDAY + week * WEEK)) for week in range(4)]
    return actions.book_together(visits=visits, every_weeks=1, patient=other_patient, by=Actor.staff(None))


@pytest.fixture
def pair(visit: Appointment, other_patient: Patient) -> list[Appointment]:
    """A test with somebody of her own at nine, then a visit with Dr. Fischer at 11."""
    test = practice.make_visit_type(name="Nerve test", duration=60)
    chain = Chain.objects.create(name="Test, then visit", first=test, second=visit.visit_type, most_gap=90)
    adler = practice.make_practitioner(visit_types=[test], location=visit.location, slug="adler")
    place = visit.location
    return actions.book_together(
        visits=[
            Wanted(visit_type=test, practitioner=adler, location=place, start=at("09:00")),
            Wanted(
                visit_type=visit.visit_type,
                practitioner=visit.practitioner,
                location=place,
                start=at("11:00"),
            ),
        ],
        chain=chain,
        patient=other_patient,
        by=Actor.staff(None),
    )


def show(client: Client, visit: Appointment) -> str:
    return read_text(client.get(f"/admin/desk/visit/{visit.pk}/").content.decode())


def cancel_rest(client: Client, visit: Appointment, seen: list[str], reason: str = "patient") -> Any:
    address = f"/admin/desk/visit/{visit.pk}/cancel/together/"
    return client.post(address, {"reason": reason, "seen": seen}, follow=True)


def list_statuses(visits: list[Appointment]) -> list[str]:
    found = Appointment.objects.in_bulk([visit.pk for visit in visits])
    return [found[visit.pk].status for visit in visits]


def mark(visit: Appointment) -> str:
    return f"{visit.pk}-0"


# --- What the panel tells ----------------------------------------------------------------


def test_panel_of_one_links_to_the_others(desk: Client, series: list[Appointment]) -> None:
    html = desk.get(f"/admin/desk/visit/{series[2].pk}/").content.decode()

    assert "Series: 3 of 4 Every week Tue, Nov 24, 12:00 pm" in read_text(html)
    for other in (series[0], series[1], series[3]):
        assert f'href="/admin/desk/visit/{other.pk}/"' in html


def test_visit_that_stands_alone_says_nothing_of_others(desk: Client, visit: Appointment) -> None:
    assert "Series" not in show(desk, visit).replace("Book a series", "")


def test_cancelled_one_stays_in_the_count_and_a_mistake_does_not(
    desk: Client, series: list[Appointment]
) -> None:
    actions.cancel(appointment=series[0], reason=CancellationReason.PATIENT, by=Actor.staff(None))
    actions.enter_in_error(appointment=series[1], by=Actor.staff(None))

    told = show(desk, series[3])

    assert "Series: 3 of 3 Every week Tue, Nov 24, 12:00 pm Dr. Fischer, Cancelled" in told


def test_pair_that_no_longer_follows_is_told(desk: Client, pair: list[Appointment]) -> None:
    apart = "The two visits no longer follow each other as planned."
    before = show(desk, pair[0])

    actions.move(
        appointment=pair[1],
        practitioner=pair[1].practitioner,
        location=pair[1].location,
        start=at("14:00"),
        by=Actor.staff(None),
    )

    assert apart not in before
    assert apart in show(desk, pair[0])


@pytest.mark.parametrize("page", ["move", "cancel"])
def test_pages_that_change_one_of_a_pair_say_that_the_other_belongs_to_it(
    desk: Client, pair: list[Appointment], page: str
) -> None:
    response = desk.get(f"/admin/desk/visit/{pair[0].pk}/{page}/")

    told = read_text(response.content.decode())
    assert "This visit goes together with another one. Only this one changes here." in told
    assert "Tue, Nov 24, 11:00 am, First visit Dr. Fischer, Booked" in told
    assert f'href="/admin/desk/visit/{pair[0].pk}/cancel/together/"' in response.content.decode()


def test_many_others_take_no_more_queries(desk: Client, series: list[Appointment]) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            show(desk, series[0])
        return len(queries)

    count()
    many = count()
    Appointment.objects.filter(pk__in=[series[2].pk, series[3].pk]).update(group=None)

    assert count() == many


def test_clinician_is_told_of_others_without_names(
    client: Client, pair: list[Appointment], django_user_model: Any
) -> None:
    sync_roles()
    user = django_user_model.objects.create_user("lena", is_staff=True)
    user.groups.add(Group.objects.get(name="Practitioner"))
    practitioner = pair[1].practitioner
    practitioner.user = user
    practitioner.save()
    client.force_login(user)

    told = show(client, pair[1])

    assert "Test, then visit: 2 of 2 1 more with somebody else" in told
    assert "Nerve test" not in told
    assert "Cancel both" not in told
    assert client.get(f"/admin/desk/visit/{pair[0].pk}/").status_code == 404
    refused = cancel_rest(client, pair[1], [mark(one) for one in pair])
    assert "Somebody else has just changed" in read_outcomes(refused)[0]
    assert client.post(f"/admin/desk/visit/{pair[1].pk}/unbook/together/", {"version": 0}).status_code == 403
    assert list_statuses(pair) == [Status.BOOKED] * 2


# --- One step for several ---------------------------------------------------------------


def test_rest_of_a_series_is_cancelled_and_told_once(desk: Client, series: list[Appointment]) -> None:
    asked = desk.get(f"/admin/desk/visit/{series[1].pk}/cancel/together/")
    answer = cancel_rest(desk, series[1], [mark(one) for one in series[1:]])

    told = read_text(asked.content.decode())
    assert "Cancel these visits of Robin Hart?" in told
    assert "Tuesday, December 15, 2026, 12:00 pm" in told
    assert "It is one email for all of them." in told
    assert read_outcomes(answer) == ["Cancelled: 3 visits. An email goes to the patient."]
    assert list_statuses(series) == [Status.BOOKED] + [Status.CANCELLED] * 3
    assert OutboxMessage.objects.filter(kind__startswith="booking.cancelled").count() == 1
    assert "Cancellation of several visits : Waiting" in read_text(answer.content.decode())


def test_both_of_a_pair_are_cancelled_from_either(desk: Client, pair: list[Appointment]) -> None:
    cancel_rest(desk, pair[1], [mark(one) for one in pair])

    assert list_statuses(pair) == [Status.CANCELLED] * 2


def test_step_asks_who_cancels(desk: Client, series: list[Appointment]) -> None:
    response = cancel_rest(desk, series[0], [mark(one) for one in series], reason="")

    assert "This field is required." in read_text(response.content.decode())
    assert list_statuses(series) == [Status.BOOKED] * 4


def test_what_was_not_shown_is_not_cancelled(desk: Client, series: list[Appointment]) -> None:
    response = cancel_rest(desk, series[1], [mark(one) for one in series[1:3]])

    assert "Nothing was done." in read_outcomes(response)[0]
    assert list_statuses(series) == [Status.BOOKED] * 4


def test_what_has_changed_since_is_not_cancelled(desk: Client, series: list[Appointment]) -> None:
    actions.move(
        appointment=series[3],
        practitioner=series[3].practitioner,
        location=series[3].location,
        start=series[3].start + timedelta(hours=1),
        by=Actor.staff(None),
    )

    response = cancel_rest(desk, series[1], [mark(one) for one in series[1:]])

    assert "Nothing was done." in read_outcomes(response)[0]
    assert list_statuses(series) == [Status.BOOKED] * 4


def test_last_visit_has_no_rest(desk: Client, series: list[Appointment]) -> None:
    told = show(desk, series[3])
    response = desk.get(f"/admin/desk/visit/{series[3].pk}/cancel/together/", follow=True)

    assert "Cancel this one and the rest" not in told
    assert response.redirect_chain


def test_undo_is_not_for_what_was_changed_since(desk: Client, series: list[Appointment]) -> None:
    actions.cancel(appointment=series[3], reason=CancellationReason.PATIENT, by=Actor.staff(None))

    response = desk.post(f"/admin/desk/visit/{series[0].pk}/unbook/together/", {"version": 0}, follow=True)

    assert "Nothing was done." in read_outcomes(response)[0]
    assert list_statuses(series)[:3] == [Status.BOOKED] * 3


def test_undo_of_a_visit_that_stands_alone_does_nothing(desk: Client, visit: Appointment) -> None:
    desk.post(f"/admin/desk/visit/{visit.pk}/unbook/together/", {"version": 0})

    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_undo_once_the_mail_has_left_tells_the_patient(desk: Client, series: list[Appointment]) -> None:
    OutboxMessage.objects.filter(kind="booking.booked_together").update(
        state=State.SENT, sent_at=practice.NOW
    )

    response = desk.post(f"/admin/desk/visit/{series[0].pk}/unbook/together/", {"version": 0}, follow=True)

    assert read_outcomes(response) == ["Undone: the visits are cancelled. An email goes to the patient."]
    assert list_statuses(series) == [Status.CANCELLED] * 4


# --- Mail that failed ---------------------------------------------------------------------


def test_failed_mail_about_several_stands_once_and_is_sent_again(
    desk: Client, series: list[Appointment]
) -> None:
    message = OutboxMessage.objects.get(kind="booking.booked_together")
    OutboxMessage.objects.filter(pk=message.pk).update(state=State.DEAD)

    told = read_text(desk.get("/admin/desk/", DAY).content.decode())
    response = desk.post(f"/admin/desk/mail/{message.pk}/", follow=True)

    assert told.count("Confirmation of several visits") == 1
    assert response.status_code == 200
    message.refresh_from_db()
    assert message.state == State.QUEUED


def test_failed_mail_is_missed_by_nobody_once_all_have_changed(
    desk: Client, series: list[Appointment]
) -> None:
    OutboxMessage.objects.filter(kind="booking.booked_together").update(state=State.DEAD)
    actions.cancel_together(visits=series, reason=CancellationReason.PATIENT, by=Actor.staff(None))

    told = read_text(desk.get("/admin/desk/", DAY).content.decode())

    assert "Confirmation of several visits" not in told
    assert VisitGroup.objects.count() == 1


def test_visits_of_a_failed_mail_are_found_in_the_list(desk: Client, series: list[Appointment]) -> None:
    OutboxMessage.objects.filter(kind="booking.booked_together").update(state=State.DEAD)
    actions.cancel(appointment=series[3], reason=CancellationReason.PATIENT, by=Actor.staff(None))

    found = desk.get("/admin/booking/appointment/", {"mail": "failed"}).context["cl"].result_list

    assert {*found} == {*series[:3]}


def test_reading_the_mail_is_recorded(desk: Client, series: list[Appointment]) -> None:
    message = OutboxMessage.objects.get(kind="booking.booked_together")

    desk.get(f"/admin/outbox/outboxmessage/{message.pk}/preview/")

    entry = Entry.objects.get(kind=Entry.Kind.READ_MAIL)
    assert entry.patient_id == series[0].patient_id


def test_mail_is_for_those_who_may_see_all_its_visits(
    pair: list[Appointment], series: list[Appointment], django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("lena", is_staff=True)
    Practitioner.objects.filter(pk=pair[1].practitioner_id).update(user=user)
    mails = OutboxMessage.objects.filter(kind="booking.booked_together")

    seen = registry.narrow_down(mails, user=user)

    # The series is all hers; of the pair one visit is somebody else's.
    assert {mail.subject_id for mail in seen} == {series[0].group_id}
