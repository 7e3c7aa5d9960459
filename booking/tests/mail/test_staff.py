"""The mails to those who work here: the day's list, and word that mail has failed."""

from datetime import date, timedelta
from typing import Any

import pytest

from booking import actions
from booking.actions import Actor
from booking.mail import staff
from booking.models import Appointment, Practitioner
from booking.tests import practice
from booking.tests.mail.reading import compose_message, expected, read_part, tell
from booking.tests.practice import at
from outbox.deliver import deliver
from outbox.models import OutboxMessage, State
from outbox.registry import Superseded

pytestmark = pytest.mark.django_db

SEVEN = at("07:00")


@pytest.fixture
def clinician(booked: Appointment) -> Practitioner:
    Practitioner.objects.update(email="lena.fischer@clinic.example.org", daily_list=True)
    return Practitioner.objects.get()


def list_queued() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind=staff.DAILY_LIST).order_by("pk"))


def compose_list(clock: Any) -> Any:
    clock.move_to(SEVEN)
    staff.queue_daily_lists()
    [message] = list_queued()
    return compose_message(message)


# --- The day's list ----------------------------------------------------------------


def test_list_reads_as_expected(booked: Appointment, clinician: Practitioner, clock: Any):
    Appointment.objects.update(
        needs_interpreter=True, interpreter_language="Spanish, ask for Maria", needs_more_time=True
    )
    Appointment.objects.update(access_needs="My wife Ada will drive me")
    other = actions.book_visit(
        visit_type=booked.visit_type,
        practitioner=booked.practitioner,
        location=booked.location,
        start=at("14:00"),
        patient=practice.make_patient(given_name="Robin", family_name="Hart"),
        by=Actor.system(),
    )

    email = compose_list(clock)

    assert email["To"] == "lena.fischer@clinic.example.org"
    assert tell(email) == expected("daily-list")
    everything = read_part(email, "text/plain") + read_part(email, "text/html")
    for private in ("Jordan", "Brien", "Robin", "Hart", "Maria", "Ada", "Spanish", "Cramps", "1975", "0177"):
        assert private not in everything
    assert other.reference not in everything


def test_working_day_without_visits(booked: Appointment, clinician: Practitioner, clock: Any):
    actions.cancel(appointment=booked, reason="practice", by=Actor.staff(None))

    assert tell(compose_list(clock)) == expected("daily-list-empty")


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        (at("06:59"), 0),
        (at("07:00"), 1),
        (at("11:59"), 1),
        (at("12:00"), 0),
        (at("07:00", date(2026, 11, 28)), 0),  # a Saturday
        (at("07:00", date(2027, 3, 15)), 1),  # the Monday after clocks went forward
    ],
)
def test_list_leaves_in_the_morning_of_a_working_day(
    clinician: Practitioner, clock: Any, moment: Any, count: int
):
    clock.move_to(moment)

    staff.queue_daily_lists()

    assert len(list_queued()) == count


def test_list_leaves_once_a_day(clinician: Practitioner, clock: Any):
    clock.move_to(SEVEN)
    staff.queue_daily_lists()
    staff.queue_daily_lists()
    assert len(list_queued()) == 1

    clock.shift(timedelta(days=1))
    staff.queue_daily_lists()

    assert [message.version for message in list_queued()] == [
        practice.TUESDAY.toordinal(),
        practice.TUESDAY.toordinal() + 1,
    ]


def test_visit_on_a_day_off_makes_it_a_working_day(booked: Appointment, clinician: Practitioner, clock: Any):
    practice.close(clinician, practice.TUESDAY)
    clock.move_to(SEVEN)

    staff.queue_daily_lists()

    assert len(list_queued()) == 1


def test_day_off_without_visits_has_no_list(booked: Appointment, clinician: Practitioner, clock: Any):
    actions.cancel(appointment=booked, reason="practice", by=Actor.staff(None))
    practice.close(clinician, practice.TUESDAY)
    clock.move_to(SEVEN)

    staff.queue_daily_lists()

    assert list_queued() == []


@pytest.mark.parametrize("change", [{"daily_list": False}, {"email": ""}, {"is_active": False}])
def test_whoever_does_not_want_it_gets_none(clinician: Practitioner, clock: Any, change: dict[str, Any]):
    clock.move_to(SEVEN)
    staff.queue_daily_lists()
    Practitioner.objects.update(**change)

    with pytest.raises(Superseded):
        compose_message(list_queued()[0])
    OutboxMessage.objects.all().delete()
    staff.queue_daily_lists()
    assert list_queued() == []


def test_list_of_yesterday_is_dropped(clinician: Practitioner, clock: Any):
    clock.move_to(SEVEN)
    staff.queue_daily_lists()
    clock.shift(timedelta(days=1))

    with pytest.raises(Superseded):
        compose_message(list_queued()[0])


def test_lists_take_the_same_queries_for_one_and_three(
    booked: Appointment, clinician: Practitioner, clock: Any, django_assert_max_num_queries: Any
):
    clock.move_to(SEVEN)
    staff.queue_daily_lists()
    [message] = list_queued()
    with django_assert_max_num_queries(3) as for_one:
        compose_message(message)
    for clock_time in ("14:00", "15:00"):
        actions.book_visit(
            visit_type=booked.visit_type,
            practitioner=booked.practitioner,
            location=booked.location,
            start=at(clock_time),
            patient=practice.make_patient(),
            by=Actor.system(),
        )

    with django_assert_max_num_queries(3) as for_three:
        compose_message(message)

    assert len(for_one) == len(for_three)


# --- Failed mail -------------------------------------------------------------------


def fail(count: int, *, kind: str = "booking.booked") -> None:
    for _ in range(count):
        OutboxMessage.objects.create(
            kind=kind,
            subject_id=OutboxMessage.objects.count() + 1000,
            version=0,
            recipient="patient",
            state=State.DEAD,
            last_error="SMTPRecipientsRefused 550 5.1.1",
        )


def list_reports() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind=staff.DELIVERY_PROBLEM).order_by("pk"))


@pytest.mark.parametrize(("count", "wording"), [(1, "delivery-problem-one"), (3, "delivery-problem")])
def test_report_reads_as_expected(clock: Any, count: int, wording: str):
    fail(count)

    staff.report_failed_mail()

    [report] = list_reports()
    email = compose_message(report)
    assert email["To"] == "frontdesk@clinic.example.org"
    assert tell(email) == expected(wording)


def test_nothing_failed_nothing_told(clock: Any):
    staff.report_failed_mail()

    assert list_reports() == []


def test_at_most_one_an_hour_and_each_tells_of_what_came_since(clock: Any):
    fail(2)
    staff.report_failed_mail()
    clock.shift(timedelta(minutes=59))
    fail(1)
    staff.report_failed_mail()
    assert len(list_reports()) == 1

    clock.shift(timedelta(minutes=1))
    staff.report_failed_mail()
    clock.shift(timedelta(hours=2))
    staff.report_failed_mail()

    [first, second] = list_reports()
    assert compose_message(first)["Subject"] == "2 emails could not be sent"
    assert compose_message(second)["Subject"] == "One email could not be sent"


def test_report_that_staff_were_faster_than_is_dropped(clock: Any):
    fail(1)
    staff.report_failed_mail()
    OutboxMessage.objects.filter(state=State.DEAD).update(state=State.STOPPED)

    [report] = list_reports()
    deliver(report.pk)

    report.refresh_from_db()
    assert report.state == State.DROPPED


def test_report_that_fails_makes_no_other_one(clock: Any):
    fail(1, kind=staff.DELIVERY_PROBLEM)
    clock.shift(timedelta(hours=2))

    staff.report_failed_mail()

    assert len(list_reports()) == 1
