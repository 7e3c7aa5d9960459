"""What the database and the forms refuse of clinic hours, and how rows become engine values."""

from datetime import date, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from booking.engine.openings import DateSpan, WeeklyRule
from booking.models import AvailabilityException, AvailabilityRule, Closure, Location, Practitioner, VisitType
from booking.tests.practice import TUESDAY, make_visit_type

WEDNESDAY = date(2026, 11, 25)


def assert_refused(row: models.Model, sentence: str) -> None:
    """By the form, in words, and by the database whatever the form did."""
    with pytest.raises(ValidationError) as told:
        row.validate_constraints()
    assert sentence in told.value.messages
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"starts_at": time(17), "ends_at": time(9)}, "The hours must end after they start."),
        ({"starts_at": time(9), "ends_at": time(9)}, "The hours must end after they start."),
        (
            {"valid_from": WEDNESDAY, "valid_to": TUESDAY},
            "The last day must not come before the first day.",
        ),
        ({"weekday": 7}, "Choose a day of the week."),
    ],
)
def test_weekly_hours_that_make_no_sense_are_refused(
    practitioner: Practitioner, location: Location, fields: dict[str, Any], sentence: str
) -> None:
    usual = {"weekday": 0, "starts_at": time(9), "ends_at": time(17)}

    rule = AvailabilityRule(practitioner=practitioner, location=location, **{**usual, **fields})

    assert_refused(rule, sentence)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last_day": date(2026, 11, 23)}, "The last day must not come before the first day."),
        ({"starts_at": time(9)}, "Give both times, or neither for the whole day."),
        ({"ends_at": time(9)}, "Give both times, or neither for the whole day."),
        ({"starts_at": time(9), "ends_at": time(8)}, "The hours must end after they start."),
    ],
)
@pytest.mark.parametrize("model", [AvailabilityException, Closure])
def test_days_that_make_no_sense_are_refused(
    practitioner: Practitioner, model: type[models.Model], fields: dict[str, Any], sentence: str
) -> None:
    owner = {"practitioner": practitioner} if model is AvailabilityException else {"name": "Holiday"}

    row = model(**{**owner, "first_day": TUESDAY, "last_day": TUESDAY, **fields})

    assert_refused(row, sentence)


@pytest.mark.parametrize("fields", [{}, {"starts_at": time(9), "ends_at": time(10)}])
def test_extra_time_without_a_place_is_refused(practitioner: Practitioner, fields: dict[str, Any]) -> None:
    row = AvailabilityException(
        practitioner=practitioner, kind="extra", first_day=TUESDAY, last_day=TUESDAY, **fields
    )

    assert_refused(row, "Extra time needs a location and both times.")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("duration", 4, "A visit lasts between 5 minutes and 8 hours."),
        ("duration", 481, "A visit lasts between 5 minutes and 8 hours."),
        ("buffer_before", 241, "The time kept free before or after a visit is at most 4 hours."),
        ("buffer_after", 241, "The time kept free before or after a visit is at most 4 hours."),
        ("start_step", 4, "Starts are at least 5 minutes apart."),
    ],
)
def test_visit_type_beyond_its_limits_is_refused(
    visit_type: VisitType, field: str, value: int, sentence: str
) -> None:
    setattr(visit_type, field, value)

    assert_refused(visit_type, sentence)


def test_hours_until_midnight_end_with_the_day() -> None:
    rule = AvailabilityRule(weekday=4, starts_at=time(18, 30), ends_at=time(0), valid_to=TUESDAY)

    assert rule.as_weekly_rule() == WeeklyRule(weekday=4, starts=1110, ends=1440, valid_to=TUESDAY)


def test_days_without_times_are_whole_days() -> None:
    closure = Closure(first_day=TUESDAY, last_day=WEDNESDAY)

    assert closure.as_date_span() == DateSpan(first=TUESDAY, last=WEDNESDAY, starts=0, ends=1440)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "EST5EDT4"])
def test_location_in_an_unknown_zone_is_refused(location: Location, zone: str) -> None:
    location.time_zone = zone

    with pytest.raises(ValidationError):
        location.full_clean()


def test_preparation_is_one_point_a_line(db: None) -> None:
    visit_type = make_visit_type(preparation="Bring your card.\r\n\n  Eat as usual. \n")

    assert visit_type.preparation_points == ["Bring your card.", "Eat as usual."]
