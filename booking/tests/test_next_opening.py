"""The next opening on an article: true when it is told, and never older than a minute."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import availability
from booking.models import Location, Practitioner, VisitType
from booking.templatetags.openings import LONGEST_KEPT, next_opening
from booking.tests import practice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped(clock: Any) -> None:
    """Monday, 9 am."""


def test_next_opening_can_be_booked(visit_type: VisitType, practitioner: Practitioner, location: Location):
    start = next_opening(visit_type)

    assert start is not None
    assert start == practice.at("09:00", practice.NOW.date())
    assert not availability.check(
        visit_type=visit_type, practitioner=practitioner, location=location, start=start
    )


def test_none_where_nobody_has_time(visit_type: VisitType):
    assert next_opening(visit_type) is None


def test_within_a_minute_nothing_is_asked_again(visit_type: VisitType, practitioner: Practitioner):
    next_opening(visit_type)

    with CaptureQueriesContext(connection) as queries:
        next_opening(visit_type)

    assert len(queries) == 0


def test_after_a_minute_a_change_is_told(visit_type: VisitType, practitioner: Practitioner, clock: Any):
    before = next_opening(visit_type)
    practice.close_practice(practice.NOW.date())
    assert next_opening(visit_type) == before

    clock.shift(timedelta(seconds=LONGEST_KEPT))

    assert LONGEST_KEPT <= 60
    assert next_opening(visit_type) == practice.at("09:00")


def test_cache_that_is_away_makes_no_error(visit_type: VisitType, practitioner: Practitioner, settings: Any):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    assert next_opening(visit_type) == practice.at("09:00", practice.NOW.date())


def test_that_there_is_none_is_kept_no_longer(visit_type: VisitType, location: Location, clock: Any):
    assert next_opening(visit_type) is None
    practice.make_practitioner(visit_types=[visit_type], location=location)

    clock.shift(timedelta(seconds=LONGEST_KEPT))

    assert next_opening(visit_type) is not None
