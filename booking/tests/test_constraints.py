"""The database refuses overlaps, on the engine at hand. No locks, no actions: bare rows."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction

from booking.checks import check_guards, find_missing_guards
from booking.constraints import NoOverlap
from booking.models import Appointment, Location, Patient, Practitioner, VisitType
from booking.models.appointment import HOLDING_STATUSES, Status, make_reference
from booking.tests.practice import at, make_patient, make_practitioner, make_room

OVERLAP_GUARDS = [guard for guard in Appointment._meta.constraints if isinstance(guard, NoOverlap)]


@pytest.fixture
def row(
    visit_type: VisitType, practitioner: Practitioner, location: Location, patient: Patient
) -> dict[str, Any]:
    return {
        "visit_type": visit_type,
        "practitioner": practitioner,
        "location": location,
        "patient": patient,
        "status": Status.BOOKED,
        "start": at("10:00"),
        "end": at("10:40"),
        "busy_start": at("09:50"),
        "busy_end": at("10:50"),
    }


def shift(row: dict[str, Any], minutes: int, **changes: Any) -> dict[str, Any]:
    """Return the row at another time, for another patient unless told otherwise."""
    times = ("start", "end", "busy_start", "busy_end")
    moved = {name: row[name] + timedelta(minutes=minutes) for name in times}
    return {**row, **moved, "patient": make_patient(), **changes}


def is_refused(row: dict[str, Any]) -> bool:
    try:
        with transaction.atomic():
            Appointment.objects.create(**row)
    except IntegrityError:
        return True
    return False


def list_violations(appointment: Appointment) -> list[str]:
    """What a form would say against it."""
    try:
        appointment.validate_constraints()
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize(
    ("minutes", "refused"),
    [
        (-70, False),
        (-60, False),
        (-59, True),
        (-30, True),
        (0, True),
        (30, True),
        (59, True),
        (60, False),
        (70, False),
    ],
)
def test_practitioner_overlap_is_refused_touching_is_not(
    row: dict[str, Any], minutes: int, refused: bool
) -> None:
    Appointment.objects.create(**row)

    result = is_refused(shift(row, minutes))

    assert result is refused


def test_short_visit_inside_a_long_one_is_refused(row: dict[str, Any]) -> None:
    Appointment.objects.create(**{**row, "end": at("16:00"), "busy_end": at("16:00")})

    result = is_refused(shift(row, 120))

    assert result is True


@pytest.mark.parametrize("status", list(Status))
def test_only_statuses_that_hold_time_keep_others_out(row: dict[str, Any], status: str) -> None:
    extra: dict[str, Any] = {"status": status}
    if status == Status.PENDING:
        extra["hold_expires_at"] = at("12:00")
    if status == Status.CANCELLED:
        extra["cancelled_at"] = at("08:00")
    Appointment.objects.create(**{**row, **extra})

    result = is_refused(shift(row, 0))

    assert result is (status in HOLDING_STATUSES)


def test_room_overlap_is_refused_for_different_practitioners(row: dict[str, Any], location: Location) -> None:
    room = make_room(location)
    other = make_practitioner(visit_types=[])
    Appointment.objects.create(**{**row, "room": room})

    with_same_room = is_refused(shift(row, 30, practitioner=other, room=room))
    without_room = is_refused(shift(row, 30, practitioner=other))

    assert with_same_room is True
    assert without_room is False


def test_patient_overlap_is_refused_for_different_practitioners(row: dict[str, Any]) -> None:
    Appointment.objects.create(**row)

    result = is_refused(
        shift(row, 30, practitioner=make_practitioner(visit_types=[]), patient=row["patient"])
    )

    assert result is True


def test_update_into_taken_time_is_refused(row: dict[str, Any]) -> None:
    Appointment.objects.create(**row)
    second = Appointment.objects.create(**shift(row, 120))

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=second.pk).update(busy_start=row["busy_start"], start=row["start"])

    second.refresh_from_db()
    assert second.start == at("12:00")


def test_handing_a_visit_to_a_practitioner_who_is_taken_is_refused(row: dict[str, Any]) -> None:
    Appointment.objects.create(**row)
    other = Appointment.objects.create(**shift(row, 0, practitioner=make_practitioner(visit_types=[])))

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=other.pk).update(practitioner=row["practitioner"])

    other.refresh_from_db()
    assert other.practitioner != row["practitioner"]


def test_stretching_a_visit_into_the_next_is_refused(row: dict[str, Any]) -> None:
    first = Appointment.objects.create(**row)
    Appointment.objects.create(**shift(row, 60))

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=first.pk).update(busy_end=at("10:51"))

    first.refresh_from_db()
    assert first.busy_end == at("10:50")


def test_return_from_cancelled_into_taken_time_is_refused(row: dict[str, Any]) -> None:
    cancelled = Appointment.objects.create(**{**row, "status": Status.CANCELLED, "cancelled_at": at("08:00")})
    Appointment.objects.create(**shift(row, 0))

    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=cancelled.pk).update(status=Status.BOOKED, cancelled_at=None)

    cancelled.refresh_from_db()
    assert cancelled.status == Status.CANCELLED


def test_update_of_itself_is_no_overlap(row: dict[str, Any]) -> None:
    appointment = Appointment.objects.create(**row)

    Appointment.objects.filter(pk=appointment.pk).update(busy_end=at("10:55"), status=Status.ARRIVED)

    appointment.refresh_from_db()
    assert appointment.busy_end == at("10:55")


@pytest.mark.parametrize("minutes", [0, -10, 24 * 60 + 1])
def test_busy_time_empty_backwards_or_longer_than_a_day_is_refused(row: dict[str, Any], minutes: int) -> None:
    start = row["start"]
    row |= {
        "busy_start": start,
        "busy_end": start + timedelta(minutes=minutes),
        "end": start + timedelta(minutes=1),
    }

    result = is_refused(row)

    assert result is True


def test_busy_time_of_exactly_a_day_is_kept_free_to_its_end(row: dict[str, Any]) -> None:
    Appointment.objects.create(**{**row, "busy_end": row["busy_start"] + timedelta(days=1)})

    inside = is_refused(shift(row, 24 * 60 - 1))
    after = is_refused(shift(row, 24 * 60))

    assert inside is True
    assert after is False


@pytest.mark.parametrize(
    "text",
    ["2026-11-24T15:00:00", "2026-11-24 15:00:00+00:00", "2026-11-24 15:00", "2026-11-24 15:61:00", "soon"],
)
def test_sqlite_refuses_times_in_a_form_that_sorts_wrongly(row: dict[str, Any], text: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL stores instants, not texts")
    appointment = Appointment.objects.create(**row)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE booking_appointment SET busy_end = %s WHERE id = %s", [text, appointment.pk])

    appointment.refresh_from_db()
    assert appointment.busy_end == at("10:50")


def test_validate_says_in_words_who_is_taken(row: dict[str, Any]) -> None:
    Appointment.objects.create(**row)
    double = Appointment(**shift(row, 30, practitioner=row["practitioner"], patient=row["patient"]))

    assert sorted(list_violations(double)) == [
        "The patient already has a visit at that time.",
        "The practitioner already has a visit at that time.",
    ]


def test_validate_finds_nothing_against_the_row_itself(row: dict[str, Any]) -> None:
    appointment = Appointment.objects.create(**row)

    assert list_violations(appointment) == []


def test_guards_survive_a_change_of_the_table(transactional_db: None) -> None:
    """Django remakes a SQLite table for most changes; a trigger made by RunSQL would be gone."""
    before = Appointment._meta.get_field("reason")
    after = models.CharField(max_length=500, blank=True)
    after.set_attributes_from_name("reason")
    after.model = Appointment
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, before, after)

    missing = find_missing_guards(connection)

    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, after, before)
    assert missing == []
    assert find_missing_guards(connection) == []


@pytest.mark.parametrize("guard", OVERLAP_GUARDS, ids=lambda guard: guard.resource)
def test_check_names_a_missing_guard_and_adding_it_back_mends_it(
    transactional_db: None, guard: NoOverlap
) -> None:
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            for trigger in guard.trigger_names:
                editor.execute(f"DROP TRIGGER {trigger}")
        else:
            editor.remove_constraint(Appointment, guard)

    errors = check_guards(databases=["default"])

    with connection.schema_editor() as editor:
        editor.add_constraint(Appointment, guard)
    assert {error.id for error in errors} == {"booking.E001"}
    assert all(guard.name in error.msg for error in errors)
    assert check_guards(databases=["default"]) == []


def test_check_names_a_guard_that_leaves_a_status_out(transactional_db: None) -> None:
    guard = OVERLAP_GUARDS[0]
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            name = guard.trigger_names[1]
            editor.execute(take_trigger(name).replace("'noshow'", "'no-show'"))
        else:
            name = guard.name
            editor.remove_constraint(Appointment, guard)
            weaker = NoOverlap(resource=guard.resource, statuses=guard.statuses[:-1], name=name)
            editor.add_constraint(Appointment, weaker)

    missing = find_missing_guards(connection)

    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor.execute(take_trigger(name).replace("'no-show'", "'noshow'"))
        else:
            editor.remove_constraint(Appointment, weaker)
            editor.add_constraint(Appointment, guard)
    assert missing == [name]
    assert find_missing_guards(connection) == []


def take_trigger(name: str) -> str:
    """Drop a trigger of SQLite and return what made it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [name])
        sql: str = cursor.fetchone()[0]
        cursor.execute(f"DROP TRIGGER {name}")
    return sql


def test_references_and_uids_are_unique(row: dict[str, Any]) -> None:
    first = Appointment.objects.create(**row)

    same_reference = is_refused(shift(row, 120, reference=first.reference))
    same_uid = is_refused(shift(row, 120, uid=first.uid))
    other = is_refused(shift(row, 120, reference=make_reference(), uid=uuid.uuid4()))

    assert (same_reference, same_uid, other) == (True, True, False)
