"""A clinician's week at a glance: shown, changed from a day on, refused in words."""

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from booking.admin.week_form import PIECES, name_fields
from booking.models import Appointment, AvailabilityRule, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.admin.conftest import open_page, read_messages, send
from booking.tests.practice import TUESDAY

pytestmark = pytest.mark.usefixtures("clock")
TODAY = TUESDAY - timedelta(days=1)


def name_piece(weekday: int, hours: str, place: Location | None, number: int = 0) -> dict[str, Any]:
    name = name_fields(weekday, number)
    starts_at, _, ends_at = hours.partition("-")
    return {name.starts_at: starts_at, name.ends_at: ends_at, name.place: place.pk if place else ""}


def save(client: Client, practitioner: Practitioner, *pieces: dict[str, Any], **fields: Any) -> Any:
    """As the page sends it: from Monday to Friday from nine to five, where `pieces` say nothing else."""
    place = Location.objects.get(slug="midtown")
    week: dict[str, Any] = {"first_day": TODAY.isoformat()}
    for weekday in range(5):
        week |= name_piece(weekday, "09:00-17:00", place)
    for piece in pieces:
        week |= piece
    address = reverse("admin:booking_practitioner_hours", args=[practitioner.pk])
    week["seen"] = client.get(address).context["form"]["seen"].value()
    return client.post(address, {**week, **fields}, follow=True)


def list_hours(practitioner: Practitioner, day: date) -> list[str]:
    rules = practitioner.rules.holding_on(day).order_by("weekday", "starts_at")
    return [str(rule) for rule in rules]


def test_week_shows_the_hours_of_now(desk: Client, practitioner: Practitioner, location: Location) -> None:
    practitioner.rules.filter(weekday=4).update(valid_to=TODAY - timedelta(days=1))

    rows = open_page(desk, "practitioner_hours", practitioner.pk).context["form"].rows

    shown = [row.pieces[0].starts_at.value() for row in rows]
    assert shown == [time(9)] * 4 + [None] * 3
    assert [len(row.pieces) for row in rows] == [3] * 7


def test_piece_too_many_is_not_lost(desk: Client, practitioner: Practitioner, location: Location) -> None:
    for hours in ("17:00-18:00", "18:00-19:00", "19:00-20:00"):
        practice.add_hours(practitioner, location, weekday=0, hours=hours)

    rows = open_page(desk, "practitioner_hours", practitioner.pk).context["form"].rows

    assert [str(piece.ends_at.value()) for piece in rows[0].pieces] == [
        "17:00:00",
        "18:00:00",
        "19:00:00",
        "20:00:00",
    ]


def test_week_is_changed_from_a_day_on(desk: Client, practitioner: Practitioner, location: Location) -> None:
    afternoon = name_piece(1, "13:00-17:00", location, number=1)

    response = save(
        desk, practitioner, name_piece(1, "08:00-12:00", location), afternoon, first_day="2026-12-01"
    )

    assert read_messages(response) == [
        "Saved. The new hours hold from Tuesday, December\N{NO-BREAK SPACE}1, 2026."
    ]
    assert "Tuesday 09:00–17:00" in list_hours(practitioner, date(2026, 11, 30))
    assert list_hours(practitioner, date(2026, 12, 1))[1:3] == ["Tuesday 08:00–12:00", "Tuesday 13:00–17:00"]
    assert response.redirect_chain[0][0].endswith("/hours/?day=2026-12-01")


def test_week_that_a_colleague_changed_meanwhile_is_shown_again(
    desk: Client, practitioner: Practitioner, location: Location
) -> None:
    seen = open_page(desk, "practitioner_hours", practitioner.pk).context["form"]["seen"].value()
    save(desk, practitioner, name_piece(5, "09:00-12:00", location))

    response = save(desk, practitioner, name_piece(6, "09:00-12:00", location), seen=seen)

    assert read_messages(response) == [
        "This was changed after you opened the page, so nothing was done. "
        "Here is how it is now: look again, then save."
    ]
    rows = response.context["form"].rows
    assert [row.pieces[0].starts_at.value() for row in rows[5:]] == [time(9), None]
    assert practitioner.rules.filter(weekday=5).exists()


def test_same_week_is_not_written(desk: Client, practitioner: Practitioner) -> None:
    before = list(AvailabilityRule.objects.values())

    response = save(desk, practitioner)

    assert read_messages(response) == ["These are the hours already: nothing was changed."]
    assert list(AvailabilityRule.objects.values()) == before


@pytest.mark.parametrize(
    ("piece", "fields", "sentence"),
    [
        (("08:00-09:20", 1), {}, "These hours overlap others of the same day. Change one of them."),
        (("08:00-", 1), {}, "Give both times, or leave both empty."),
        (("18:00-17:30", 1), {}, "The hours must end after they start."),
        (("x-18:00", 1), {}, "Enter a valid time."),
        (("17:00-18:00", 1), {"first_day": "2026-11-22"}, "Choose today or a later day"),
        (("17:00-18:00", 1), {"first_day": "9999-12-31"}, "Choose a day within three years of today."),
        (("17:00-18:00", 1), {"first_day": ""}, "This field is required."),
    ],
)
def test_week_that_makes_no_sense_is_refused_in_words(
    desk: Client,
    practitioner: Practitioner,
    location: Location,
    piece: tuple[str, int],
    fields: dict[str, str],
    sentence: str,
) -> None:
    before = list(AvailabilityRule.objects.values())
    hours, number = piece

    response = save(desk, practitioner, name_piece(0, hours, location, number), **fields)

    assert sentence in response.content.decode()
    assert list(AvailabilityRule.objects.values()) == before


def test_hours_at_two_places_at_once_are_refused(
    desk: Client, practitioner: Practitioner, location: Location
) -> None:
    elsewhere = practice.make_location()

    response = save(desk, practitioner, name_piece(0, "16:00-18:00", elsewhere, 1))

    assert "These hours overlap others of the same day." in response.content.decode()


def test_place_is_asked_for_only_where_there_are_several(
    desk: Client, practitioner: Practitioner, location: Location
) -> None:
    saturday = name_piece(5, "09:00-12:00", None)
    save(desk, practitioner, saturday)
    practice.make_location()

    response = save(desk, practitioner, saturday, name_piece(6, "09:00-12:00", None))

    assert practitioner.rules.get(weekday=5).location == location
    assert "Choose the location of these hours." in response.content.decode()


def test_only_place_stands_in_each_piece(
    desk: Client, practitioner: Practitioner, location: Location
) -> None:
    page = desk.get(reverse("admin:booking_practitioner_hours", args=[practitioner.pk])).content.decode()

    assert ">Location</option>" not in page
    assert page.count(f">{location.name}</option>") == 7 * PIECES


def test_hours_until_midnight(desk: Client, practitioner: Practitioner, location: Location) -> None:
    save(desk, practitioner, name_piece(5, "18:00-00:00", location))

    assert practitioner.rules.get(weekday=5).ends_at == time(0)


def test_week_that_leaves_visits_outside_leads_to_their_list(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    clock.shift(60)

    response = save(desk, visit.practitioner, name_piece(1, "-", None))

    assert response.redirect_chain == [("/admin/desk/caught/", 302)]
    html = response.content.decode()
    assert "1 visit is now in closed time" in html
    assert "Outside the hours since they were changed" in html


def test_hours_that_begin_later_are_told(
    desk: Client, practitioner: Practitioner, location: Location
) -> None:
    january = date(2027, 1, 4)
    practice.add_hours(practitioner, location, weekday=5, hours="10:00-14:00", valid_from=january)

    html = " ".join(open_page(desk, "practitioner_hours", practitioner.pk).content.decode().split())
    later = open_page(desk, "practitioner_hours", practitioner.pk, day="2027-01-04").context["form"]

    assert "From Monday, January 4, 2027, other hours begin: Saturday, 10:00" in html
    assert later.rows[5].pieces[0].starts_at.value() == time(10)
    assert later["first_day"].value() == january


@pytest.mark.parametrize("day", ["", "x", "1999-01-01"])
def test_nonsense_for_the_day_shows_today(desk: Client, practitioner: Practitioner, day: str) -> None:
    page = open_page(desk, "practitioner_hours", practitioner.pk, day=day)

    assert page.context["day"] == TODAY


def test_week_is_for_those_who_may_change_hours(
    client: Client, django_user_model: Any, practitioner: Practitioner
) -> None:
    user = django_user_model.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_practitioner"))
    client.force_login(user)

    assert open_page(client, "practitioner_hours", practitioner.pk).status_code == 403
    assert (
        "Weekly hours</a>" not in open_page(client, "practitioner_change", practitioner.pk).content.decode()
    )


def test_ways_to_the_week(desk: Client, practitioner: Practitioner) -> None:
    address = reverse("admin:booking_practitioner_hours", args=[practitioner.pk])

    for page in (
        open_page(desk, "practitioner_change", practitioner.pk),
        open_page(desk, "practitioner_changelist"),
        open_page(desk, "availabilityrule_changelist"),
    ):
        assert address in page.content.decode()


def list_links(client: Client) -> list[str]:
    """What the admin's list of clinicians says of the hours of each."""
    html = open_page(client, "practitioner_changelist").content.decode()
    return re.findall(r'<td class="field-week_link"><a [^>]*>(.*?)</a>', html)


def add_clinician(client: Client, visit_type: VisitType) -> Any:
    return send(
        client,
        "practitioner_add",
        title="Dr.",
        given_name="Amara",
        family_name="Osei",
        slug="amara-osei",
        role="Neurologist",
        is_active="on",
        visit_types=[visit_type.pk],
    )


def test_clinician_who_was_added_has_a_way_to_their_hours(desk: Client, visit_type: VisitType) -> None:
    response = add_clinician(desk, visit_type)

    added = Practitioner.objects.get(slug="amara-osei")
    address = reverse("admin:booking_practitioner_hours", args=[added.pk])
    assert read_messages(response)[-1] == (
        "Dr. Amara Osei has no hours yet, so nobody can book with them. "
        f'<a href="{address}">Set weekly hours</a>'
    )


def test_who_may_not_change_hours_is_told_without_a_link(
    client: Client, visit_type: VisitType, django_user_model: Any
) -> None:
    user = django_user_model.objects.create_user("recruiter", is_staff=True)
    may = ("add_practitioner", "view_practitioner")
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client.force_login(user)

    response = add_clinician(client, visit_type)

    told = "Dr. Amara Osei has no hours yet, so nobody can book with them."
    assert read_messages(response)[-1] == told


def test_list_says_who_has_no_hours(desk: Client, location: Location) -> None:
    practice.make_practitioner(visit_types=[], family_name="A", location=location)
    practice.make_practitioner(visit_types=[], family_name="B")
    ended = practice.make_practitioner(visit_types=[], family_name="C")
    practice.add_hours(ended, location, weekday=1, hours="09:00-12:00", valid_to=TODAY - timedelta(days=1))
    coming = practice.make_practitioner(visit_types=[], family_name="D")
    practice.add_hours(coming, location, weekday=1, hours="09:00-12:00", valid_from=TUESDAY)
    extra = practice.make_practitioner(visit_types=[], family_name="E")
    practice.close(extra, TUESDAY, kind="extra", location=location, starts_at=time(9), ends_at=time(12))

    practice.make_practitioner(visit_types=[], family_name="F, who left", is_active=False)

    assert list_links(desk) == ["Week", "No hours yet", "No hours yet", "Week", "Week", "Week"]


def test_page_of_a_clinician_shows_hours_and_changes_none(desk: Client, practitioner: Practitioner) -> None:
    practice.close(practitioner, TUESDAY, note="Conference")
    practitioner.rules.filter(weekday=4).update(valid_to=TODAY - timedelta(days=1))

    rules, exceptions = open_page(desk, "practitioner_change", practitioner.pk).context[
        "inline_admin_formsets"
    ]

    assert len(rules.formset.forms) == 4
    assert len(exceptions.formset.forms) == 1
    assert {rules.has_change_permission, exceptions.has_change_permission} == {False}
