"""A series on the caller's slip: dates at the same wall time, what is in the way, all of them or none."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.desk.planning import Plan
from booking.models import Appointment, AppointmentEvent, Patient, VisitGroup
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.desk.conftest import book, name_slot, read_outcomes
from booking.tests.desk.test_day import read_text
from booking.tests.desk.test_slip import NEW, press, read_problems
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage

WEEK = timedelta(weeks=1)


@pytest.fixture
def weekly(visit: Appointment, other_patient: Patient) -> dict[str, Any]:
    """Three Tuesdays at noon, of a known patient."""
    return {
        "patient": other_patient.pk,
        "visit_type": visit.visit_type_id,
        "slot": name_slot(visit, "12:00"),
        "has_notes": "yes",
        "series": "yes",
        "series-every_weeks": 1,
        "series-times": 3,
    }


def read_plan(response: Any) -> Plan:
    return response.context["slip"].plan


def list_booked(patient: Patient) -> list[Any]:
    return list(patient.appointments.filter(status=Status.BOOKED).values_list("start", flat=True))


def test_visit_leads_to_a_series_of_its_patient(desk: Client, visit: Appointment) -> None:
    html = desk.get(f"/admin/desk/visit/{visit.pk}/").content.decode()
    address = f"/admin/desk/book/?patient={visit.patient_id}&visit_type={visit.visit_type_id}&series=yes"

    told = read_text(desk.get(address).content.decode())

    assert address.replace("&", "&amp;") in html
    assert "Jordan Ellis born" in told
    assert "Every so many weeks" in told
    assert "Choose the type and the first time." in told


def test_slip_becomes_a_series_and_one_visit_again(desk: Client, weekly: dict[str, Any]) -> None:
    several = press(desk, "look", weekly).context["slip"]
    one = press(desk, "drop_series", weekly).context["slip"]

    assert (several.is_series, one.is_series) == (True, False)
    assert one.time.start == at("12:00")


def test_dates_are_proposed_and_booked(desk: Client, weekly: dict[str, Any], other_patient: Patient) -> None:
    shown = press(desk, "look", weekly)
    booked = press(desk, "book", weekly)

    assert [one.wall.date() for one in read_plan(shown).dates] == [TUESDAY + WEEK, TUESDAY + 2 * WEEK]
    assert list_booked(other_patient) == [at("12:00", TUESDAY + week * WEEK) for week in range(3)]
    assert read_outcomes(booked) == ["Booked: 3 visits. An email goes to the patient."]
    told = read_text(booked.content.decode())
    assert "Series: 1 of 3 Every week" in told
    assert "Cancel this one and the rest" in told
    assert "Confirmation of several visits : Waiting" in told


def test_same_wall_time_when_the_clocks_change(
    desk: Client, weekly: dict[str, Any], other_patient: Patient
) -> None:
    press(desk, "book", weekly, **{"series-every_weeks": 18, "series-times": 2})

    first, second = list_booked(other_patient)
    # Noon in winter and noon in summer are an hour apart.
    assert second - first == timedelta(weeks=18) - timedelta(hours=1)
    assert second.astimezone(practice.NEW_YORK).hour == 12


def test_date_that_is_taken_says_why_and_proposes_the_nearest(
    desk: Client, visit: Appointment, weekly: dict[str, Any], other_patient: Patient
) -> None:
    book(visit, "12:00", TUESDAY + WEEK)

    refused = press(desk, "book", weekly)
    taken, free = read_plan(refused).dates

    assert read_problems(refused) == ["Tue, Dec 1: choose another time, or leave the date out."]
    assert [concern.code for concern in taken.concerns] == ["taken"]
    assert free.concerns == []
    assert [slot.start for slot in taken.nearest[:2]] == [
        at("11:20", TUESDAY + WEEK),
        at("12:40", TUESDAY + WEEK),
    ]
    told = read_text(refused.content.decode())
    assert "Tue, Dec 1, 12:00 pm (not free) Tue, Dec 1, 11:20 am Tue, Dec 1, 12:40 pm" in told
    assert list_booked(other_patient) == []


def test_picked_times_are_booked(
    desk: Client, visit: Appointment, weekly: dict[str, Any], other_patient: Patient
) -> None:
    book(visit, "12:00", TUESDAY + WEEK)

    press(desk, "book", weekly, **{"date-2": "2026-12-01T16:20Z", "date-3": "out"})

    assert list_booked(other_patient) == [at("12:00"), at("11:20", TUESDAY + WEEK)]


def test_pick_of_another_rhythm_does_not_count(desk: Client, weekly: dict[str, Any]) -> None:
    picked = {"date-2": "2026-12-01T16:20Z", "series-every_weeks": 2}

    plan = read_plan(press(desk, "look", weekly, **picked))

    assert plan.dates[0].chosen is not None
    assert plan.dates[0].chosen.slot.start == at("12:00", TUESDAY + 2 * WEEK)


@pytest.mark.parametrize(
    "nonsense", ["x", "2026-12-01T16:20", "9999-12-01T16:20Z", "2026-12-01T16:20Z/x", "\0"]
)
def test_unreadable_pick_is_as_none(desk: Client, weekly: dict[str, Any], nonsense: str) -> None:
    plan = read_plan(press(desk, "look", weekly, **{"date-2": nonsense}))

    assert plan.dates[0].chosen is not None
    assert plan.dates[0].chosen.slot.start == at("12:00", TUESDAY + WEEK)


def test_rule_is_set_aside_once_it_was_shown_and_with_a_reason(
    desk: Client, weekly: dict[str, Any], other_patient: Patient
) -> None:
    practice.close_practice(TUESDAY + WEEK)

    unseen = press(desk, "book", weekly)
    silent = press(desk, "book", weekly, **{"anyway-2": "closed"})
    booked = press(desk, "book", weekly, **{"anyway-2": "closed"}, why="They travel far")

    assert read_problems(unseen)[0] == "Tue, Dec 1: read what speaks against this time."
    assert read_problems(silent) == ["Write why you book this time all the same."]
    assert read_outcomes(booked) == ["Booked: 3 visits. An email goes to the patient."]
    aside = AppointmentEvent.objects.exclude(details={}).get()
    assert (aside.details, aside.note) == ({"set_aside": ["closed"]}, "They travel far")
    assert aside.appointment.start == at("12:00", TUESDAY + WEEK)


def test_horizon_of_patients_does_not_hold_for_a_series(
    desk: Client, weekly: dict[str, Any], other_patient: Patient
) -> None:
    press(desk, "book", weekly, **{"series-every_weeks": 26, "series-times": 4})

    assert len(list_booked(other_patient)) == 4
    assert not AppointmentEvent.objects.exclude(details={}).exists()


@pytest.mark.parametrize(
    ("every_weeks", "times", "told"),
    [
        (26, 12, "A series lasts two years at most: fewer visits, or fewer weeks."),
        (0, 3, "Ensure this value is greater than or equal to 1."),
        (1, 13, "Ensure this value is less than or equal to 12."),
        ("", 3, "This field is required."),
    ],
)
def test_rhythm_that_is_none(
    desk: Client, weekly: dict[str, Any], every_weeks: Any, times: Any, told: str
) -> None:
    response = press(desk, "book", weekly, **{"series-every_weeks": every_weeks, "series-times": times})

    assert told in read_text(response.content.decode())
    assert read_problems(response) == ["Say how often, and how many visits there are."]
    assert not VisitGroup.objects.exists()


def test_series_of_one_date_is_none(desk: Client, weekly: dict[str, Any]) -> None:
    response = press(desk, "book", weekly, **{"date-2": "out", "date-3": "out"})

    assert read_problems(response) == ["A series has at least two dates."]


def test_new_patient_and_what_was_typed_stay_when_a_date_is_refused(
    desk: Client, visit: Appointment, weekly: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody books the time between the look of the page and the press."""
    del weekly["patient"]
    monkeypatch.setattr(Plan, "find_problems", lambda self, sent: [])
    book(visit, "12:00", TUESDAY + WEEK)

    response = press(desk, "book", weekly, **NEW, reason="Cramps at night")

    assert read_outcomes(response) == [
        "Nothing was booked. "
        "Tue, Dec 1, 12:00 pm: The clinician or the patient already has a visit at that time."
    ]
    html = response.content.decode()
    assert 'value="Casey"' in html
    assert "Cramps at night" in html
    assert not Patient.objects.filter(given_name="Casey").exists()


def test_patients_own_visits_are_in_the_way(
    desk: Client, visit: Appointment, weekly: dict[str, Any], other_patient: Patient
) -> None:
    elsewhere = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    weekly["patient"] = visit.patient_id

    shown = press(
        desk,
        "look",
        weekly,
        slot=f"{at('10:00', date(2026, 11, 17)):%Y-%m-%dT%H:%MZ}/{elsewhere.slug}/{visit.location.slug}",
    )

    assert [concern.code for concern in read_plan(shown).dates[0].concerns] == ["patient_busy"]


def test_long_series_takes_no_more_queries(desk: Client, weekly: dict[str, Any]) -> None:
    def count(times: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            press(desk, "look", weekly, **{"series-times": times})
        return len(queries)

    count(2)  # the first press of all asks for the session, too

    assert count(12) == count(2)


def test_undo_right_after_booking(desk: Client, weekly: dict[str, Any], other_patient: Patient) -> None:
    html = press(desk, "book", weekly).content.decode()
    first = other_patient.appointments.first()
    assert first is not None

    address = f"/admin/desk/visit/{first.pk}/unbook/together/"
    undone = desk.post(address, {"version": 0}, follow=True)

    assert f'action="{address}"' in html
    assert read_outcomes(undone) == ["Undone: the visits are taken back. Nobody was told of them."]
    assert list_booked(other_patient) == []
    assert not OutboxMessage.objects.filter(kind="booking.booked_together", state="queued").exists()
