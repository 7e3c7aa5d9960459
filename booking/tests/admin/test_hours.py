"""The lists and stock forms of rules, exceptions and closures: found, and written by the one writer."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from booking import blocking
from booking.actions import Busy
from booking.blocking import BlockedTime, Repeat, block_time
from booking.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Closure,
    ExceptionSeries,
    Location,
    Practitioner,
)
from booking.tests import practice
from booking.tests.admin.conftest import open_page, read_messages, send
from booking.tests.practice import TUESDAY

pytestmark = pytest.mark.usefixtures("clock")
WEEK = timedelta(weeks=1)
CAUGHT = "1 visit is now in closed time"


def list_rows(client: Client, model: str, **query: Any) -> list[Any]:
    return list(open_page(client, f"{model}_changelist", **query).context["cl"].result_list)


def delete_chosen(client: Client, model: str, *rows: Any) -> Any:
    chosen = [row.pk for row in rows]
    return send(client, f"{model}_changelist", action="delete_selected", _selected_action=chosen, post="yes")


# --- Finding ---------------------------------------------------------------------------


def test_exceptions_are_those_to_come_unless_asked(desk: Client, practitioner: Practitioner) -> None:
    past = practice.close(practitioner, TUESDAY - WEEK)
    coming = practice.close(practitioner, TUESDAY)

    assert list_rows(desk, "availabilityexception") == [coming]
    assert list_rows(desk, "availabilityexception", time="past") == [past]
    assert list_rows(desk, "availabilityexception", time="all") == [past, coming]


def test_exceptions_are_found(desk: Client, practitioner: Practitioner, location: Location) -> None:
    colleague = practice.make_practitioner(visit_types=[], given_name="Amara", family_name="Osei")
    conference = practice.close(practitioner, TUESDAY, note="Conference")
    vacation = practice.close(colleague, TUESDAY, note="Vacation", location=location)

    assert list_rows(desk, "availabilityexception", q="confer") == [conference]
    assert list_rows(desk, "availabilityexception", q="osei") == [vacation]
    assert list_rows(desk, "availabilityexception", location__id__exact=location.pk) == [vacation]
    assert list_rows(desk, "availabilityexception", kind__exact="extra") == []
    assert list_rows(desk, "availabilityexception", first_day__year=2025) == []


def test_closures_are_found(desk: Client) -> None:
    past = practice.close_practice(TUESDAY - WEEK, name="Snow")
    coming = practice.close_practice(TUESDAY, name="Works")

    assert list_rows(desk, "closure") == [coming]
    assert list_rows(desk, "closure", time="all", q="snow") == [past]


def test_rules_are_those_that_hold_or_will(desk: Client, practitioner: Practitioner) -> None:
    practitioner.rules.exclude(weekday=0).update(valid_to=TUESDAY - WEEK)

    assert [rule.weekday for rule in list_rows(desk, "availabilityrule")] == [0]
    assert len(list_rows(desk, "availabilityrule", time="past")) == 4
    assert len(list_rows(desk, "availabilityrule", time="all", q="Fischer")) == 5
    assert list_rows(desk, "availabilityrule", q="Nobody") == []


# --- Writing ---------------------------------------------------------------------------


def test_stock_form_says_what_was_caught(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.shift(60)

    response = send(
        desk,
        "availabilityexception_add",
        practitioner=visit.practitioner_id,
        kind="closed",
        first_day=TUESDAY,
        last_day=TUESDAY,
    )

    told = [message for message in read_messages(response) if CAUGHT in message]
    assert len(told) == 1
    assert '<a href="/admin/desk/caught/">' in told[0]
    assert AvailabilityException.objects.get().changed_at > visit.created_at


def test_stock_form_of_a_series_changes_one(desk: Client, practitioner: Practitioner) -> None:
    first, _ = block_time(
        practitioners=[practitioner],
        block=BlockedTime(kind="closed", first_day=TUESDAY, last_day=TUESDAY),
        repeat=Repeat(every_weeks=1, until=TUESDAY + WEEK),
    )

    page = open_page(desk, "availabilityexception_change", first.pk).content.decode()
    send(
        desk,
        "availabilityexception_change",
        first.pk,
        practitioner=practitioner.pk,
        kind="closed",
        first_day=TUESDAY + timedelta(days=1),
        last_day=TUESDAY + timedelta(days=1),
    )

    assert f'href="/admin/desk/time/{first.pk}/"' in page
    first.refresh_from_db()
    assert first.first_day == TUESDAY + timedelta(days=1)
    assert first.series == ExceptionSeries.objects.get()


def test_stock_form_of_a_closure_says_what_was_caught(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.shift(60)

    response = send(desk, "closure_add", name="Snow", first_day=TUESDAY, last_day=TUESDAY)

    assert any(CAUGHT in message for message in read_messages(response))


@pytest.mark.parametrize("name", ["availabilityexception_add", "closure_add"])
def test_stock_form_refuses_days_of_another_century(
    desk: Client, practitioner: Practitioner, name: str
) -> None:
    response = send(
        desk,
        name,
        name="Typo",
        practitioner=practitioner.pk,
        kind="closed",
        first_day="0026-11-24",
        last_day="2026-11-24",
    )

    assert "Choose a day within three years of today." in response.content.decode()
    assert not AvailabilityException.objects.exists()
    assert not Closure.objects.exists()


def test_changed_closure_catches_again(desk: Client, visit: Appointment, clock: Any) -> None:
    closure = practice.close_practice(TUESDAY + WEEK, name="Snow")
    clock.shift(60)

    send(desk, "closure_change", closure.pk, name="Snow", first_day=TUESDAY, last_day=TUESDAY)

    closure.refresh_from_db()
    assert closure.changed_at > visit.created_at


def test_chosen_exceptions_are_removed_with_an_empty_series(desk: Client, practitioner: Practitioner) -> None:
    rows = block_time(
        practitioners=[practitioner],
        block=BlockedTime(kind="closed", first_day=TUESDAY, last_day=TUESDAY),
        repeat=Repeat(every_weeks=1, until=TUESDAY + WEEK),
    )

    delete_chosen(desk, "availabilityexception", *rows)

    assert not AvailabilityException.objects.exists()
    assert not ExceptionSeries.objects.exists()


def test_chosen_rules_that_are_removed_say_what_was_caught(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    clock.shift(60)

    response = delete_chosen(desk, "availabilityrule", *AvailabilityRule.objects.all())

    assert any(CAUGHT in message for message in read_messages(response))
    assert visit.events.last().kind == "left_in_closed"


def test_rule_that_is_removed_by_itself_says_so_too(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.shift(60)

    response = send(desk, "availabilityrule_delete", AvailabilityRule.objects.get(weekday=1).pk, post="yes")

    assert any(CAUGHT in message for message in read_messages(response))


def test_rule_that_is_changed_says_so_too(desk: Client, visit: Appointment, clock: Any) -> None:
    clock.shift(60)
    rule = AvailabilityRule.objects.get(weekday=1)

    response = send(
        desk,
        "availabilityrule_change",
        rule.pk,
        practitioner=rule.practitioner_id,
        location=rule.location_id,
        weekday=1,
        starts_at="13:00",
        ends_at="17:00",
    )

    assert any(CAUGHT in message for message in read_messages(response))


@pytest.mark.parametrize("page", ["availabilityrule_change", "availabilityrule_delete"])
def test_what_the_writer_refuses_is_said_and_nothing_is_changed(
    desk: Client, practitioner: Practitioner, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    def refuse(**fields: Any) -> None:
        raise Busy

    monkeypatch.setattr(blocking, "save_rule", refuse)
    monkeypatch.setattr(blocking, "remove_rules", refuse)
    rule = practitioner.rules.get(weekday=1)
    kept = {"practitioner": practitioner.pk, "location": rule.location_id, "weekday": 1}

    response = send(desk, page, rule.pk, **kept, starts_at="13:00", ends_at="17:00", post="yes")

    assert read_messages(response) == ["The database is busy. Please try again."]
    rule.refresh_from_db()
    assert f"{rule.starts_at:%H:%M}" == "09:00"


def test_removal_that_was_refused_is_not_logged(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**fields: Any) -> None:
        raise Busy

    monkeypatch.setattr(blocking, "open_practice", refuse)
    closure = practice.close_practice(TUESDAY)

    response = delete_chosen(desk, "closure", closure)

    assert read_messages(response) == ["The database is busy. Please try again."]
    assert not LogEntry.objects.exists()


def test_chosen_closures_are_removed(desk: Client) -> None:
    rows = [practice.close_practice(TUESDAY), practice.close_practice(TUESDAY + WEEK)]

    delete_chosen(desk, "closure", *rows)

    assert not Closure.objects.exists()


def test_chosen_rules_end_today_and_are_kept(desk: Client, practitioner: Practitioner) -> None:
    rules = practitioner.rules.filter(weekday__in=[1, 2])

    response = send(
        desk,
        "availabilityrule_changelist",
        action="end_today",
        _selected_action=[rule.pk for rule in rules],
    )

    assert "2 rows of hours end today." in read_messages(response)
    assert practitioner.rules.holding_on(TUESDAY).count() == 3
    assert practitioner.rules.count() == 5
