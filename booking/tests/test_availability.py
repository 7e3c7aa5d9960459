"""Rows → engine → slots: what is listed, and why something is not."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from booking import actions, availability
from booking.engine.rules import Code
from booking.models import Appointment, AvailabilityException, Location, Patient, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import NEW_YORK, TUESDAY, at

BY_SYSTEM = actions.Actor.system()


def clocks(slots: list[availability.Slot]) -> list[str]:
    return [f"{slot.local_start:%H:%M}" for slot in slots]


def list_tuesday(visit_type: VisitType, **options: Any) -> list[str]:
    return clocks(
        availability.find_slots(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY, **options)
    )


def codes(**request: Any) -> list[Code]:
    return [refusal.code for refusal in availability.check(**request)]


def book(visit_type: VisitType, practitioner: Practitioner, location: Location, clock: str) -> Appointment:
    """Book a visit on Tuesday."""
    return actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at(clock),
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )


@pytest.fixture
def short_day(location: Location, visit_type: VisitType) -> Practitioner:
    """Works from 9 to 11, so that a day is 09:00 09:20 09:40 10:00 10:20."""
    return practice.make_practitioner(visit_types=[visit_type], location=location, hours="09:00-11:00")


@pytest.mark.usefixtures("clock", "short_day")
def test_a_day_lists_each_start_that_ends_within_hours(visit_type: VisitType) -> None:
    result = list_tuesday(visit_type)

    assert result == ["09:00", "09:20", "09:40", "10:00", "10:20"]


@pytest.mark.usefixtures("clock")
def test_lunch_break_keeps_the_grid(
    short_day: Practitioner, location: Location, visit_type: VisitType
) -> None:
    practice.close(short_day, TUESDAY, starts_at=time(9, 50), ends_at=time(10, 10))

    result = list_tuesday(visit_type)

    assert result == ["09:00", "10:20"]


@pytest.mark.usefixtures("clock")
def test_extra_time_opens_a_closed_day(location: Location, visit_type: VisitType) -> None:
    practitioner = practice.make_practitioner(visit_types=[visit_type])
    practice.close(
        practitioner,
        TUESDAY,
        kind=AvailabilityException.Kind.EXTRA,
        location=location,
        starts_at=time(18),
        ends_at=time(19),
    )

    result = list_tuesday(visit_type)

    assert result == ["18:00", "18:20"]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("everywhere", [True, False])
def test_away_at_one_location_or_at_all(location: Location, visit_type: VisitType, everywhere: bool) -> None:
    elsewhere = practice.make_location()
    person = practice.make_practitioner(visit_types=[visit_type], location=location, hours="09:00-09:40")
    practice.add_hours(person, elsewhere, weekday=1, hours="14:00-14:40")
    practice.close(person, TUESDAY, location=None if everywhere else location)

    result = list_tuesday(visit_type)

    assert result == ([] if everywhere else ["14:00"])


@pytest.mark.usefixtures("clock")
def test_extra_time_is_at_its_location_only(location: Location, visit_type: VisitType) -> None:
    elsewhere = practice.make_location()
    person = practice.make_practitioner(visit_types=[visit_type], location=elsewhere, hours="09:00-09:40")
    practice.close(person, TUESDAY, kind="extra", location=location, starts_at=time(18), ends_at=time(18, 40))

    slots = availability.find_slots(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY)

    assert [(slot.location, f"{slot.local_start:%H:%M}") for slot in slots] == [
        (elsewhere, "09:00"),
        (location, "18:00"),
    ]


@pytest.mark.usefixtures("clock")
def test_rooms_out_of_use_or_elsewhere_do_not_help(location: Location) -> None:
    rooms = [practice.make_room(location, is_active=False), practice.make_room(practice.make_location())]
    emg = practice.make_visit_type(rooms=rooms)
    practice.make_practitioner(visit_types=[emg], location=location)

    assert list_tuesday(emg) == []


@pytest.mark.usefixtures("clock", "short_day")
@pytest.mark.parametrize("everywhere", [True, False])
def test_closure_closes_the_practice_or_one_location(
    location: Location, visit_type: VisitType, everywhere: bool
) -> None:
    elsewhere = practice.make_location()
    practice.make_practitioner(visit_types=[visit_type], location=elsewhere, hours="14:00-14:40")
    practice.close_practice(TUESDAY, location=None if everywhere else location)

    result = list_tuesday(visit_type)

    assert result == ([] if everywhere else ["14:00"])


@pytest.mark.usefixtures("clock", "short_day")
def test_days_tell_closed_from_full(visit_type: VisitType, location: Location) -> None:
    practice.close_practice(TUESDAY + timedelta(days=1))
    for clock in ("09:00", "09:40", "10:20"):
        actions.book_visit(
            visit_type=visit_type,
            practitioner=Practitioner.objects.get(),
            location=location,
            start=at(clock),
            patient=practice.make_patient(),
            by=BY_SYSTEM,
        )

    tuesday, wednesday, thursday = availability.find_days(visit_type=visit_type, first_day=TUESDAY, days=3)

    assert (tuesday.slots, tuesday.is_closed) == ([], False)
    assert (wednesday.slots, wednesday.is_closed) == ([], True)
    assert (len(thursday.slots), thursday.is_closed) == (5, False)


@pytest.mark.usefixtures("clock", "short_day")
def test_rules_hold_from_and_to_their_dates(visit_type: VisitType, location: Location) -> None:
    coming = practice.make_practitioner(visit_types=[visit_type])
    practice.add_hours(coming, location, weekday=1, hours="13:00-13:40", valid_from=TUESDAY)
    leaving = practice.make_practitioner(visit_types=[visit_type])
    practice.add_hours(leaving, location, weekday=1, hours="15:00-15:40", valid_to=TUESDAY)
    next_week = TUESDAY + timedelta(days=7)

    this = list_tuesday(visit_type)
    later = clocks(availability.find_slots(visit_type=visit_type, first_day=next_week, last_day=next_week))

    assert this[-2:] == ["13:00", "15:00"]
    assert later[-1] == "13:00"


@pytest.mark.usefixtures("short_day")
def test_a_minute_that_has_begun_is_past(visit_type: VisitType, clock: Any) -> None:
    clock.move_to(at("09:20"))
    on_time = list_tuesday(visit_type)
    clock.move_to(at("09:20") + timedelta(seconds=1))
    late = list_tuesday(visit_type)

    assert on_time[0] == "09:20"
    assert late[0] == "09:40"


@pytest.mark.usefixtures("clock", "short_day")
@pytest.mark.parametrize("gone", ["practitioner", "location", "visit type"])
def test_what_left_the_practice_is_not_offered(visit_type: VisitType, location: Location, gone: str) -> None:
    if gone == "practitioner":
        Practitioner.objects.update(is_active=False)
    elif gone == "location":
        Location.objects.update(is_active=False)
    else:
        Practitioner.objects.get().visit_types.clear()

    result = list_tuesday(visit_type)

    assert result == []


@pytest.mark.usefixtures("clock", "short_day")
def test_an_expired_hold_is_offered_again_a_living_one_is_not(
    visit_type: VisitType, location: Location, clock: Any
) -> None:
    held = actions.hold(
        visit_type=visit_type,
        practitioner=Practitioner.objects.get(),
        location=location,
        start=at("10:20"),
        holder="a",
        holder_address="x",
        by=actions.Actor.patient(),
    )

    for_others = list_tuesday(visit_type)
    for_holder = list_tuesday(visit_type, holder="a")
    clock.shift(timedelta(minutes=21))
    afterwards = list_tuesday(visit_type)

    assert held.status == "pending"
    assert "10:20" not in for_others
    assert "10:20" in for_holder
    assert "10:20" in afterwards


@pytest.mark.usefixtures("clock")
def test_a_room_is_shared_by_all_practitioners_and_types(location: Location, short_day: Practitioner) -> None:
    room = practice.make_room(location)
    emg = practice.make_visit_type(rooms=[room], duration=60, start_step=60)
    first = practice.make_practitioner(visit_types=[emg], location=location, hours="09:00-11:00")
    practice.make_practitioner(visit_types=[emg], location=location, hours="09:00-11:00")
    actions.book_visit(
        visit_type=emg,
        practitioner=first,
        location=location,
        start=at("09:00"),
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    result = list_tuesday(emg)

    assert result == ["10:00", "10:00"]


@pytest.mark.usefixtures("clock")
def test_daily_limit_closes_the_day_for_that_type_and_practitioner(
    visit_type: VisitType, short_day: Practitioner, location: Location
) -> None:
    limited = practice.make_visit_type(daily_limit=1)
    short_day.visit_types.add(limited)
    actions.book_visit(
        visit_type=limited,
        practitioner=short_day,
        location=location,
        start=at("09:00"),
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )

    assert list_tuesday(limited) == []
    assert list_tuesday(visit_type) == ["09:40", "10:00", "10:20"]
    assert codes(visit_type=limited, practitioner=short_day, location=location, start=at("10:00")) == [
        Code.DAY_FULL
    ]


@pytest.mark.usefixtures("clock")
def test_daily_limit_over_two_zones_is_the_same_listed_and_checked(location: Location) -> None:
    """Tuesday 10 pm in Los Angeles is Wednesday in New York."""
    west = practice.make_location(time_zone="America/Los_Angeles")
    limited = practice.make_visit_type(daily_limit=1)
    person = practice.make_practitioner(visit_types=[limited], location=location, hours="10:00-10:40")
    practice.add_hours(person, west, weekday=1, hours="22:00-22:40")
    late = at("22:00", zone=west.zone)
    actions.book_visit(
        visit_type=limited,
        practitioner=person,
        location=west,
        start=late,
        patient=practice.make_patient(),
        by=BY_SYSTEM,
    )
    wednesday = TUESDAY + timedelta(days=1)

    offered = {
        slot.start
        for slot in availability.find_slots(visit_type=limited, first_day=TUESDAY, last_day=wednesday)
        if slot.location == location
    }

    tries = [at("10:00", TUESDAY), at("10:00", wednesday)]
    bookable = {
        start
        for start in tries
        if not codes(visit_type=limited, practitioner=person, location=location, start=start)
    }
    assert offered == bookable == {at("10:00", TUESDAY)}


@pytest.mark.usefixtures("clock")
def test_own_visit_is_not_in_the_way_of_its_move_but_the_patients_others_are(
    visit: Appointment, visit_type: VisitType, location: Location, patient: Patient
) -> None:
    other = practice.make_practitioner(visit_types=[visit_type], location=location)
    actions.book_visit(
        visit_type=visit_type,
        practitioner=other,
        location=location,
        start=at("13:00"),
        patient=patient,
        by=BY_SYSTEM,
    )

    result = list_tuesday(visit_type, ignoring=visit, practitioner=visit.practitioner)

    assert "10:20" in result
    assert "13:00" not in result
    assert "12:40" not in result


def test_the_query_count_is_fixed(
    clock: Any, visit_type: VisitType, location: Location, django_assert_num_queries: Callable[[int], Any]
) -> None:
    """Appointments, and the version of the set-up; where that is new, each of its tables, and it again."""

    def grow() -> None:
        room = practice.make_room(location)
        visit_type.rooms.add(room)
        person = practice.make_practitioner(
            visit_types=[visit_type], location=practice.make_location(), hours="12:00-17:00"
        )
        practice.close(person, TUESDAY, starts_at=time(16), ends_at=time(17))
        working = practice.make_practitioner(visit_types=[visit_type], location=location)
        actions.book_visit(
            visit_type=visit_type,
            practitioner=working,
            location=location,
            start=at("09:00"),
            patient=practice.make_patient(),
            by=BY_SYSTEM,
        )

    for times in (1, 2):
        for _ in range(times):
            grow()
        practice.make_location()
        with django_assert_num_queries(13):
            availability.find_slots(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY)
    with django_assert_num_queries(2):
        availability.find_slots(
            visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY + timedelta(days=60)
        )
    with django_assert_num_queries(2):
        availability.find_soonest(visit_type=visit_type)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (at("10:00"), []),
        (at("10:05"), [Code.OFF_GRID]),
        (at("08:00"), [Code.OUTSIDE_HOURS]),
        (at("10:00", date(2026, 11, 28)), [Code.OUTSIDE_HOURS]),
        (at("10:00", date(2026, 11, 25)), [Code.CLOSED]),
        (at("10:00", date(2027, 3, 1)), [Code.TOO_FAR]),
        (at("10:00", date(2026, 11, 20)), [Code.PAST]),
        (at("09:20", date(2026, 11, 23)), [Code.TOO_SOON]),
        (at("18:05", date(2027, 3, 1)), [Code.TOO_FAR, Code.OUTSIDE_HOURS]),
    ],
)
def test_check_says_every_reason(
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    expected: list[Code],
) -> None:
    visit_type.minimum_notice = 60
    visit_type.save()
    practice.close_practice(date(2026, 11, 25))

    result = codes(visit_type=visit_type, practitioner=practitioner, location=location, start=start)

    assert result == expected


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("clock_time", "others"),
    [
        ("10:00", []),
        ("10:05", [Code.OFF_GRID]),
        ("08:00", [Code.OUTSIDE_HOURS]),
        ("13:00", [Code.CLOSED]),
        ("15:00", [Code.TAKEN]),
    ],
)
def test_check_of_another_practitioners_type_says_the_other_reasons_too(
    practitioner: Practitioner,
    location: Location,
    visit_type: VisitType,
    clock_time: str,
    others: list[Code],
) -> None:
    other_type = practice.make_visit_type()
    practice.close(practitioner, TUESDAY, starts_at=time(13), ends_at=time(14))
    book(visit_type, practitioner, location, "15:00")

    request = {"practitioner": practitioner, "location": location, "start": at(clock_time)}
    result = codes(visit_type=other_type, **request)

    assert set(result) == {Code.WRONG_PRACTITIONER, *others}
    assert codes(visit_type=visit_type, **request) == others


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("gone", ["left", "does something else"])
def test_hours_of_somebody_who_does_not_do_it_are_read_and_never_offered(
    visit_type: VisitType, practitioner: Practitioner, location: Location, gone: str
) -> None:
    if gone == "left":
        Practitioner.objects.update(is_active=False)
    else:
        practitioner.visit_types.clear()

    days = availability.find_days(visit_type=visit_type, first_day=TUESDAY, days=1, practitioner=practitioner)

    assert (days[0].slots, days[0].is_closed) == ([], True)
    assert availability.find_soonest(visit_type=visit_type, practitioner=practitioner) == []
    assert codes(visit_type=visit_type, practitioner=practitioner, location=location, start=at("10:00")) == [
        Code.WRONG_PRACTITIONER
    ]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("clock_time", "others"),
    [
        ("10:00", set()),
        ("08:00", {Code.OUTSIDE_HOURS}),
        ("13:00", {Code.CLOSED}),
        ("15:00", {Code.TAKEN}),
        # One second later it would run into the visit at three.
        ("14:20", {Code.TAKEN}),
    ],
)
def test_start_with_seconds_is_off_the_grid_and_says_the_rest(
    practitioner: Practitioner,
    location: Location,
    visit_type: VisitType,
    clock_time: str,
    others: set[Code],
) -> None:
    practice.close(practitioner, TUESDAY, starts_at=time(13), ends_at=time(14))
    book(visit_type, practitioner, location, "15:00")

    result = codes(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=at(clock_time) + timedelta(seconds=1),
    )

    assert set(result) == {Code.OFF_GRID, *others}
    assert len(result) == len(set(result))


@pytest.mark.usefixtures("clock")
def test_check_on_a_day_off_does_not_blame_the_practitioner(
    visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    saturday = at("10:00", date(2026, 11, 28))

    result = codes(visit_type=visit_type, practitioner=practitioner, location=location, start=saturday)

    assert result == [Code.OUTSIDE_HOURS]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-11-24T15:00Z",
        "2026-11-24T15:00Z/nobody/midtown",
        "2026-11-24T15:00Z/lena-fischer/nowhere",
        "2026-13-24T15:00Z/lena-fischer/midtown",
        "0001-01-01T00:00Z/lena-fischer/midtown",
        "9999-12-31T23:59Z/lena-fischer/midtown",
        "2026-11-24T15:00Z/lena-fischer/midtown/more",
        "2026-11-24T15:00Z/lena-\x00/midtown",
        "2026-11-24T15:00Z/" + "a" * 10_000 + "/midtown",
    ],
)
def test_parse_slot_key_refuses_what_is_none(practitioner: Practitioner, text: str) -> None:
    with pytest.raises(ValueError, match="not a slot key"):
        availability.parse_slot_key(text)


@pytest.mark.usefixtures("clock", "short_day")
def test_slot_keys_read_back(visit_type: VisitType) -> None:
    slot = availability.find_soonest(visit_type=visit_type, count=1)[0]

    choice = availability.parse_slot_key(slot.key)

    assert (choice.start, choice.practitioner, choice.location) == (
        slot.start,
        slot.practitioner,
        slot.location,
    )


@pytest.mark.usefixtures("clock")
def test_whoever_has_the_least_booked_share_of_the_day_takes_the_visit(
    visit_type: VisitType, location: Location
) -> None:
    """Two of eight hours are less than one of two; the day before does not count."""
    long_day = practice.make_practitioner(visit_types=[visit_type], location=location, hours="09:00-17:00")
    short_day = practice.make_practitioner(visit_types=[visit_type], location=location, hours="13:00-15:00")
    for clock_time in ("09:00", "10:00", "11:00"):
        book(visit_type, long_day, location, clock_time)
    book(visit_type, short_day, location, "14:20")

    calendar = availability.read_calendar(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY)
    shared = {f"{slot.local_start:%H:%M}": slot.practitioner for slot in calendar.shared_slots()}

    assert shared["13:00"] == shared["13:20"] == long_day
    book(visit_type, long_day, location, "15:00")
    book(visit_type, long_day, location, "16:00")
    calendar = availability.read_calendar(visit_type=visit_type, first_day=TUESDAY, last_day=TUESDAY)
    assert {slot.practitioner for slot in calendar.shared_slots() if slot.start == at("13:00")} == {short_day}


def test_new_york_autumn_night_offers_each_wall_time_once(
    clock: Any, visit_type: VisitType, location: Location
) -> None:
    """2026-11-01: the hour from 1 to 2 passes twice."""
    sunday = date(2026, 11, 1)
    clock.move_to(datetime(2026, 10, 30, 12, tzinfo=NEW_YORK))
    practitioner = practice.make_practitioner(visit_types=[visit_type])
    practice.add_hours(practitioner, location, weekday=6, hours="00:00-04:00")

    slots = availability.find_slots(visit_type=visit_type, first_day=sunday, last_day=sunday)

    walls = clocks(slots)
    assert len(walls) == len(set(walls))
    assert all(slot.local_start.fold == 0 for slot in slots)


def test_new_york_spring_night_offers_no_skipped_hour(
    clock: Any, visit_type: VisitType, location: Location
) -> None:
    """2027-03-14: the clock jumps from 2 to 3."""
    sunday = date(2027, 3, 14)
    clock.move_to(datetime(2027, 3, 12, 12, tzinfo=NEW_YORK))
    practitioner = practice.make_practitioner(visit_types=[visit_type])
    practice.add_hours(practitioner, location, weekday=6, hours="01:00-05:00")

    walls = clocks(availability.find_slots(visit_type=visit_type, first_day=sunday, last_day=sunday))

    assert walls[:3] == ["01:00", "01:20", "01:40"]
    assert not [wall for wall in walls if wall.startswith("02")]
