"""Many at once, on real connections: nobody is ever double-booked.

The first test switches the guard off and must see an overlap; without it the others prove
nothing. The herd and the storm count overlaps with a query of their own.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from booking import actions, availability, writing
from booking.constraints import NoOverlap
from booking.limits import HOUR, count_attempt
from booking.models import Appointment, Attempt, Location, Patient, Practitioner, VisitType
from booking.models.appointment import HOLDING_STATUSES, Status
from booking.tests import practice

pytestmark = pytest.mark.django_db(transaction=True)

BY_PATIENT = actions.Actor.patient()
BY_SYSTEM = actions.Actor.system()
GUARDS = [guard for guard in Appointment._meta.constraints if isinstance(guard, NoOverlap)]
STORM_SECONDS = 10
STORM_THREADS = 8
# On a busy machine the storm goes on for longer, until everything has happened in it.
STORM_LONGEST_SECONDS = 60
STORM_KINDS = ("book", "move", "cancel", "taken")


def run_at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Call work(0) … work(count - 1) in threads that start together; each closes its connection."""
    barrier = threading.Barrier(count)

    def call(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def count_overlaps() -> int:
    """Pairs of appointments that hold the same practitioner, room or patient at one moment."""
    statuses = ", ".join(f"'{status}'" for status in HOLDING_STATUSES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*) FROM booking_appointment a JOIN booking_appointment b
            ON a.id < b.id AND a.busy_start < b.busy_end AND b.busy_start < a.busy_end
            AND (
                a.practitioner_id = b.practitioner_id OR a.room_id = b.room_id OR a.patient_id = b.patient_id
            )
            WHERE a.status IN ({statuses}) AND b.status IN ({statuses})
            """
        )
        return cursor.fetchone()[0]


def count_deadlocks() -> int:
    """Deadlocks that PostgreSQL has broken in this database. SQLite has one writer and none."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


@pytest.fixture
def room_type(location: Location) -> VisitType:
    """A visit of 40 minutes that needs one of two rooms."""
    return practice.make_visit_type(
        rooms=[practice.make_room(location), practice.make_room(location)], buffer_after=5, change_cutoff=0
    )


@pytest.fixture
def practitioners(location: Location, room_type: VisitType) -> list[Practitioner]:
    return [practice.make_practitioner(visit_types=[room_type], location=location) for _ in range(3)]


@pytest.fixture
def without_guards() -> Iterator[None]:
    with connection.schema_editor() as editor:
        for guard in GUARDS:
            if connection.vendor == "sqlite":
                for trigger in guard.trigger_names:
                    editor.execute(f"DROP TRIGGER {trigger}")
            else:
                editor.remove_constraint(Appointment, guard)
    yield
    Appointment.objects.all().delete()
    with connection.schema_editor() as editor:
        for guard in GUARDS:
            editor.add_constraint(Appointment, guard)


def check_then_insert(visit_type: VisitType, practitioner: Practitioner, location: Location) -> int:
    """Do what the database must judge: everybody looks, everybody sees the time free, everybody books."""
    slot = availability.find_soonest(visit_type=visit_type, practitioner=practitioner, count=1)[0]
    barrier = threading.Barrier(4)

    def work(number: int) -> bool:
        free = not availability.check(
            visit_type=visit_type, practitioner=practitioner, location=location, start=slot.start
        )
        barrier.wait()
        try:
            Appointment.objects.create(
                visit_type=visit_type,
                practitioner=practitioner,
                location=location,
                status=Status.PENDING,
                hold_expires_at=timezone.now() + timedelta(hours=1),
                start=slot.start,
                end=slot.end,
                busy_start=slot.start,
                busy_end=slot.end,
            )
        except (IntegrityError, OperationalError):
            return False
        return free

    return sum(run_at_once(4, work))


@pytest.mark.usefixtures("without_guards")
def test_control_without_the_guard_there_are_overlaps(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    booked = check_then_insert(room_type, practitioners[0], location)

    assert booked == 4
    assert count_overlaps() == 6


def test_with_the_guard_the_same_rush_has_one_winner(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    booked = check_then_insert(room_type, practitioners[0], location)

    assert booked == 1
    assert count_overlaps() == 0


def test_herd_of_32_on_one_slot_has_one_winner(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]

    def work(number: int) -> str:
        try:
            actions.hold(
                visit_type=room_type,
                practitioner=slot.practitioner,
                location=location,
                start=slot.start,
                holder=f"session-{number}",
                holder_address=f"address-{number}",
                by=BY_PATIENT,
            )
        except actions.SlotTaken:
            return "taken"
        return "held"

    results = Counter(run_at_once(32, work))

    assert results == {"held": 1, "taken": 31}
    assert count_overlaps() == 0


def test_herd_of_32_posts_has_one_winner_and_nobody_gets_a_server_error(
    room_type: VisitType, practitioners: list[Practitioner]
) -> None:
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    address = reverse("booking:hold", args=[room_type.slug])

    def post(number: int) -> tuple[int, bool]:
        response = Client().post(address, {"slot": slot.key}, REMOTE_ADDR=f"198.51.100.{number}")
        return response.status_code, "Someone else has just taken that time" in response.content.decode()

    results = Counter(run_at_once(32, post))

    assert results == {(302, False): 1, (409, True): 31}
    assert count_overlaps() == 0


def test_limit_of_holds_an_address_holds_for_eight_at_once(room_type: VisitType, location: Location) -> None:
    """Each with another practitioner, so that no other lock makes them wait for each other."""
    room_type.rooms.clear()
    people = [practice.make_practitioner(visit_types=[room_type], location=location) for _ in range(8)]
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]

    def work(number: int) -> str:
        try:
            actions.hold(
                visit_type=room_type,
                practitioner=people[number],
                location=location,
                start=slot.start,
                holder=f"session-{number}",
                holder_address="one address",
                by=BY_PATIENT,
            )
        except actions.TooManyHolds:
            return "too many"
        return "held"

    results = Counter(run_at_once(8, work))

    assert results == {"held": 3, "too many": 5}


def test_one_patient_is_not_booked_twice_at_one_time(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    """Each booking is with another practitioner: only the patient stands in the way."""
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    patient = practice.make_patient()

    def work(number: int) -> str:
        try:
            actions.book_visit(
                visit_type=room_type,
                practitioner=practitioners[number],
                location=location,
                start=slot.start,
                patient=patient,
                by=BY_SYSTEM,
            )
        except actions.SlotTaken:
            return "taken"
        return "booked"

    results = Counter(run_at_once(3, work))

    assert results == {"booked": 1, "taken": 2}


def test_two_confirms_of_one_hold_make_one_visit(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    held = actions.hold(
        visit_type=room_type,
        practitioner=slot.practitioner,
        location=location,
        start=slot.start,
        holder="a",
        holder_address="x",
        by=BY_PATIENT,
    )
    details = actions.PatientDetails(given_name="A", family_name="B", birth_date=practice.TUESDAY)

    results = run_at_once(8, lambda _: actions.book(hold=held, patient=details, by=BY_PATIENT))

    assert {(result.pk, result.status) for result in results} == {(held.pk, Status.BOOKED)}
    assert len({result.patient_id for result in results}) == 1
    assert held.events.filter(kind="booked").count() == 1


@pytest.fixture
def look_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two actions take their first look before either writes: both see the place free."""
    check, both_have_looked, here = availability.check, threading.Barrier(2), threading.local()

    def look(**request: Any) -> Any:
        refusals = check(**request)
        if not getattr(here, "has_looked", False):
            here.has_looked = True
            both_have_looked.wait(timeout=10)
        return refusals

    monkeypatch.setattr(availability, "check", look)


@pytest.mark.usefixtures("look_together")
def test_two_holds_at_once_cannot_pass_a_daily_limit_of_one(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    room_type.daily_limit = 1
    room_type.save()
    day = (timezone.now() + timedelta(days=7)).date()
    slots = availability.find_slots(
        visit_type=room_type, first_day=day, last_day=day + timedelta(days=3), practitioner=practitioners[0]
    )
    first = slots[0]
    last = [slot for slot in slots if slot.local_start.date() == first.local_start.date()][-1]

    def work(number: int) -> list[str]:
        try:
            actions.hold(
                visit_type=room_type,
                practitioner=practitioners[0],
                location=location,
                start=(first, last)[number].start,
                holder=f"session-{number}",
                holder_address=f"address-{number}",
                by=BY_PATIENT,
            )
        except actions.Refused as refused:
            return [refusal.code for refusal in refused.refusals]
        return ["held"]

    results = run_at_once(2, work)

    assert sorted(results) == [["day_full"], ["held"]]


@pytest.mark.parametrize("same", ["email", "phone"])
def test_two_confirms_at_once_cannot_pass_the_limit_of_coming_visits(
    room_type: VisitType,
    practitioners: list[Practitioner],
    location: Location,
    settings: Any,
    request: pytest.FixtureRequest,
    same: str,
) -> None:
    """With two practitioners and no rooms, so that no other lock makes them wait for each other."""
    settings.MAX_UPCOMING_VISITS = 1
    room_type.rooms.clear()
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    holds = [
        actions.hold(
            visit_type=room_type,
            practitioner=practitioners[number],
            location=location,
            start=slot.start,
            holder=f"session-{number}",
            holder_address=f"address-{number}",
            by=BY_PATIENT,
        )
        for number in range(2)
    ]
    contact = {"email": "a@example.org"} if same == "email" else {"phone": "+12125550177"}
    details = actions.PatientDetails(given_name="A", family_name="B", birth_date=practice.TUESDAY, **contact)
    request.getfixturevalue("look_together")

    def work(number: int) -> list[str]:
        try:
            actions.book(hold=holds[number], patient=details, by=BY_PATIENT)
        except actions.Refused as refused:
            return [refusal.code for refusal in refused.refusals]
        return ["booked"]

    results = run_at_once(2, work)

    assert sorted(results) == [["booked"], ["too_many_visits"]]


def test_limit_of_tries_holds_for_eight_at_once(db: None) -> None:
    def work(number: int) -> str:
        try:
            count_attempt(kind=Attempt.Kind.HOLD, key="one network", limit=3, window=HOUR)
        except actions.TooManyTries:
            return "too many"
        return "counted"

    results = Counter(run_at_once(8, work))

    assert results == {"counted": 3, "too many": 5}
    assert Attempt.objects.count() == 3


def test_two_sessions_that_swap_their_lapsed_holds_do_not_deadlock(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    room_type.rooms.clear()
    slots = availability.find_slots(
        visit_type=room_type,
        first_day=timezone.localdate() + timedelta(days=1),
        last_day=timezone.localdate() + timedelta(days=4),
        practitioner=practitioners[0],
    )[::4]
    deadlocks_before = count_deadlocks()

    def hold(session: int, practitioner: Practitioner, start: datetime) -> Appointment:
        return actions.hold(
            visit_type=room_type,
            practitioner=practitioner,
            location=location,
            start=start,
            holder=f"session-{session}",
            holder_address=f"address-{session}",
            by=BY_PATIENT,
        )

    def take_over(start: datetime, session: int) -> Appointment:
        return hold(session, practitioners[1 - session], start)

    for start in [slot.start for slot in slots[:5]]:
        for session in range(2):
            hold(session, practitioners[session], start)
        Appointment.objects.filter(status=Status.PENDING).update(
            hold_expires_at=timezone.now() - timedelta(minutes=1)
        )

        swapped = run_at_once(2, partial(take_over, start))

        assert {held.practitioner for held in swapped} == set(practitioners[:2])
    assert count_deadlocks() == deadlocks_before


def test_two_who_merge_the_same_rows_the_other_way_round(
    room_type: VisitType, practitioners: list[Practitioner], location: Location, django_user_model: Any
) -> None:
    by_staff = actions.Actor.staff(django_user_model.objects.create(username="receptionist"))
    one, other = practice.make_patient(), practice.make_patient()
    slot = availability.find_soonest(visit_type=room_type, count=1)[0]
    visit = actions.book_visit(
        visit_type=room_type,
        practitioner=slot.practitioner,
        location=location,
        start=slot.start,
        patient=one,
        by=BY_SYSTEM,
    )
    pairs = [{"kept": one, "merged": other}, {"kept": other, "merged": one}]
    deadlocks_before = count_deadlocks()

    def work(number: int) -> str:
        try:
            actions.merge_patients(**pairs[number], by=by_staff)
        except actions.PatientMerged:
            return "merged already"
        return "merged"

    results = run_at_once(2, work)

    visit.refresh_from_db()
    assert sorted(results) == ["merged", "merged already"]
    assert visit.patient == Patient.objects.current().get()
    assert count_deadlocks() == deadlocks_before


def test_lock_that_is_not_given_back_is_busy_and_nothing_is_written(
    room_type: VisitType,
    practitioners: list[Practitioner],
    location: Location,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer and no row locks")
    monkeypatch.setattr(writing, "LOCK_TIMEOUT", "50ms")
    slot = availability.find_soonest(visit_type=room_type, practitioner=practitioners[0], count=1)[0]
    patient = practice.make_patient()
    is_locked, may_end = threading.Event(), threading.Event()

    def keep_the_lock() -> None:
        with transaction.atomic():
            list(Practitioner.objects.select_for_update().filter(pk=practitioners[0].pk))
            is_locked.set()
            may_end.wait(timeout=30)
        connection.close()

    other = threading.Thread(target=keep_the_lock)
    other.start()
    is_locked.wait(timeout=10)
    try:
        with pytest.raises(actions.Busy):
            actions.book_visit(
                visit_type=room_type,
                practitioner=practitioners[0],
                location=location,
                start=slot.start,
                patient=patient,
                by=BY_SYSTEM,
            )
    finally:
        may_end.set()
        other.join()

    assert not Appointment.objects.exists()


def storm(room_type: VisitType, seed: int, outcomes: Counter[str], began: float) -> None:
    """Hold, book, move and cancel on a few crowded days, from listings that are mostly stale."""
    dice = random.Random(seed)
    mine: list[Appointment] = []
    slots: list[availability.Slot] = []
    first = timezone.localdate() + timedelta(days=1)
    for turn in count():
        seconds = time.monotonic() - began
        if seconds > STORM_LONGEST_SECONDS or (
            seconds > STORM_SECONDS and all(map(outcomes.get, STORM_KINDS))
        ):
            return
        if turn % 10 == 0:
            slots = availability.find_slots(
                visit_type=room_type, first_day=first, last_day=first + timedelta(days=3)
            )
        slot = dice.choice(slots[:12])
        place = {"practitioner": slot.practitioner, "location": slot.location, "start": slot.start}
        choice = dice.choice(["book", "move", "move", "cancel"]) if len(mine) > 2 else "book"
        try:
            if choice == "book":
                session = f"storm-{seed}"
                held = actions.hold(
                    visit_type=room_type, **place, holder=session, holder_address=session, by=BY_PATIENT
                )
                details = actions.PatientDetails(given_name="S", family_name="T", birth_date=practice.TUESDAY)
                mine.append(actions.book(hold=held, patient=details, by=BY_PATIENT))
            elif choice == "move":
                index = dice.randrange(len(mine))
                mine[index] = actions.move(appointment=mine[index], **place, by=BY_PATIENT)
            else:
                visit = mine.pop(dice.randrange(len(mine)))
                actions.cancel(appointment=visit, reason="patient", by=BY_PATIENT)
            outcomes[choice] += 1
        except (actions.SlotTaken, actions.HoldLost):
            outcomes["taken"] += 1


def test_storm_of_booking_moving_and_cancelling_has_no_overlap(
    room_type: VisitType, practitioners: list[Practitioner], settings: Any
) -> None:
    """Busy, or any error but SlotTaken, ends the test: eight people are not too many for a practice."""
    settings.MAX_HOLD_TRIES_PER_HOUR = settings.MAX_BOOKINGS_PER_DAY = 100_000
    outcomes: Counter[str] = Counter()
    deadlocks_before = count_deadlocks()
    began = time.monotonic()

    run_at_once(STORM_THREADS, lambda seed: storm(room_type, seed, outcomes, began))

    assert count_overlaps() == 0
    # Retries would hide them from patients; the order of the locks is there to have none.
    assert count_deadlocks() == deadlocks_before
    assert all(outcomes[kind] > 0 for kind in STORM_KINDS), outcomes


def test_locks_are_taken_in_one_order(
    room_type: VisitType, practitioners: list[Practitioner], location: Location
) -> None:
    """Practitioners, rooms, the patient, the visit: what makes two actions wait instead of deadlock."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer and no row locks")
    first, second = availability.find_slots(
        visit_type=room_type,
        first_day=timezone.localdate() + timedelta(days=1),
        last_day=timezone.localdate() + timedelta(days=4),
        practitioner=practitioners[1],
    )[:2]
    visit = actions.book_visit(
        visit_type=room_type,
        practitioner=practitioners[1],
        location=location,
        start=first.start,
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    with CaptureQueriesContext(connection) as queries:
        actions.move(
            appointment=visit,
            practitioner=practitioners[0],
            location=location,
            start=second.start,
            by=BY_SYSTEM,
        )

    locking = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    tables = [sql.split('FROM "booking_')[1].split('"')[0] for sql in locking]
    assert tables == ["practitioner", "room", "patient", "appointment"]
    people = sorted(person.pk for person in practitioners[:2])
    assert all(str(pk) in locking[0] for pk in people)
    # 1 is the only column asked for: the primary key.
    assert "ORDER BY 1 ASC" in locking[0]
    assert 'ORDER BY "booking_room"."id" ASC' in locking[1]
