"""How often somebody may try: counted in the database, for everybody together."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from booking import actions, limits
from booking.limits import HOUR, TooManyTries, count_attempt
from booking.models import Appointment, Attempt, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import at

HOLD = Attempt.Kind.HOLD
BY_PATIENT = actions.Actor.patient()
# Nothing listens there: whatever asked it would fail.
NOWHERE = "redis://127.0.0.1:1/0"


def make_details(email: str = "") -> actions.PatientDetails:
    return actions.PatientDetails(given_name="A", family_name="B", birth_date=practice.TUESDAY, email=email)


@pytest.fixture
def hold(
    clock: Any, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> Callable[..., Appointment]:
    def take(clock_time: str, *, address: str = "x", by: actions.Actor = BY_PATIENT) -> Appointment:
        return actions.hold(
            visit_type=visit_type,
            practitioner=practitioner,
            location=location,
            start=at(clock_time),
            holder="a",
            holder_address=address,
            by=by,
        )

    return take


# --- the count ------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_try_too_many_has_to_wait_until_the_first_is_over(clock: Any) -> None:
    for _ in range(3):
        count_attempt(kind=HOLD, key="x", limit=3, window=HOUR)
        clock.shift(timedelta(minutes=10))

    with pytest.raises(TooManyTries) as caught:
        count_attempt(kind=HOLD, key="x", limit=3, window=HOUR)

    assert caught.value.retry_after == 30 * 60


@pytest.mark.django_db
def test_waiting_helps_whoever_tried_again_meanwhile(clock: Any) -> None:
    count_attempt(kind=HOLD, key="x", limit=1, window=HOUR)
    clock.shift(timedelta(minutes=50))
    with pytest.raises(TooManyTries) as caught:
        count_attempt(kind=HOLD, key="x", limit=1, window=HOUR)

    clock.shift(timedelta(seconds=caught.value.retry_after))
    count_attempt(kind=HOLD, key="x", limit=1, window=HOUR)

    assert Attempt.objects.count() == 1


@pytest.mark.django_db
def test_each_key_and_each_kind_counts_for_itself(clock: Any) -> None:
    count_attempt(kind=HOLD, key="x", limit=1, window=HOUR)

    count_attempt(kind=HOLD, key="y", limit=1, window=HOUR)
    count_attempt(kind=Attempt.Kind.BOOK, key="x", limit=1, window=HOUR)

    assert Attempt.objects.count() == 3


@pytest.mark.django_db
def test_limit_of_none_at_all(clock: Any) -> None:
    with pytest.raises(TooManyTries):
        count_attempt(kind=HOLD, key="x", limit=0, window=HOUR)


@pytest.mark.django_db
def test_limit_asks_neither_a_cache_nor_the_broker(clock: Any, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": NOWHERE}
    }
    settings.CELERY_BROKER_URL = NOWHERE
    count_attempt(kind=HOLD, key="x", limit=1, window=HOUR)

    with pytest.raises(TooManyTries):
        count_attempt(kind=HOLD, key="x", limit=1, window=HOUR)


def test_keys_of_contacts_are_hashes_and_differ_by_kind() -> None:
    keys = {limits.make_key("email", "a@example.org"), limits.make_key("phone", "a@example.org")}

    assert len(keys) == 2
    assert all(len(key) == 64 and "example" not in key for key in keys)


@pytest.mark.django_db
def test_purge_deletes_what_no_window_reaches(clock: Any) -> None:
    count_attempt(kind=HOLD, key="x", limit=9, window=HOUR)
    clock.shift(timedelta(hours=23))
    count_attempt(kind=HOLD, key="y", limit=9, window=HOUR)
    clock.shift(timedelta(hours=1))

    deleted = limits.purge_attempts()

    assert deleted == 1
    assert Attempt.objects.get().key == "y"


@pytest.mark.django_db
def test_purge_deletes_more_than_one_statement_can_name(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PURGED_AT_ONCE", 2)
    for _ in range(5):
        count_attempt(kind=HOLD, key="x", limit=9, window=HOUR)
    clock.shift(timedelta(days=1))

    deleted = limits.purge_attempts()

    assert deleted == 5
    assert not Attempt.objects.exists()


# --- holding ----------------------------------------------------------------------------


def test_tries_to_hold_count_also_when_refused(hold: Callable[..., Appointment], settings: Any) -> None:
    settings.MAX_HOLD_TRIES_PER_HOUR = 2
    for _ in range(2):
        with pytest.raises(actions.Refused):
            hold("03:00")

    with pytest.raises(TooManyTries):
        hold("10:00")

    assert hold("10:00", address="y").is_hold


def test_staff_may_hold_as_often_as_they_like(
    hold: Callable[..., Appointment], settings: Any, receptionist: Any
) -> None:
    settings.MAX_HOLD_TRIES_PER_HOUR = 0

    held = hold("10:00", by=actions.Actor.staff(receptionist))

    assert held.is_hold


# --- booking ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "email"), [("x", "other@example.org"), ("x", ""), ("y", "ONE@Example.org")]
)
def test_bookings_of_a_day_are_limited_by_network_and_by_email(
    hold: Callable[..., Appointment], settings: Any, clock: Any, address: str, email: str
) -> None:
    settings.MAX_BOOKINGS_PER_DAY = 1
    actions.book(hold=hold("10:00"), patient=make_details("one@example.org"), by=BY_PATIENT)
    held = hold("11:00", address=address)

    with pytest.raises(TooManyTries) as caught:
        actions.book(hold=held, patient=make_details(email), by=BY_PATIENT)

    held.refresh_from_db()
    assert (held.is_hold, held.patient) == (True, None)
    assert caught.value.retry_after == 24 * 60 * 60


def test_others_may_book_and_so_may_everybody_a_day_later(
    hold: Callable[..., Appointment], settings: Any, clock: Any
) -> None:
    settings.MAX_BOOKINGS_PER_DAY = 1
    actions.book(hold=hold("10:00"), patient=make_details("one@example.org"), by=BY_PATIENT)

    other = actions.book(hold=hold("11:00", address="y"), patient=make_details(), by=BY_PATIENT)
    clock.shift(timedelta(days=1))
    later = actions.book(hold=hold("12:00"), patient=make_details("one@example.org"), by=BY_PATIENT)

    assert (other.status, later.status) == ("booked", "booked")


def test_a_second_press_and_a_booking_that_failed_do_not_count(
    hold: Callable[..., Appointment], settings: Any
) -> None:
    settings.MAX_BOOKINGS_PER_DAY = 2
    held = hold("10:00")
    closed = practice.close_practice(practice.TUESDAY)
    with pytest.raises(actions.Refused):
        actions.book(hold=held, patient=make_details(), by=BY_PATIENT)
    closed.delete()
    for _ in range(2):
        actions.book(hold=held, patient=make_details(), by=BY_PATIENT)

    second = actions.book(hold=hold("11:00"), patient=make_details(), by=BY_PATIENT)

    assert second.status == "booked"
