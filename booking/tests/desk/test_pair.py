"""A chain on the caller's slip: two visits of one day, chosen as a pair and booked as one."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment, Chain, IntakeQuestion, Patient
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.desk.conftest import DAY, read_outcomes
from booking.tests.desk.test_day import read_text
from booking.tests.desk.test_slip import press, read_problems
from booking.tests.practice import TUESDAY, at


@pytest.fixture
def chain(visit: Appointment) -> Chain:
    """A test of an hour with Dr. Adler, then a visit with Nair: 20 to 60 minutes between."""
    test = practice.make_visit_type(name="Nerve test", duration=60, buffer_after=20, needs_referral=True)
    talk = practice.make_visit_type(name="Talk", duration=20)
    practice.make_practitioner(
        visit_types=[test], location=visit.location, slug="adler", family_name="Adler", hours="09:00-12:00"
    )
    practice.make_practitioner(
        visit_types=[talk], location=visit.location, slug="nair", family_name="Nair", hours="09:00-12:00"
    )
    return Chain.objects.create(name="Test, then talk", first=test, second=talk, most_gap=60)


@pytest.fixture
def sent(chain: Chain, other_patient: Patient) -> dict[str, Any]:
    return {
        "patient": other_patient.pk,
        "visit_type": f"chain-{chain.pk}",
        "first_day": TUESDAY.isoformat(),
        "has_notes": "yes",
    }


def make_pair(first: str, second: str, place: str = "midtown") -> str:
    return "~".join(
        f"{at(clock):%Y-%m-%dT%H:%MZ}/{who}/{place}" for clock, who in ((first, "adler"), (second, "nair"))
    )


def list_booked(patient: Patient) -> list[Any]:
    return list(patient.appointments.filter(status=Status.BOOKED).values_list("start", flat=True))


def test_pairs_are_listed_with_the_wait(desk: Client, sent: dict[str, Any]) -> None:
    response = press(desk, "times", sent)

    told = read_text(response.content.decode())
    assert "Two visits on one day" in response.content.decode()
    assert "9:00 am Tue, Nov 24 Dr. Adler, Midtown 10:20 am Dr. Nair 20 minutes between" in told
    assert [one.pair.first.start for one in response.context["slip"].pair_listing.pairs[:2]] == [
        at("09:00"),
        at("09:20"),
    ]


def test_picked_pair_is_booked_as_one(desk: Client, sent: dict[str, Any], other_patient: Patient) -> None:
    shown = press(desk, "look", sent, pick_pair=make_pair("09:00", "10:20"))
    booked = press(desk, "book", sent, pair=shown.context["slip"].pair.key)

    assert "The second visit at another time" in read_text(shown.content.decode())
    assert list_booked(other_patient) == [at("09:00"), at("10:20")]
    assert read_outcomes(booked) == ["Booked: 2 visits. An email goes to the patient."]
    told = read_text(booked.content.decode())
    assert "Test, then talk: 1 of 2 Tue, Nov 24, 10:20 am, Talk Dr. Nair, Booked" in told
    assert "Cancel both" in told


def test_neither_is_booked_where_one_is_taken(
    desk: Client, sent: dict[str, Any], chain: Chain, other_patient: Patient, receptionist: Any
) -> None:
    key = make_pair("09:00", "10:20")
    press(desk, "book", {**sent, "patient": practice.make_patient().pk}, pair=make_pair("09:00", "10:20"))

    refused = press(desk, "book", sent, pair=key)

    assert read_problems(refused) == ["Choose other times."]
    assert list_booked(other_patient) == []


def test_what_is_taken_at_the_last_moment_names_the_time(
    desk: Client, sent: dict[str, Any], other_patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(desk, "book", {**sent, "patient": practice.make_patient().pk}, pair=make_pair("09:40", "11:00"))
    monkeypatch.setattr("booking.desk.pairs.ChosenPair.is_possible", True)

    refused = press(desk, "book", sent, pair=make_pair("09:00", "11:00"))

    [told] = read_outcomes(refused)
    assert told.startswith("Nothing was booked. Tue, Nov 24, 9:00 am: The clinician or the patient already")
    assert "Tue, Nov 24, 11:00 am: The clinician or the patient already has a visit" in told
    assert list_booked(other_patient) == []


@pytest.mark.parametrize(("first", "second"), [("09:00", "11:40"), ("11:00", "09:00"), ("09:00", "10:00")])
def test_what_does_not_follow_is_no_pair(
    desk: Client, sent: dict[str, Any], other_patient: Patient, first: str, second: str
) -> None:
    refused = press(desk, "book", sent, pair=make_pair(first, second))

    assert read_problems(refused) == ["Choose other times."]
    assert "The second visit begins 20 minutes to 60 minutes after the first one ends" in read_text(
        refused.content.decode()
    ).replace("1 hour", "60 minutes")
    assert list_booked(other_patient) == []


@pytest.mark.parametrize("nonsense", ["x", "~", "a~b~c", "\0~\0", "2026-11-24T14:00Z/adler/midtown"])
def test_unreadable_pair_is_none(desk: Client, sent: dict[str, Any], nonsense: str) -> None:
    assert read_problems(press(desk, "book", sent, pair=nonsense)) == ["Choose the times."]


def test_pair_is_given_back_for_other_times(desk: Client, sent: dict[str, Any]) -> None:
    slip = press(desk, "drop_pair", sent, pair=make_pair("09:00", "10:20")).context["slip"]

    assert slip.pair is None
    assert slip.pair_listing.pairs


def test_answers_go_to_the_visit_that_asks_them(
    desk: Client, sent: dict[str, Any], chain: Chain, other_patient: Patient
) -> None:
    questions = [
        IntakeQuestion.objects.create(visit_type=kind, wording=wording, kind="text")
        for kind, wording in ((chain.first, "Which side?"), (chain.second, "Since when?"))
    ]
    answers = {f"intake_{question.pk}": f"Answer {question.pk}" for question in questions}

    press(desk, "book", sent, pair=make_pair("09:00", "10:20"), referral="have", **answers)

    first, second = other_patient.appointments.all()
    assert [one.wording for one in first.intake_answers.all()] == ["Which side?"]
    assert [one.wording for one in second.intake_answers.all()] == ["Since when?"]
    assert (first.referral, second.referral) == ("have", "")


def test_chain_that_is_off_cannot_be_chosen(desk: Client, sent: dict[str, Any], chain: Chain) -> None:
    Chain.objects.update(is_active=False)

    response = press(desk, "book", sent, pair=make_pair("09:00", "10:20"))

    assert "Choose the type of visit." in read_problems(response)
    assert "Two visits on one day" not in response.content.decode()


def test_many_chains_take_no_more_queries(desk: Client, sent: dict[str, Any], chain: Chain) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            press(desk, "times", sent)
        return len(queries)

    count()  # the first press of all asks for the session, too
    one = count()
    for name in "AB":
        Chain.objects.create(name=name, first=chain.first, second=chain.second)

    assert count() == one


def test_day_stays_as_it_is(desk: Client, sent: dict[str, Any]) -> None:
    press(desk, "book", sent, pair=make_pair("09:00", "10:20"))

    told = read_text(desk.get("/admin/desk/", DAY).content.decode())

    assert told.count("Robin Hart") >= 2


def test_day_beyond_all_calendars_lists_the_last_days(desk: Client, chain: Chain) -> None:
    page = desk.get(reverse("desk:book"), {"visit_type": f"chain-{chain.pk}", "first_day": "9999-12-31"})

    assert page.status_code == 200
