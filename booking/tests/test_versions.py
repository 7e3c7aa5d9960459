"""The database renews the versions with every write that availability reads, whoever writes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from booking import actions, versions
from booking.checks import check_versions
from booking.models import (
    Appointment,
    AvailabilityRule,
    Closure,
    IntakeQuestion,
    KeptTime,
    Location,
    Patient,
    Practitioner,
    Room,
    VisitType,
)
from booking.tests import practice
from booking.versions import Versions, read_versions

# Outside a transaction: that is where versions are read.
pytestmark = pytest.mark.django_db(transaction=True)


def read() -> Versions:
    found = read_versions(now=timezone.now())
    assert found is not None
    return found


@pytest.fixture
def rows(practitioner: Practitioner, visit_type: VisitType, location: Location) -> None:
    visit_type.rooms.add(practice.make_room(location))
    practice.close_practice(practice.TUESDAY)
    practice.close(practitioner, practice.TUESDAY)
    IntakeQuestion.objects.create(visit_type=visit_type, wording="Which side?")
    practice.keep(practice.TUESDAY, "10:00-11:00", visit_types=[visit_type])


def hold_a_time(practitioner: Practitioner, location: Location) -> Appointment:
    return actions.hold(
        visit_type=VisitType.objects.get(),
        practitioner=practitioner,
        location=location,
        start=practice.at("10:00"),
        holder="somebody",
        holder_address="",
        by=actions.Actor.patient(),
    )


SET_UP_WRITES: dict[str, Callable[[], Any]] = {
    "a save": lambda: Location.objects.get().save(),
    "a bulk update": lambda: VisitType.objects.update(minimum_notice=5),
    "bulk_create": lambda: Room.objects.bulk_create([Room(location=Location.objects.get(), name="New")]),
    "a deletion": lambda: AvailabilityRule.objects.all().delete(),
    "closures": lambda: Closure.objects.update(name="Works"),
    "exceptions": lambda: Practitioner.objects.get().exceptions.all().delete(),
    "kept time": lambda: KeptTime.objects.update(released_hours=1),
    "who does what": lambda: Practitioner.objects.get().visit_types.clear(),
    "which rooms do": lambda: VisitType.objects.get().rooms.clear(),
    "a question": lambda: IntakeQuestion.objects.update(is_active=False),
    "whom time is kept for": lambda: KeptTime.objects.get().visit_types.clear(),
    "SQL by hand": lambda: connection.cursor().execute("UPDATE booking_practitioner SET is_active = false"),
}


@pytest.mark.usefixtures("clock", "rows")
@pytest.mark.parametrize("write", SET_UP_WRITES.values(), ids=SET_UP_WRITES.keys())
def test_every_write_of_the_set_up_renews_it(write: Callable[[], Any]) -> None:
    before = read()

    write()

    assert read().set_up != before.set_up
    assert read().visits == before.visits


VISIT_WRITES: dict[str, Callable[[Appointment], Any]] = {
    "a cancellation": lambda visit: actions.cancel(
        appointment=visit, reason="patient", by=actions.Actor.patient()
    ),
    "a bulk update": lambda visit: Appointment.objects.update(busy_end=visit.busy_end + timedelta(minutes=5)),
    "another patient": lambda visit: Appointment.objects.update(patient=practice.make_patient()),
}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("write", VISIT_WRITES.values(), ids=VISIT_WRITES.keys())
def test_every_write_of_a_visit_renews_it(visit: Appointment, write: Callable[[Appointment], Any]) -> None:
    before = read()

    write(visit)

    assert read().visits != before.visits


@pytest.mark.usefixtures("clock")
def test_what_takes_no_time_renews_nothing(visit: Appointment) -> None:
    before = read()

    Appointment.objects.update(access_needs="A quiet room")
    Patient.objects.update(given_name="Other")

    assert read() == before


@pytest.mark.usefixtures("clock")
def test_what_is_rolled_back_renews_nothing(visit: Appointment) -> None:
    before = read()

    with transaction.atomic():
        Appointment.objects.update(busy_end=visit.busy_end + timedelta(minutes=5))
        transaction.set_rollback(True)

    assert read() == before


@pytest.mark.usefixtures("clock")
def test_each_transaction_renews_anew(visit: Appointment) -> None:
    seen = [read().visits]

    for minutes in (5, 10, 15):
        with transaction.atomic():
            for extra in (0, 1):
                end = visit.busy_end + timedelta(minutes=minutes + extra)
                Appointment.objects.update(busy_end=end)
        seen.append(read().visits)

    assert len(set(seen)) == 4


@pytest.mark.usefixtures("clock")
def test_deletion_of_a_hold_renews_it(practitioner: Practitioner, location: Location) -> None:
    held = hold_a_time(practitioner, location)
    before = read()

    held.events.all().delete()
    held.delete()

    assert read().visits != before.visits


def test_end_of_a_hold_is_counted_without_a_write(
    clock: Any, practitioner: Practitioner, location: Location
) -> None:
    hold_a_time(practitioner, location)
    before = read()

    clock.shift(timedelta(hours=1))

    assert before.live_holds == 1
    assert read() == before._replace(live_holds=0)


@pytest.mark.usefixtures("clock")
def test_nothing_is_kept_inside_a_transaction() -> None:
    with transaction.atomic():
        assert read_versions(now=timezone.now()) is None


@pytest.mark.usefixtures("clock")
def test_flush_renews_both(visit: Appointment) -> None:
    before = read()

    call_command("flush", interactive=False, verbosity=0)

    assert not {before.set_up, before.visits} & {read().set_up, read().visits}


def test_missing_trigger_is_named_and_made_again_by_migrate() -> None:
    name = next(iter(versions._write_triggers(connection.vendor)))[0]
    table = " ON booking_location" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"{table}')

    [error] = check_versions(databases=["default"])
    versions.install(connection)

    assert error.id == "booking.E002"
    assert name in error.msg
    assert check_versions(databases=["default"]) == []


def test_nothing_is_kept_while_a_migration_runs_or_after_one_that_failed():
    before = read()

    versions.forget_before_migrate(using="default")
    in_between = (read_versions(now=timezone.now()), versions.read_set_up_version())
    versions.install(connection)

    assert in_between == (None, None)
    assert before.set_up != read().set_up
    assert before.visits != read().visits


def test_a_trigger_that_was_switched_off_is_made_again():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's triggers cannot be switched off")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE booking_room DISABLE TRIGGER ALL")
    assert versions.find_missing_triggers(connection)

    versions.install(connection)

    assert versions.find_missing_triggers(connection) == []
