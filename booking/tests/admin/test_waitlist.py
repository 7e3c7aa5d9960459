"""The waitlist in the admin: who waits, for what, and taking somebody off."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment, Patient, Practitioner, RelatedPerson, VisitType, WaitlistEntry
from booking.tests import practice
from booking.tests.admin.conftest import open_page, read_messages, send

pytestmark = pytest.mark.django_db

Status = WaitlistEntry.Status


def add_entry(patient: Patient, visit_type: VisitType, **fields: Any) -> WaitlistEntry:
    practitioners, locations = fields.pop("practitioners", []), fields.pop("locations", [])
    defaults = {"until": date(2026, 12, 18), "created_at": practice.NOW}
    entry = WaitlistEntry.objects.create(patient=patient, visit_type=visit_type, **{**defaults, **fields})
    entry.practitioners.set(practitioners)
    entry.locations.set(locations)
    return entry


@pytest.fixture
def entry(clock: Any, patient: Patient, visit_type: VisitType, practitioner: Practitioner) -> WaitlistEntry:
    """`patient` waits for `visit_type` with `practitioner`, on Mondays or Tuesdays in the morning."""
    return add_entry(
        patient, visit_type, practitioners=[practitioner], weekdays=[0, 1], part_of_day="morning"
    )


@pytest.fixture
def onlooker(client: Client, django_user_model: Any) -> Client:
    user = django_user_model.objects.create_user("onlooker", is_staff=True)
    rights = ("view_waitlistentry", "view_every_visit")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    return client


def listed(desk: Client, **query: Any) -> list[WaitlistEntry]:
    return list(open_page(desk, "waitlistentry_changelist", **query).context["cl"].result_list)


def act_on(desk: Client, *entries: WaitlistEntry, **fields: Any) -> Any:
    chosen = [entry.pk for entry in entries]
    return send(desk, "waitlistentry_changelist", action="take_off", _selected_action=chosen, **fields)


def end(entry: WaitlistEntry, status: str) -> None:
    WaitlistEntry.objects.filter(pk=entry.pk).update(status=status, ended_at=practice.NOW)


# --- The list ---------------------------------------------------------------------------


def test_list_tells_the_wish_in_words(desk: Client, entry: WaitlistEntry):
    page = open_page(desk, "waitlistentry_changelist").content.decode()

    assert "Mon or Tue, mornings, with Dr. Lena Fischer" in page
    assert "Fri, Dec\xa018" in page
    assert "With a day&#x27;s notice" in page


def test_wish_that_narrows_nothing_says_so(desk: Client, entry: WaitlistEntry, other_patient: Patient):
    add_entry(other_patient, entry.visit_type)

    page = open_page(desk, "waitlistentry_changelist").content.decode()

    assert "Any day, any time of day, with anybody" in page


def test_list_has_who_waits_longest_on_top(desk: Client, entry: WaitlistEntry, other_patient: Patient):
    longer = add_entry(other_patient, entry.visit_type, created_at=practice.NOW - timedelta(days=3))

    assert listed(desk) == [longer, entry]


def test_list_shows_those_who_wait_unless_asked_for_others(
    desk: Client, entry: WaitlistEntry, other_patient: Patient
):
    ended = add_entry(other_patient, entry.visit_type)
    end(ended, Status.LEFT)

    assert listed(desk) == [entry]
    assert listed(desk, status="left") == [ended]
    assert set(listed(desk, status="all")) == {entry, ended}


def test_list_of_a_practitioner_has_those_who_named_them_or_nobody(
    desk: Client, entry: WaitlistEntry, other_patient: Patient
):
    colleague = practice.make_practitioner(visit_types=[entry.visit_type], slug="colleague")
    of_another_type = practice.make_practitioner(visit_types=[], slug="another-type")
    anybody = add_entry(other_patient, entry.visit_type)

    assert listed(desk, practitioner="lena-fischer") == [entry, anybody]
    assert listed(desk, practitioner=colleague.slug) == [anybody]
    assert listed(desk, practitioner=of_another_type.slug) == []


def test_list_is_filtered_by_visit_type(desk: Client, entry: WaitlistEntry):
    other = practice.make_visit_type()
    practice.make_visit_type()

    assert listed(desk, visit_type__id__exact=entry.visit_type_id) == [entry]
    assert listed(desk, visit_type__id__exact=other.pk) == []


def test_wish_whose_last_day_has_passed_says_so(desk: Client, entry: WaitlistEntry):
    WaitlistEntry.objects.update(until=date(2026, 11, 22))

    page = open_page(desk, "waitlistentry_change", entry.pk).content.decode()

    assert "(has passed)" in page


def test_list_asks_as_often_for_three_wishes_as_for_one(desk: Client, entry: WaitlistEntry):
    open_page(desk, "waitlistentry_changelist")
    with CaptureQueriesContext(connection) as for_one:
        open_page(desk, "waitlistentry_changelist")
    for _ in range(2):
        visit_type = practice.make_visit_type()
        colleague = practice.make_practitioner(visit_types=[visit_type])
        add_entry(
            practice.make_patient(),
            visit_type,
            practitioners=[colleague],
            locations=[practice.make_location()],
        )
    # The filters read these names once, however many there are.
    with CaptureQueriesContext(connection) as for_three:
        rows = len(listed(desk))

    assert rows == 3
    assert len(for_three) == len(for_one)


# --- The page of one ----------------------------------------------------------------------


def test_page_tells_whom_to_call_and_the_visit_they_have(
    desk: Client, visit: Appointment, entry: WaitlistEntry
):
    entry.related_person = RelatedPerson.objects.create(
        patient=entry.patient,
        name="Casey Ellis",
        relationship="parent",
        is_contact=True,
        phone="+17185550123",
        phone_typed="718 555 0123",
    )
    entry.appointment = visit
    entry.save()

    page = open_page(desk, "waitlistentry_change", entry.pk).content.decode()

    assert "Casey Ellis (Parent or guardian), not the patient" in page
    assert "718 555 0123" in page
    assert reverse("admin:booking_patient_change", args=[visit.patient_id]) in page
    assert reverse("admin:booking_appointment_change", args=[visit.pk]) in page


def test_pages_name_nobody_in_their_titles(desk: Client, entry: WaitlistEntry):
    names = ("waitlistentry_change", "waitlistentry_off", "waitlistentry_history")
    pages = [open_page(desk, name, entry.pk).content.decode() for name in names]

    titles = [re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0] for page in pages]
    assert [title for title in titles if "Ellis" in title] == []


def test_page_cannot_be_saved_or_deleted(desk: Client, entry: WaitlistEntry):
    saved = send(desk, "waitlistentry_change", entry.pk, status="left")
    deleted = send(desk, "waitlistentry_delete", entry.pk, post="yes")

    assert (saved.status_code, deleted.status_code) == (403, 403)
    assert WaitlistEntry.objects.get().status == Status.WAITING


# --- Taking somebody off --------------------------------------------------------------------


def test_taking_off_asks_first(desk: Client, entry: WaitlistEntry):
    page = open_page(desk, "waitlistentry_off", entry.pk)

    entry.refresh_from_db()
    assert "Take this wish off the list?" in page.content.decode()
    assert entry.status == Status.WAITING


def test_taking_off_ends_the_wish(desk: Client, entry: WaitlistEntry):
    response = send(desk, "waitlistentry_off", entry.pk)

    entry.refresh_from_db()
    assert (entry.status, entry.ended_at) == (Status.LEFT, practice.NOW)
    assert read_messages(response) == ["1 wish is off the list."]


def test_taking_off_several_asks_and_then_ends_each(
    desk: Client, entry: WaitlistEntry, other_patient: Patient
):
    other = add_entry(other_patient, entry.visit_type)

    asked = act_on(desk, entry, other)
    before = listed(desk)
    response = act_on(desk, entry, other, confirmed="yes")

    assert "Take these 2 wishes off the list?" in asked.content.decode()
    assert before == [entry, other]
    assert read_messages(response) == ["2 wishes are off the list."]
    assert listed(desk) == []


def test_taking_off_what_led_to_a_visit_is_refused_in_words(desk: Client, entry: WaitlistEntry):
    end(entry, Status.BOOKED)

    response = send(desk, "waitlistentry_off", entry.pk)

    entry.refresh_from_db()
    assert entry.status == Status.BOOKED
    assert read_messages(response) == [
        "Its status does not allow this, or somebody else has just changed it."
    ]


def test_whoever_may_only_look_takes_nobody_off(onlooker: Client, entry: WaitlistEntry):
    page = open_page(onlooker, "waitlistentry_change", entry.pk)
    answer = send(onlooker, "waitlistentry_off", entry.pk)
    act_on(onlooker, entry, confirmed="yes")

    entry.refresh_from_db()
    assert page.status_code == 200
    assert "Take off the list" not in page.content.decode()
    assert answer.status_code == 403
    assert entry.status == Status.WAITING
