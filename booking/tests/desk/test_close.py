"""/admin/desk/time/close/: closures as typed, and holidays to be ticked."""

from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from booking.blocking import open_practice
from booking.desk.time import closing
from booking.desk.time.holidays import suggest_holidays
from booking.models import Appointment, Closure, Location
from booking.tests import practice
from booking.tests.desk.conftest import read_seen
from booking.tests.desk.test_day import read_text
from booking.tests.practice import TUESDAY

CLOSE = "/admin/desk/time/close/"
TODAY = practice.NOW.date()


def send(client: Client, path: str = CLOSE, **fields: Any) -> Any:
    return client.post(path, fields, follow=True)


def change(client: Client, closure: Closure, **fields: Any) -> Any:
    """As the page sends it, opened just now where `fields` have no `seen`."""
    page = f"{CLOSE}{closure.pk}/"
    kept = {"name": closure.name, "first_day": closure.first_day.isoformat()}
    return send(client, page, **{"seen": read_seen(client.get(page)), **kept, **fields})


def remove(client: Client, closure: Closure, **fields: Any) -> Any:
    page = f"{CLOSE}{closure.pk}/remove/"
    return send(client, page, **{"seen": read_seen(client.get(page)), **fields})


def read(response: Any) -> str:
    assert response.status_code == 200
    return read_text(response.content.decode())


def name_holidays() -> dict[date, str]:
    return {holiday.day: holiday.name for holiday in suggest_holidays(today=TODAY)}


def test_practice_is_closed(desk: Client, location: Location) -> None:
    response = send(desk, name="Snow", first_day="2026-12-01", last_day="2026-12-02")

    assert response.redirect_chain == [("/admin/desk/time/", 302)]
    assert "1 closure saved." in read(response)
    closure = Closure.objects.get()
    assert (closure.name, closure.location, closure.last_day) == ("Snow", None, date(2026, 12, 2))


def test_one_location_is_closed_for_some_hours(desk: Client, location: Location) -> None:
    send(
        desk,
        name="Works",
        location=location.pk,
        first_day="2026-12-01",
        starts_at="08:00",
        ends_at="10:00",
    )

    assert Closure.objects.get().describe_span() == "2026-12-01, 08:00–10:00"


def test_closure_without_a_name_is_refused(desk: Client, location: Location) -> None:
    assert "Nothing was saved yet." in read(send(desk, first_day="2026-12-01"))
    assert not Closure.objects.exists()


@pytest.mark.parametrize("first_day", ["0026-11-24", "9999-12-31"])
def test_closure_of_another_century_is_refused(desk: Client, location: Location, first_day: str) -> None:
    told = read(send(desk, name="Typo", first_day=first_day, last_day="2026-11-26"))

    assert "Choose a day within three years of today." in told
    assert not Closure.objects.exists()


def test_closure_that_catches_visits_leads_to_their_list(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    clock.shift(60)

    response = send(desk, name="Snow", first_day=TUESDAY.isoformat())

    assert response.redirect_chain == [("/admin/desk/caught/", 302)]
    assert "Closed: Snow" in read(response)


def test_closure_is_changed_and_removed(desk: Client, location: Location) -> None:
    closure = practice.close_practice(TUESDAY, name="Snow")

    change(desk, closure, name="Ice", first_day="2026-12-01")
    changed = Closure.objects.get()
    told = read(remove(desk, closure))

    assert (changed.name, changed.first_day) == ("Ice", date(2026, 12, 1))
    assert "The closure is removed." in told
    assert not Closure.objects.exists()


@pytest.mark.parametrize("send_old_page", [change, remove])
def test_closure_that_a_colleague_changed_meanwhile_is_shown_again(
    desk: Client, location: Location, send_old_page: Any
) -> None:
    closure = practice.close_practice(TUESDAY, name="Snow")
    seen = read_seen(desk.get(f"{CLOSE}{closure.pk}/"))
    change(desk, closure, name="Ice", last_day="2026-12-04")

    told = read(send_old_page(desk, closure, seen=seen))

    assert "This was changed after you opened the page, so nothing was done." in told
    assert "Tue, Nov 24 to Fri, Dec 4, whole days. Ice" in told
    assert Closure.objects.get().last_day == date(2026, 12, 4)


def test_closure_that_was_opened_meanwhile_is_not_removed_twice(
    desk: Client, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    closure = practice.close_practice(TUESDAY, name="Snow")

    def come_second(**fields: Any) -> None:
        open_practice(closures=[closure])
        open_practice(**fields)

    monkeypatch.setattr(closing, "open_practice", come_second)

    told = read(remove(desk, closure))

    assert "Somebody else has just removed or changed it." in told
    assert "The closure is removed." not in told
    assert not LogEntry.objects.exists()


# --- Holidays --------------------------------------------------------------------------


def test_holidays_of_this_year_and_the_next_are_suggested(location: Location) -> None:
    holidays = name_holidays()

    assert holidays[date(2026, 11, 26)] == "Thanksgiving Day"
    assert holidays[date(2027, 7, 4)] == "Independence Day"
    # Of New York, not of the whole country.
    assert holidays[date(2027, 2, 12)] == "Lincoln's Birthday"
    assert min(holidays) >= TODAY
    assert max(holidays).year == 2027


def test_holiday_that_is_entered_is_not_suggested(location: Location) -> None:
    practice.close_practice(date(2026, 11, 26))
    Closure.objects.create(name="Winter", first_day=date(2026, 12, 24), last_day=date(2026, 12, 26))

    assert {date(2026, 11, 26), date(2026, 12, 25)}.isdisjoint(name_holidays())


def test_holiday_of_one_state_is_suggested_for_its_locations(location: Location) -> None:
    boston = practice.make_location(name="Boston", state="MA")

    suggested = suggest_holidays(today=TODAY)

    patriots_day = [one for one in suggested if one.name == "Patriots' Day"]
    assert [(one.day, one.location) for one in patriots_day] == [(date(2027, 4, 19), boston)]
    christmas = [one for one in suggested if one.day == date(2026, 12, 25)]
    assert [one.location for one in christmas] == [None]


def test_state_that_is_none_has_the_holidays_of_the_country(db: None) -> None:
    practice.make_location(state="XX")

    assert name_holidays()[date(2026, 12, 25)] == "Christmas Day"


def test_practice_without_locations_has_no_suggestions(db: None) -> None:
    assert name_holidays() == {}


def test_ticked_holidays_are_closed(desk: Client, location: Location) -> None:
    response = send(desk, holidays="Close on these days", holiday=["2026-11-26/", "2026-12-25/", "x"])

    assert "2 closures saved." in read(response)
    closures = Closure.objects.all()
    assert [(closure.name, closure.first_day, closure.location) for closure in closures] == [
        ("Thanksgiving Day", date(2026, 11, 26), None),
        ("Christmas Day", date(2026, 12, 25), None),
    ]


@pytest.mark.parametrize("ticked", [[], ["2026-11-25/"], ["nonsense"]])
def test_nothing_ticked_closes_nothing(desk: Client, location: Location, ticked: list[str]) -> None:
    told = read(send(desk, holidays="Close on these days", holiday=ticked))

    assert "No holiday is ticked." in told
    assert not Closure.objects.exists()
