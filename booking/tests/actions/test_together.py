"""Several visits booked, taken back and cancelled as one."""

from datetime import date, timedelta
from typing import Any

import pytest

from booking import actions
from booking.actions import Actor, PatientDetails, SomeRefused, Wanted
from booking.engine.rules import Code
from booking.models import (
    Appointment,
    AppointmentEvent,
    CancellationReason,
    Chain,
    FreedTime,
    Location,
    Patient,
    Practitioner,
    VisitGroup,
    VisitType,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage, State

pytestmark = pytest.mark.django_db

BY_STAFF = Actor.staff(None)
BY_PATIENT = Actor.patient()


@pytest.fixture
def weekly(visit_type: VisitType, practitioner: Practitioner, location: Location, clock: Any) -> list[Wanted]:
    """Three Tuesdays at ten."""
    return [
        Wanted(
            visit_type=visit_type,
            practitioner=practitioner,
            location=location,
            start=at("10:00", TUESDAY + timedelta(weeks=week)),
        )
        for week in range(3)
    ]


@pytest.fixture
def series(weekly: list[Wanted], patient: Patient) -> list[Appointment]:
    return actions.book_together(visits=weekly, every_weeks=1, patient=patient, by=BY_STAFF)


@pytest.fixture
def chain(clock: Any, visit_type: VisitType, location: Location) -> Chain:
    test = practice.make_visit_type(duration=60, buffer_after=20)
    practice.make_practitioner(visit_types=[test], location=location, slug="ruth-adler")
    practice.make_practitioner(visit_types=[visit_type], location=location, slug="priya-nair")
    return Chain.objects.create(name="Test, then visit", first=test, second=visit_type, most_gap=60)


def pair_up(chain: Chain, location: Location, first: str, second: str) -> list[Wanted]:
    people = Practitioner.objects.in_bulk(["ruth-adler", "priya-nair"], field_name="slug")
    return [
        Wanted(
            visit_type=chain.first,
            practitioner=people["ruth-adler"],
            location=location,
            start=at(first),
        ),
        Wanted(
            visit_type=chain.second,
            practitioner=people["priya-nair"],
            location=location,
            start=at(second),
        ),
    ]


def take(wanted: Wanted) -> Appointment:
    """Somebody else has that time."""
    return actions.book_visit(
        visit_type=wanted.visit_type,
        practitioner=wanted.practitioner,
        location=wanted.location,
        start=wanted.start,
        patient=practice.make_patient(email=""),
        by=BY_STAFF,
    )


def list_mails() -> list[tuple[str, int, int]]:
    """Kind, subject and version of the mails that wait, reminders left out."""
    messages = OutboxMessage.objects.filter(state=State.QUEUED).exclude(kind="booking.reminder")
    return list(messages.order_by("pk").values_list("kind", "subject_id", "version"))


# --- Booking ---------------------------------------------------------------------------


def test_series_is_ordinary_visits_with_one_mail_and_own_reminders(series: list[Appointment]) -> None:
    group = VisitGroup.objects.get()

    assert [visit.group for visit in series] == [group] * 3
    assert len({visit.reference for visit in series}) == 3
    assert (group.every_weeks, group.chain) == (1, None)
    assert list_mails() == [("booking.booked_together", group.pk, 0)]
    assert AppointmentEvent.objects.filter(kind="booked", appointment__in=series).count() == 3
    reminded = OutboxMessage.objects.filter(kind="booking.reminder").values_list("subject_id", flat=True)
    assert {*reminded} == {visit.pk for visit in series[1:]}


def test_all_that_stand_in_the_way_are_named_and_nothing_is_booked(
    weekly: list[Wanted], patient: Patient
) -> None:
    take(weekly[0])
    practice.close_practice(TUESDAY + timedelta(weeks=2))
    before = Appointment.objects.count()

    with pytest.raises(SomeRefused) as refused:
        actions.book_together(visits=weekly, every_weeks=1, patient=patient, by=BY_STAFF)

    told = [(one.start, [refusal.code for refusal in some]) for one, some in refused.value.refused]
    assert told == [(weekly[0].start, [Code.TAKEN]), (weekly[2].start, [Code.CLOSED])]
    assert Appointment.objects.count() == before
    assert not VisitGroup.objects.exists()
    assert list_mails() == []


def test_what_is_taken_between_the_look_and_the_lock_is_named_too(
    weekly: list[Wanted], patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those under the locks see it: the look before them is made blind."""
    take(weekly[1])
    monkeypatch.setattr(Wanted, "find_binding", lambda self, patient: [])

    with pytest.raises(SomeRefused) as refused:
        actions.book_together(visits=weekly, every_weeks=1, patient=patient, by=BY_STAFF)

    assert [one.start for one, _ in refused.value.refused] == [weekly[1].start]
    assert Appointment.objects.count() == 1


def test_database_is_the_judge_and_its_verdict_names_the_date(
    weekly: list[Wanted], patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where every look is blind, one visit that overlaps undoes all of them."""
    take(weekly[1])
    monkeypatch.setattr(Wanted, "check", lambda self, patient: [])

    with pytest.raises(SomeRefused) as refused:
        actions.book_together(visits=weekly, every_weeks=1, patient=patient, by=BY_STAFF)

    assert [(one.start, [refusal.code for refusal in some]) for one, some in refused.value.refused] == [
        (weekly[1].start, [Code.TAKEN])
    ]
    assert Appointment.objects.count() == 1


def test_two_of_one_series_at_one_time_are_refused(weekly: list[Wanted], patient: Patient) -> None:
    with pytest.raises(SomeRefused):
        actions.book_together(visits=[weekly[0], weekly[0]], every_weeks=1, patient=patient, by=BY_STAFF)

    assert not Appointment.objects.exists()


def test_rules_that_were_set_aside_stand_in_the_history_of_that_visit(
    visit_type: VisitType, practitioner: Practitioner, location: Location, patient: Patient, clock: Any
) -> None:
    usual = {"visit_type": visit_type, "practitioner": practitioner, "location": location}
    practice.close_practice(TUESDAY)
    visits = [
        Wanted(**usual, start=at("10:00"), override=[Code.CLOSED]),
        Wanted(**usual, start=at("10:00", TUESDAY + timedelta(weeks=1))),
    ]

    booked = actions.book_together(
        visits=visits, every_weeks=1, patient=patient, by=BY_STAFF, note="They come from far away"
    )

    events = [visit.events.get(kind="booked") for visit in booked]
    assert [event.details for event in events] == [{"set_aside": ["closed"]}, {}]
    assert [event.note for event in events] == ["They come from far away", ""]


def test_series_may_go_beyond_the_horizon_of_patients(
    visit_type: VisitType, practitioner: Practitioner, location: Location, patient: Patient, clock: Any
) -> None:
    far = at("10:00", TUESDAY + timedelta(weeks=26))
    usual = {"visit_type": visit_type, "practitioner": practitioner, "location": location}
    near = Wanted(**usual, start=at("10:00"))

    with pytest.raises(SomeRefused):
        actions.book_together(
            visits=[near, Wanted(**usual, start=far)], every_weeks=26, patient=patient, by=BY_STAFF
        )
    booked = actions.book_together(
        visits=[near, Wanted(**usual, start=far, horizon=730)],
        every_weeks=26,
        patient=patient,
        by=BY_STAFF,
    )

    assert [visit.start for visit in booked] == [near.start, far]


def test_new_patient_is_made_once_or_not_at_all(weekly: list[Wanted]) -> None:
    details = PatientDetails(given_name="Casey", family_name="Moss", birth_date=date(1980, 2, 29))
    blocked = take(weekly[2])

    with pytest.raises(SomeRefused):
        actions.book_together(visits=weekly, every_weeks=1, patient=details, by=BY_STAFF)
    assert not Patient.objects.filter(family_name="Moss").exists()
    actions.cancel(appointment=blocked, reason=CancellationReason.PRACTICE, by=BY_STAFF)
    booked = actions.book_together(visits=weekly, every_weeks=1, patient=details, by=BY_STAFF)

    assert {visit.patient for visit in booked} == {Patient.objects.get(family_name="Moss")}


def test_pair_is_booked_with_both_clinicians(chain: Chain, location: Location, patient: Patient) -> None:
    visits = pair_up(chain, location, "09:00", "10:20")

    booked = actions.book_together(visits=visits, chain=chain, patient=patient, by=BY_STAFF)

    assert [visit.visit_type for visit in booked] == [chain.first, chain.second]
    assert [visit.start for visit in booked] == [at("09:00"), at("10:20")]
    assert VisitGroup.objects.get().chain == chain


@pytest.mark.parametrize(
    ("first", "second"), [("09:00", "11:20"), ("10:20", "09:00"), ("09:00", "10:00")], ids=str
)
def test_what_is_no_pair_is_not_booked(
    chain: Chain, location: Location, patient: Patient, first: str, second: str
) -> None:
    with pytest.raises(actions.NotAPair):
        actions.book_together(
            visits=pair_up(chain, location, first, second), chain=chain, patient=patient, by=BY_STAFF
        )

    assert not Appointment.objects.exists()


# --- Undo -------------------------------------------------------------------------------


def test_undo_before_the_mail_has_left_tells_nobody(series: list[Appointment]) -> None:
    actions.unbook_together(appointment=series[1], by=BY_STAFF)

    assert {*Appointment.objects.values_list("status", flat=True)} == {Status.ENTERED_IN_ERROR}
    assert list_mails() == []
    assert not OutboxMessage.objects.filter(state=State.QUEUED).exists()


def test_undo_after_it_has_left_cancels_and_tells_once(series: list[Appointment]) -> None:
    OutboxMessage.objects.filter(kind="booking.booked_together").update(
        state=State.SENT, sent_at=practice.NOW
    )

    actions.unbook_together(appointment=series[0], by=BY_STAFF)

    assert {*Appointment.objects.values_list("status", flat=True)} == {Status.CANCELLED}
    assert list_mails() == [("booking.cancelled_together", series[0].group_id, 1)]


def test_undo_is_not_for_what_was_changed_since(series: list[Appointment]) -> None:
    actions.arrive(appointment=series[0], by=BY_STAFF)

    with pytest.raises(actions.NotAllowed):
        actions.unbook_together(appointment=series[1], by=BY_STAFF)

    assert Appointment.objects.filter(status=Status.BOOKED).count() == 2


def test_one_of_several_is_not_taken_back_alone(series: list[Appointment]) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.unbook(appointment=series[0], by=BY_STAFF)


def test_undo_is_for_staff(series: list[Appointment]) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.unbook_together(appointment=series[0], by=BY_PATIENT)


def test_nothing_is_taken_back_after_a_day(series: list[Appointment], clock: Any) -> None:
    clock.shift(timedelta(days=1))

    with pytest.raises(actions.NotAllowed):
        actions.unbook_together(appointment=series[0], by=BY_STAFF)


# --- Cancelling ---------------------------------------------------------------------------


def test_rest_is_cancelled_in_one_step_and_told_once(series: list[Appointment]) -> None:
    actions.cancel_together(visits=series[1:], reason=CancellationReason.PATIENT, by=BY_STAFF)

    statuses = [Appointment.objects.get(pk=visit.pk).status for visit in series]
    assert statuses == [Status.BOOKED, Status.CANCELLED, Status.CANCELLED]
    assert list_mails()[1:] == [("booking.cancelled_together", series[0].group_id, 1)]
    assert FreedTime.objects.count() == 2


def test_last_of_them_is_told_as_one_visit_is(series: list[Appointment]) -> None:
    actions.cancel_together(visits=series[2:], reason=CancellationReason.PATIENT, by=BY_STAFF)

    assert list_mails()[1:] == [("booking.cancelled", series[2].pk, 1)]


def test_cancelling_twice_writes_one_mail(series: list[Appointment]) -> None:
    for _ in range(2):
        actions.cancel_together(visits=series[1:], reason=CancellationReason.PATIENT, by=BY_STAFF)

    assert len(list_mails()) == 2


def test_each_step_has_a_mail_of_its_own(series: list[Appointment]) -> None:
    actions.cancel_together(visits=series[1:], reason=CancellationReason.PATIENT, by=BY_STAFF)
    for visit in series[1:]:
        actions.undo(appointment=Appointment.objects.with_parts().get(pk=visit.pk), by=BY_STAFF)
    everything = list(Appointment.objects.with_parts())

    actions.cancel_together(visits=everything, reason=CancellationReason.PATIENT, by=BY_STAFF)

    steps = [version for kind, _, version in list_mails() if kind == "booking.cancelled_together"]
    assert steps == [1, 2]


def test_nothing_is_cancelled_where_one_has_changed(series: list[Appointment]) -> None:
    actions.move(
        appointment=series[2],
        practitioner=series[2].practitioner,
        location=series[2].location,
        start=series[2].start + timedelta(hours=1),
        by=BY_STAFF,
    )
    stale = [series[1], Appointment.objects.get(pk=series[2].pk)]
    stale[1].version = 0

    with pytest.raises(actions.NotAllowed):
        actions.cancel_together(visits=stale, reason=CancellationReason.PATIENT, by=BY_STAFF)

    assert not Appointment.objects.filter(status=Status.CANCELLED).exists()


def test_visit_that_stands_alone_is_no_part_of_the_step(series: list[Appointment]) -> None:
    alone = actions.book_visit(
        visit_type=series[0].visit_type,
        practitioner=series[0].practitioner,
        location=series[0].location,
        start=at("15:00"),
        patient=series[0].patient,
        by=BY_STAFF,
    )

    with pytest.raises(actions.NotAllowed):
        actions.cancel_together(visits=[series[1], alone], reason=CancellationReason.PATIENT, by=BY_STAFF)


def test_patient_is_too_late_for_one_of_them(series: list[Appointment], clock: Any) -> None:
    clock.move_to(series[1].start - timedelta(minutes=30))

    with pytest.raises(actions.CutOff):
        actions.cancel_together(visits=series[1:], reason=CancellationReason.PATIENT, by=BY_PATIENT)

    assert not Appointment.objects.filter(status=Status.CANCELLED).exists()


# --- One of several ---------------------------------------------------------------------


def test_moving_one_leaves_the_others(series: list[Appointment]) -> None:
    moved = actions.move(
        appointment=series[1],
        practitioner=series[1].practitioner,
        location=series[1].location,
        start=series[1].start + timedelta(days=1),
        by=BY_STAFF,
        tell=False,
    )

    assert moved.group_id == series[0].group_id
    # The mail about all of them would leave it out: so it is told after all.
    assert list_mails()[1:] == [("booking.moved", moved.pk, 1)]


def test_move_that_need_not_be_told_is_not_told_once_the_mail_has_left(series: list[Appointment]) -> None:
    OutboxMessage.objects.filter(kind="booking.booked_together").update(
        state=State.SENT, sent_at=practice.NOW
    )

    actions.move(
        appointment=series[1],
        practitioner=series[1].practitioner,
        location=series[1].location,
        start=series[1].start + timedelta(days=1),
        by=BY_STAFF,
        tell=False,
    )

    assert list_mails() == []
