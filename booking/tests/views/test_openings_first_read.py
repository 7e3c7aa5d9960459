"""The page of times reads some weeks first: what it shows is the same as when it reads them all."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from booking.models import AvailabilityRule, Location, Practitioner, VisitType
from booking.tests import practice
from booking.views import openings
from booking.views.openings import Chooser, list_openings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = timedelta(days=1)
ALL = 400 * DAY
QUESTIONS = ["", "view=clinician", "practitioner={person}", "same={person}", "location={place}", "day={day}"]


def read_page(
    visit_type: VisitType, question: str, *, first_read: timedelta, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    words = {
        "person": Practitioner.objects.order_by("pk")[0].slug,
        "place": Location.objects.order_by("pk")[0].slug,
        "day": timezone.localdate() + 40 * DAY,
    }
    monkeypatch.setattr(openings, "FIRST_READ", first_read)
    return list_openings(
        QueryDict(question.format(**words)), chooser=Chooser.to_book(visit_type, holder="somebody")
    )


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("away_days", [0, 6, 8, 30, 70])
@pytest.mark.parametrize("mode", VisitType.Mode.values)
def test_page_is_the_same_however_much_is_read_first(
    mode: str, away_days: int, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit_type = practice.make_visit_type(mode=mode, minimum_notice=0, booking_horizon=90)
    zones = ["America/Los_Angeles", "Pacific/Auckland"] if visit_type.is_telehealth else ["America/New_York"]
    today = timezone.localdate()
    for number, zone in enumerate([*zones, zones[0]]):
        location = practice.make_location(time_zone=zone, name=f"Place {number}")
        person = practice.make_practitioner(visit_types=[visit_type], location=location, hours="09:00-10:00")
        if number == 2:
            # Nobody has hours at this place for weeks.
            AvailabilityRule.objects.filter(practitioner=person).update(valid_from=today + 60 * DAY)
        elif away_days:
            practice.close(person, today, last_day=today + away_days * DAY)

    everything = read_page(visit_type, question, first_read=ALL, monkeypatch=monkeypatch)

    assert everything["has_times"]
    for days in (1, 5, 38):
        assert everything == read_page(visit_type, question, first_read=days * DAY, monkeypatch=monkeypatch)


@pytest.mark.parametrize(("away_days", "queries"), [(0, 1), (30, 2)])
def test_the_rest_is_read_where_the_first_weeks_are_full(
    away_days: int, queries: int, visit_type: VisitType, django_assert_num_queries: Any
) -> None:
    person = practice.make_practitioner(visit_types=[visit_type], location=practice.make_location())
    practice.close(person, timezone.localdate() - DAY, last_day=timezone.localdate() + away_days * DAY)
    set_up = openings.know_set_up(first_day=timezone.localdate() - DAY)

    with django_assert_num_queries(queries):
        page = list_openings(
            QueryDict(), chooser=Chooser.to_book(visit_type, holder="somebody"), set_up=set_up
        )

    assert page["has_times"]


def test_a_short_horizon_is_read_once_also_where_the_day_is_ahead(django_assert_num_queries: Any) -> None:
    visit_type = practice.make_visit_type(booking_horizon=30)
    ahead = practice.make_location(time_zone="Pacific/Auckland")
    person = practice.make_practitioner(visit_types=[visit_type], location=ahead)
    practice.close(person, timezone.localdate() - DAY, last_day=timezone.localdate() + 40 * DAY)
    set_up = openings.know_set_up(first_day=timezone.localdate() - DAY)

    with django_assert_num_queries(1):
        page = list_openings(QueryDict(), chooser=Chooser.to_book(visit_type, holder=""), set_up=set_up)

    assert not page["has_times"]
