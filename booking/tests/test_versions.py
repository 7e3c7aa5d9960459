"""The database renews the versions with every write that availability reads, whoever writes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import actions, versions
from booking.availability import know_set_up
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
from booking.tests.views import walk
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


# --- For half a second -------------------------------------------------------------


@pytest.fixture
def now_is(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Callable[[float], None]]:
    """Set the clock by which a process asks again."""
    settings.VERSIONS_KNOWN_SECONDS = 0.5

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(versions, "monotonic", lambda: seconds)

    monkeypatch.setattr(versions, "_lately", None)
    set_clock(100.0)
    yield set_clock
    versions._lately = None


@pytest.mark.usefixtures("clock")
def test_a_process_asks_again_after_half_a_second(
    now_is: Callable[[float], None],
    practitioner: Practitioner,
    location: Location,
    visit_type: VisitType,
    django_assert_num_queries: Any,
) -> None:
    before = read()
    hold_a_time(practitioner, location)

    now_is(100.4)
    with django_assert_num_queries(0):
        soon = read()
    now_is(100.5)
    with django_assert_num_queries(1):
        later = read()

    assert soon == before != later


@pytest.mark.usefixtures("clock")
def test_half_a_second_counts_from_before_the_question(
    now_is: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the query did not see may have been committed while it took its time."""
    ask = versions._read_versions

    def take_long(*, now: Any) -> Versions | None:
        found = ask(now=now)
        now_is(100.6)
        return found

    monkeypatch.setattr(versions, "_read_versions", take_long)
    before = read()
    practice.close_practice(practice.TUESDAY)

    assert read() != before


@pytest.mark.usefixtures("clock")
def test_a_transaction_and_a_migration_are_never_gone_by_what_was_read_before(
    now_is: Callable[[float], None],
) -> None:
    read()

    with transaction.atomic():
        inside = read_versions(now=timezone.now())
    versions.forget_before_migrate(using="default")
    now_is(100.6)
    while_migrating = [read_versions(now=timezone.now()) for _ in range(2)]
    versions.install(connection)

    assert inside is None
    assert while_migrating == [None, None]
    assert read().set_up


@pytest.mark.usefixtures("clock", "now_is")
def test_a_time_that_is_still_shown_is_not_given_again(
    practitioner: Practitioner, location: Location, visit_type: VisitType
) -> None:
    """What is half a second old is only shown: the hold is judged by the rows."""
    address = reverse("booking:time", args=[visit_type.slug])
    key = walk.make_key(practice.at("10:00"), practitioner, location)
    day = {"day": practice.TUESDAY.isoformat()}
    Client().get(address, day)
    hold_a_time(practitioner, location)

    still = Client().get(address, day)
    refused = Client().post(reverse("booking:hold", args=[visit_type.slug]), {"slot": key})

    assert key in walk.read_slots(still)
    assert refused.status_code == 409
    assert Appointment.objects.count() == 1


@pytest.mark.usefixtures("clock", "now_is")
def test_a_set_up_that_another_page_knows_already_is_not_read_anew_each_time(
    practitioner: Practitioner, visit_type: VisitType, django_assert_num_queries: Any
) -> None:
    address = reverse("booking:time", args=[visit_type.slug])
    Client().get(address)
    VisitType.objects.update(name="Another name")
    # As the page of a hold does, which asks for the version itself.
    know_set_up(first_day=timezone.localdate())

    with django_assert_num_queries(1):
        Client().get(address)


@pytest.mark.usefixtures("clock")
def test_the_steps_show_what_is_half_a_second_old_and_a_booking_is_judged_by_the_rows(
    now_is: Callable[[float], None], practitioner: Practitioner, location: Location, visit_type: VisitType
) -> None:
    client, address = Client(), reverse("booking:check")
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location)
    held = Appointment.objects.get()
    walk.send_details(client, held)
    VisitType.objects.update(name="Another name", is_public=False)

    now_is(100.4)
    shown = client.get(address)
    refused = walk.confirm(client, held)
    now_is(100.5)
    later = client.get(address)

    assert shown.status_code == 200
    assert "Another name" not in walk.read(shown)
    assert [refused.status_code, later.status_code] == [409, 409]
    assert not Patient.objects.exists()


def test_in_production_it_is_less_than_the_second_that_is_promised() -> None:
    # The tests have their own: conftest.py.
    own = subprocess.run(
        [sys.executable, "-c", "from clinic import settings; print(settings.VERSIONS_KNOWN_SECONDS)"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert 0 < float(own.stdout) < 1


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
