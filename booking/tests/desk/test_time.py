"""/admin/desk/time/: what is blocked, and to block, change and remove it."""

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.actions import Busy
from booking.blocking import BlockedTime, Repeat, block_time
from booking.desk.time import pages
from booking.models import (
    Appointment,
    AvailabilityException,
    Closure,
    ExceptionSeries,
    Location,
    Practitioner,
)
from booking.tests import practice
from booking.tests.desk.conftest import read_seen
from booking.tests.desk.test_day import read_text
from booking.tests.practice import TUESDAY

LIST = "/admin/desk/time/"
BLOCK = "/admin/desk/time/block/"
CAUGHT = "/admin/desk/caught/"
WEEK = timedelta(weeks=1)


def send(client: Client, path: str, **fields: Any) -> Any:
    return client.post(path, fields, follow=True)


def block(client: Client, practitioner: Practitioner, **fields: Any) -> Any:
    usual = {"practitioners": [practitioner.pk], "kind": "closed", "first_day": TUESDAY.isoformat()}
    return send(client, BLOCK, **{**usual, **fields})


def make_series(practitioner: Practitioner, count: int = 3) -> list[AvailabilityException]:
    return block_time(
        practitioners=[practitioner],
        block=BlockedTime(kind="closed", first_day=TUESDAY, last_day=TUESDAY, note="Teaching"),
        repeat=Repeat(every_weeks=2, until=TUESDAY + 2 * WEEK * (count - 1)),
    )


def list_days() -> list[date]:
    return list(AvailabilityException.objects.order_by("first_day").values_list("first_day", flat=True))


def read(response: Any) -> str:
    assert response.status_code == 200
    return read_text(response.content.decode())


# --- Blocking --------------------------------------------------------------------------


def test_day_of_the_desk_leads_to_the_form_with_its_day(desk: Client, practitioner: Practitioner) -> None:
    day = desk.get("/admin/desk/", {"day": "2026-11-24"}).content.decode()

    assert 'href="/admin/desk/time/block/?day=2026-11-24"' in day


def test_address_fills_the_form(desk: Client, practitioner: Practitioner) -> None:
    asked = {"day": "2026-12-01", "from": "13:00", "to": "15:30", "practitioner": "lena-fischer"}

    html = desk.get(BLOCK, asked).content.decode()

    for value in ("2026-12-01", "13:00", "15:30"):
        assert f'value="{value}"' in html
    assert re.search(rf'name="practitioners" value="{practitioner.pk}"[^>]*checked', html)
    assert 'href="/admin/desk/?day=2026-12-01"' in html


@pytest.mark.parametrize("nonsense", ["x", "99999-99-99", "\x00", "9" * 40, "²"])
def test_nonsense_in_the_address_is_left_out(desk: Client, practitioner: Practitioner, nonsense: str) -> None:
    asked = dict.fromkeys(("day", "from", "to", "practitioner"), nonsense)

    assert desk.get(BLOCK, asked).status_code in (200, 400)


def test_time_is_blocked_for_several_clinicians(
    desk: Client, practitioner: Practitioner, location: Location
) -> None:
    colleague = practice.make_practitioner(visit_types=[], location=location)

    response = block(
        desk,
        practitioner,
        practitioners=[practitioner.pk, colleague.pk],
        starts_at="13:00",
        ends_at="17:00",
        note="Teaching",
    )

    assert response.redirect_chain == [(LIST, 302)]
    assert "Blocked." in read(response)
    rows = AvailabilityException.objects.all()
    assert {row.practitioner for row in rows} == {practitioner, colleague}
    assert {(row.first_day, row.last_day, row.starts_at, row.note) for row in rows} == {
        (TUESDAY, TUESDAY, time(13), "Teaching")
    }
    assert LogEntry.objects.count() == 2


def test_series_is_blocked(desk: Client, practitioner: Practitioner) -> None:
    until = TUESDAY + 5 * WEEK

    response = block(desk, practitioner, every_weeks=2, until=until.isoformat(), note="Teaching")

    assert list_days() == [TUESDAY, TUESDAY + 2 * WEEK, TUESDAY + 4 * WEEK]
    told = read(response)
    assert "Tue, Nov 24 whole day" in told
    assert "every 2 weeks until Tue, Dec 29" in told
    assert "2 more in this series" in told


def test_extra_time_is_entered(desk: Client, practitioner: Practitioner, location: Location) -> None:
    response = block(
        desk, practitioner, kind="extra", starts_at="18:00", ends_at="20:00", location=location.pk
    )

    assert "Extra time entered." in read(response)
    assert "Extra time: Dr. Lena Fischer Midtown" in read(response)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"practitioners": []}, "Choose one clinician or more."),
        ({"last_day": "2026-11-23"}, "The last day must not come before the first day."),
        ({"starts_at": "13:00"}, "Give both times, or neither for the whole day."),
        ({"starts_at": "13:00", "ends_at": "12:00"}, "The hours must end after they start."),
        ({"kind": "extra"}, "Extra time needs a location and both times."),
        ({"every_weeks": "2"}, "Choose the last day of the series."),
        ({"until": "2026-12-24"}, "Say every how many weeks it repeats"),
        ({"every_weeks": "1", "until": "2026-11-20"}, "The series must not end before its first day."),
        ({"every_weeks": "1", "until": "2029-01-01"}, "A series goes on for at most two years."),
        (
            {"every_weeks": "1", "until": "2026-12-24", "last_day": "2026-12-01"},
            "Each time lasts longer than the weeks until the next one.",
        ),
        ({"every_weeks": "0", "until": "2026-12-24"}, "greater than or equal to 1"),
        ({"first_day": ""}, "This field is required."),
        ({"first_day": "0026-11-24"}, "Choose a day within three years of today."),
        ({"last_day": "2062-11-24"}, "Choose a day within three years of today."),
        (
            {"first_day": "9999-12-31", "every_weeks": "1", "until": "9999-12-31"},
            "Choose a day within three years of today.",
        ),
        ({"every_weeks": "1", "until": "9999-12-31"}, "A series goes on for at most two years."),
        ({"practitioners": ["9" * 30]}, "is not a valid value"),
        ({"practitioners": ["\x00"]}, "Null characters are not allowed."),
        ({"location": "9" * 30}, "Select a valid choice."),
        ({"every_weeks": "9" * 5000, "until": "2026-12-24"}, "Enter a whole number."),
        ({"note": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    desk: Client, practitioner: Practitioner, fields: dict[str, Any], sentence: str
) -> None:
    told = read(block(desk, practitioner, **fields))

    assert sentence in told
    assert "Nothing was saved yet." in told
    assert not AvailabilityException.objects.exists()


def test_block_that_catches_visits_leads_to_their_list(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.shift(60)

    response = block(desk, visit.practitioner, note="Conference")

    assert response.redirect_chain == [(CAUGHT, 302)]
    told = read(response)
    assert "Blocked. 1 visit is now in closed time: call the patient, move the visit or keep it." in told
    assert "Jordan Ellis" in told


# --- Changing and removing --------------------------------------------------------------


def change(client: Client, row: AvailabilityException, **fields: Any) -> Any:
    """As the page sends it, opened just now where `fields` have no `seen`."""
    page = f"{LIST}{row.pk}/"
    kept = {"kind": "closed", "first_day": row.first_day.isoformat(), "note": row.note}
    return send(client, page, **{"seen": read_seen(client.get(page)), **kept, **fields})


def remove(client: Client, row: AvailabilityException, **fields: Any) -> Any:
    page = f"{LIST}{row.pk}/remove/"
    return send(client, page, **{"seen": read_seen(client.get(page)), **fields})


@pytest.mark.parametrize(
    ("scope", "changed", "told"),
    [
        ("one", [1], "1 time changed."),
        ("following", [1, 2], "2 times changed."),
        ("all", [0, 1, 2], "3 times changed."),
    ],
)
def test_change_is_for_what_was_chosen(
    desk: Client, practitioner: Practitioner, scope: str, changed: list[int], told: str
) -> None:
    rows = make_series(practitioner)

    response = change(desk, rows[1], scope=scope, starts_at="13:00", ends_at="17:00", note="Teaching")

    assert told in read(response)
    afternoons = set(AvailabilityException.objects.filter(starts_at=time(13)).values_list("pk", flat=True))
    assert afternoons == {rows[number].pk for number in changed}


def test_series_is_made_longer(desk: Client, practitioner: Practitioner) -> None:
    rows = make_series(practitioner, 2)

    change(desk, rows[0], scope="all", until=(TUESDAY + 4 * WEEK).isoformat())

    assert list_days() == [TUESDAY, TUESDAY + 2 * WEEK, TUESDAY + 4 * WEEK]


def test_page_says_that_what_has_passed_stays(desk: Client, practitioner: Practitioner) -> None:
    rows = make_series(practitioner)

    told = read(desk.get(f"{LIST}{rows[1].pk}/"))

    assert "Days that have passed stay as they were, whatever you choose." in told
    assert "Tue, Dec 8, whole day. Teaching" in told


def test_change_of_a_single_block_asks_for_no_scope(desk: Client, practitioner: Practitioner) -> None:
    row = practice.close(practitioner, TUESDAY)

    assert "Which of the series" not in read(desk.get(f"{LIST}{row.pk}/"))
    change(desk, row, first_day="2026-11-26")

    assert list_days() == [date(2026, 11, 26)]


@pytest.mark.parametrize(("scope", "left"), [("one", 2), ("following", 1), ("all", 0)])
def test_removal_is_for_what_was_chosen(
    desk: Client, practitioner: Practitioner, scope: str, left: int
) -> None:
    rows = make_series(practitioner)

    response = remove(desk, rows[1], scope=scope)

    assert response.redirect_chain == [(LIST, 302)]
    assert AvailabilityException.objects.count() == left
    assert ExceptionSeries.objects.exists() == bool(left)


def test_every_time_that_is_removed_is_logged(desk: Client, practitioner: Practitioner) -> None:
    rows = make_series(practitioner)

    remove(desk, rows[0], scope="all")

    logged = set(LogEntry.objects.filter(action_flag=DELETION).values_list("object_id", flat=True))
    assert logged == {str(row.pk) for row in rows}


def test_removal_that_was_refused_is_not_logged(
    desk: Client, practitioner: Practitioner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**fields: Any) -> None:
        raise Busy

    monkeypatch.setattr(pages, "remove_block", refuse)
    row = practice.close(practitioner, TUESDAY)

    told = read(remove(desk, row))

    assert "The database is busy." in told
    assert not LogEntry.objects.exists()


def test_block_that_a_colleague_changed_meanwhile_is_shown_again(
    desk: Client, practitioner: Practitioner
) -> None:
    row = practice.close(practitioner, TUESDAY)
    seen = read_seen(desk.get(f"{LIST}{row.pk}/"))
    change(desk, row, last_day="2026-12-04", note="Vacation")

    response = change(desk, row, seen=seen, note="Conference")

    assert response.redirect_chain == [(f"{LIST}{row.pk}/", 302)]
    told = read(response)
    assert "This was changed after you opened the page, so nothing was done." in told
    assert "Tue, Nov 24 to Fri, Dec 4, whole days. Vacation" in told
    row.refresh_from_db()
    assert (row.last_day, row.note) == (date(2026, 12, 4), "Vacation")
    # The page that is shown again can be saved.
    assert "1 time changed." in read(change(desk, row, note="Conference"))


@pytest.mark.parametrize("scope", ["one", "all"])
def test_series_that_a_colleague_changed_meanwhile_is_not_removed(
    desk: Client, practitioner: Practitioner, scope: str
) -> None:
    rows = make_series(practitioner)
    seen = read_seen(desk.get(f"{LIST}{rows[0].pk}/remove/"))
    change(desk, rows[0], scope="all", starts_at="13:00", ends_at="17:00")

    response = remove(desk, rows[0], seen=seen, scope=scope)

    assert "This was changed after you opened the page" in read(response)
    assert AvailabilityException.objects.count() == 3


def test_removal_asks_first(desk: Client, practitioner: Practitioner) -> None:
    row = practice.close(practitioner, TUESDAY)

    desk.get(f"{LIST}{row.pk}/remove/")

    assert list_days() == [TUESDAY]


def test_removed_extra_time_that_leaves_visits_leads_to_their_list(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    visit.practitioner.rules.all().delete()
    extra = AvailabilityException.objects.create(
        practitioner=visit.practitioner,
        location=visit.location,
        kind="extra",
        first_day=TUESDAY,
        last_day=TUESDAY,
        starts_at=time(9),
        ends_at=time(12),
    )
    clock.shift(60)

    response = remove(desk, extra)

    assert response.redirect_chain == [(CAUGHT, 302)]
    assert "Outside the hours since they were changed" in read(response)


@pytest.mark.parametrize("page", ["", "remove/"])
def test_block_that_is_gone_is_not_found(desk: Client, page: str) -> None:
    assert desk.get(f"{LIST}999/{page}").status_code == 404


# --- The list --------------------------------------------------------------------------


def test_list_has_what_is_to_come(desk: Client, practitioner: Practitioner) -> None:
    practice.close(practitioner, TUESDAY - WEEK, note="Long ago")
    conference = practice.close(practitioner, TUESDAY, note="Conference")
    AvailabilityException.objects.filter(pk=conference.pk).update(last_day=TUESDAY + timedelta(days=2))
    practice.close_practice(date(2027, 1, 1), name="New Year's Day")

    told = read(desk.get(LIST))

    assert "Tue, Nov 24 to Thu, Nov 26 whole days Away: Dr. Lena Fischer Conference" in told
    assert "Fri, Jan 1, 2027 whole day Closed: Every location New Year" in told
    assert "Long ago" not in told


def test_list_is_narrowed(desk: Client, practitioner: Practitioner, location: Location) -> None:
    colleague = practice.make_practitioner(visit_types=[], location=location)
    practice.close(practitioner, TUESDAY, note="Conference")
    practice.close(colleague, TUESDAY, note="Vacation")
    practice.close_practice(TUESDAY, name="Snow")

    hers = read(desk.get(LIST, {"practitioner": practitioner.pk, "kind": "closed"}))
    closures = read(desk.get(LIST, {"kind": "closure"}))

    assert ("Conference" in hers, "Vacation" in hers, "Snow" in hers) == (True, False, False)
    assert ("Conference" in closures, "Snow" in closures) == (False, True)


def test_nonsense_in_the_filter_shows_everything(desk: Client, practitioner: Practitioner) -> None:
    practice.close(practitioner, TUESDAY, note="Conference")

    assert "Conference" in read(desk.get(LIST, {"practitioner": "x", "kind": "y"}))


def test_queries_of_the_list_do_not_grow(
    desk: Client, practitioner: Practitioner, location: Location
) -> None:
    make_series(practitioner)
    practice.close_practice(TUESDAY)
    desk.get(LIST)
    with CaptureQueriesContext(connection) as for_one:
        desk.get(LIST)
    for _ in range(2):
        make_series(practice.make_practitioner(visit_types=[], location=location))
        practice.close_practice(TUESDAY, location=practice.make_location())

    with CaptureQueriesContext(connection) as for_three:
        html = desk.get(LIST).content.decode()

    assert html.count("2 more in this series") == 3
    assert len(for_three) == len(for_one)


# --- Who may ---------------------------------------------------------------------------


PAGES = ["", "block/", "1/", "1/remove/", "close/", "close/1/", "close/1/remove/"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_those_who_may(onlooker: Client, page: str) -> None:
    assert onlooker.get(f"{LIST}{page}").status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_who_runs_the_desk_needs_the_permission_for_time_as_well(
    client: Client, django_user_model: Any, clock: Any, page: str
) -> None:
    user = django_user_model.objects.create_user("desk-only", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_appointment"))
    client.force_login(user)

    assert client.get(f"{LIST}{page}").status_code == 403
    assert "Block time" not in client.get("/admin/desk/").content.decode()


def test_stranger_is_asked_to_log_in(client: Client, db: None) -> None:
    assert client.get(LIST).url.startswith("/admin/login/")


def test_looking_changes_nothing(desk: Client, practitioner: Practitioner) -> None:
    row = practice.close(practitioner, TUESDAY)
    closure = practice.close_practice(TUESDAY)

    for page in ("", "block/", f"{row.pk}/", f"{row.pk}/remove/", "close/", f"close/{closure.pk}/remove/"):
        assert desk.get(f"{LIST}{page}").status_code == 200

    assert (AvailabilityException.objects.get(), Closure.objects.get()) == (row, closure)
