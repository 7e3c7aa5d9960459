"""What a clinician reaches of others' patients: nothing, whatever they send. And what logs keep of people."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking import scope
from booking.models import Appointment, AvailabilityException, CameFrom, Patient, WaitlistEntry
from booking.models.appointment import Status
from booking.tests import practice
from outbox.models import OutboxMessage
from outbox.registry import narrow_down
from staff.tests.scene import PEOPLE, SAID, Scene

VISIT, PATIENT = "booking.appointment", "booking.patient"
DAY = {"day": practice.TUESDAY.isoformat()}


@pytest.fixture
def doctor(client: Client, scene: Scene) -> Client:
    client.force_login(scene.users["practitioner"])
    return client


def read_messages(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


# --- The one place ------------------------------------------------------------------


def test_clinician_sees_their_own_and_who_runs_the_desk_sees_all(scene: Scene) -> None:
    doctor, desk = scene.users["practitioner"], scene.users["front_desk"]
    own, foreign = scene.rows[VISIT]["own"], scene.rows[VISIT]["foreign"]

    assert list(scope.visible_visits(doctor).visits()) == [own]
    assert list(scope.visible_patients(doctor)) == [own.patient]
    assert [wish.patient for wish in scope.visible_wishes(doctor)] == [own.patient]
    assert list(scope.visible_practitioners(doctor)) == [own.practitioner]
    assert [block.practitioner for block in scope.visible_blocks(doctor)] == [own.practitioner]
    assert scope.may_see_calendar(doctor, own.practitioner)
    assert not scope.may_see_calendar(doctor, foreign.practitioner)
    assert set(scope.visible_visits(desk).visits()) == {own, foreign}
    assert set(scope.visible_patients(desk)) == set(Patient.objects.all())
    assert scope.may_see_calendar(desk, foreign.practitioner)


def test_account_of_no_clinician_sees_nobody(scene: Scene) -> None:
    for user in (scene.users["editor"], scene.users["nobody"]):
        assert not scope.visible_visits(user).exists()
        assert not scope.visible_patients(user).exists()
        assert not scope.visible_wishes(user).exists()
        assert not scope.visible_blocks(user).exists()


def test_patient_of_a_visit_entered_in_error_is_nobody_s_own(scene: Scene) -> None:
    Appointment.objects.filter(pk=scene.pk(VISIT, "own")).update(status=Status.ENTERED_IN_ERROR)

    assert not scope.visible_patients(scene.users["practitioner"]).exists()


def test_visits_of_a_shared_patient_are_seen_by_whom_they_are_with(doctor: Client, scene: Scene) -> None:
    patient = scene.rows[PATIENT]["own"]
    # Both are at the same time: one of them is off.
    Appointment.objects.filter(pk=scene.pk(VISIT, "foreign")).update(
        patient=patient, status=Status.CANCELLED, cancelled_at=practice.NOW
    )

    page = doctor.get(reverse("admin:booking_patient_change", args=[patient.pk]))

    visits = page.context["inline_admin_formsets"][0].formset.queryset
    assert [visit.pk for visit in visits] == [scene.pk(VISIT, "own")]
    assert SAID["foreign"] not in page.content.decode()


def test_likely_double_of_one_s_own_patient_stays_out_of_sight(client: Client, scene: Scene) -> None:
    address = reverse("admin:booking_patient_change", args=[scene.pk(PATIENT, "own")])

    def list_doubles(persona: str) -> list[str]:
        client.force_login(scene.users[persona])
        return [double.patient.family_name for double in client.get(address).context["duplicates"]]

    assert list_doubles("front_desk") == [PEOPLE["foreign"]]
    assert list_doubles("practitioner") == []


def test_mails_are_seen_with_what_they_are_about(scene: Scene) -> None:
    messages = OutboxMessage.objects.filter(kind="booking.booked")

    def list_subjects(persona: str) -> set[int]:
        seen = narrow_down(messages, user=scene.users[persona])
        return set(seen.values_list("subject_id", flat=True))

    assert list_subjects("practitioner") == {scene.pk(VISIT, "own")}
    assert list_subjects("manager") == {scene.pk(VISIT, "own"), scene.pk(VISIT, "foreign")}


# --- Posted keys --------------------------------------------------------------------


@pytest.mark.parametrize(
    "action", ["arrive", "check_in", "fulfil", "mark_noshow", "undo", "cancel", "export"]
)
def test_bulk_step_leaves_others_visits_alone(doctor: Client, scene: Scene, action: str) -> None:
    foreign = scene.rows[VISIT]["foreign"]
    data = {
        "action": action,
        "_selected_action": [foreign.pk],
        "confirmed": "yes",
        "reason": "patient",
        "select_across": "0",
    }

    response = doctor.post(reverse("admin:booking_appointment_changelist"), data, follow=True)

    body = response.getvalue() if response.streaming else response.content
    foreign.refresh_from_db()
    assert foreign.status == Status.BOOKED
    assert PEOPLE["foreign"] not in body.decode()


def test_visit_is_not_moved_to_somebody_else(doctor: Client, scene: Scene) -> None:
    visit = scene.rows[VISIT]["own"]
    slot = f"{practice.at('11:00', practice.TUESDAY):%Y-%m-%dT%H:%MZ}/dr-foreign/midtown"

    page = doctor.post(
        reverse("desk:move", args=[visit.pk]),
        {"slot": slot, "version": "0", "from": "booked", "anyway": ["closed", "taken"], "note": "Why not"},
    )

    visit.refresh_from_db()
    assert (visit.practitioner.slug, visit.version) == ("dr-own", 0)
    assert "could not read that time" in page.content.decode()
    assert "Fischer" not in str(page.context["nearest"].others)


def test_time_of_somebody_else_is_not_blocked(doctor: Client, scene: Scene) -> None:
    data = {
        "practitioners": [scene.pk("booking.practitioner", "foreign")],
        "kind": "closed",
        "first_day": "2026-12-01",
        "last_day": "2026-12-01",
    }

    doctor.post(reverse("desk:block"), data)
    doctor.post(
        reverse("admin:booking_availabilityexception_add"), {**data, "practitioner": data["practitioners"]}
    )

    assert AvailabilityException.objects.count() == 2


def test_own_time_is_blocked(doctor: Client, scene: Scene) -> None:
    data = {
        "practitioners": [scene.pk("booking.practitioner", "own")],
        "kind": "closed",
        "first_day": "2026-12-01",
        "last_day": "2026-12-01",
    }

    doctor.post(reverse("desk:block"), data)

    assert AvailabilityException.objects.filter(first_day="2026-12-01").count() == 1


def test_day_of_a_clinician_has_their_own_lane_only(doctor: Client, scene: Scene) -> None:
    for query in (DAY, {**DAY, "by": "room"}):
        board = doctor.get(reverse("desk:day"), query).content.decode()

        assert f"Robin {PEOPLE['own']}" in board
        assert PEOPLE["foreign"] not in board
        assert "dr-foreign" not in board


def test_day_asks_no_more_for_a_clinician_than_for_the_desk(client: Client, scene: Scene) -> None:
    counts = {}
    for persona in ("front_desk", "practitioner"):
        client.force_login(scene.users[persona])
        client.get(reverse("desk:day"), DAY)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("desk:day"), DAY)
        counts[persona] = len(queries)

    assert counts["practitioner"] <= counts["front_desk"]


# --- Rules set aside ----------------------------------------------------------------


def move_outside_hours(client: Client, visit: Appointment) -> Appointment:
    slot = f"{practice.at('18:00', practice.TUESDAY):%Y-%m-%dT%H:%MZ}/dr-own/midtown"
    fields = {"slot": slot, "version": "0", "from": "booked", "note": "Asked for it"}
    warned = client.post(reverse("desk:move", args=[visit.pk]), fields)
    codes = [concern.code.value for concern in warned.context["chosen"].concerns]
    client.post(reverse("desk:move", args=[visit.pk]), {**fields, "anyway": codes})
    visit.refresh_from_db()
    return visit


def test_rules_are_set_aside_only_by_whom_the_matrix_names(client: Client, scene: Scene) -> None:
    visit = scene.rows[VISIT]["own"]
    client.force_login(scene.users["practitioner"])
    assert move_outside_hours(client, visit).version == 0

    client.force_login(scene.users["front_desk"])
    assert move_outside_hours(client, visit).version == 1


def test_booking_against_a_warning_needs_the_permission(client: Client, scene: Scene) -> None:
    desk = scene.users["front_desk"]
    desk.groups.get().permissions.remove(desk.groups.get().permissions.get(codename="override_rules"))
    client.force_login(desk)
    fields = {
        "patient": scene.pk(PATIENT, "own"),
        "visit_type": scene.pk("booking.visittype", "all"),
        "slot": f"{practice.at('18:00', practice.TUESDAY):%Y-%m-%dT%H:%MZ}/dr-own/midtown",
        "anyway": ["outside_hours", "closed"],
        "why": "Asked for it",
        "book": "yes",
    }

    page = client.post(reverse("desk:book"), fields)

    assert "Choose another time." in page.content.decode()
    assert Appointment.objects.visits().count() == 2


# --- Answers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persona", "reads"), [("practitioner", True), ("front_desk", False), ("manager", False)]
)
def test_what_patients_say_of_their_health_is_for_those_who_treat_them(
    client: Client, scene: Scene, persona: str, reads: bool
) -> None:
    client.force_login(scene.users[persona])
    pk = scene.pk(VISIT, "own")
    Appointment.objects.filter(pk=pk).update(came_from=CameFrom.PATH)

    record = client.get(reverse("admin:booking_appointment_change", args=[pk]))
    assert ("came_from" in str(record.context["adminform"].fieldsets)) is reads
    for address in (reverse("desk:visit", args=[pk]), reverse("admin:booking_appointment_change", args=[pk])):
        page = client.get(address).content.decode()
        for said in (f"Reason {SAID['own']}", f"Answer {SAID['own']}", f"article-{SAID['own']}"):
            assert (said in page) is reads


# --- The admin's own log ------------------------------------------------------------


def test_log_names_no_patient(client: Client, scene: Scene) -> None:
    client.force_login(scene.users["manager"])
    patient = scene.rows[PATIENT]["own"]
    fields = {
        "given_name": "Robin",
        "family_name": "Nova",
        "birth_date": "1975-09-28",
        "phone": "",
        "email": "",
        "language": "en",
        "reminders_off_at_0": "",
        "reminders_off_at_1": "",
        **{
            f"{inline}-{part}_FORMS": "0"
            for inline in ("appointments", "related_people")
            for part in ("TOTAL", "INITIAL")
        },
    }

    # What the next page says of it goes to whoever did it, and is gone then.
    client.post(reverse("admin:booking_patient_change", args=[patient.pk]), fields, follow=True)

    entry = LogEntry.objects.get(user=scene.users["manager"])
    assert entry.object_repr == f"#{patient.pk}"
    assert "Nova" not in entry.change_message
    assert Patient.objects.get(pk=patient.pk).family_name == "Nova"
    index = client.get(reverse("admin:index")).content.decode()
    assert f"#{patient.pk}" in index
    assert "Nova" not in index


def test_recent_actions_are_one_s_own(client: Client, scene: Scene) -> None:
    kind = ContentType.objects.get_for_model(WaitlistEntry)
    LogEntry.objects.create(
        user=scene.users["manager"], content_type=kind, object_id="1", object_repr="Ours", action_flag=CHANGE
    )

    client.force_login(scene.users["practitioner"])

    assert "Ours" not in client.get(reverse("admin:index")).content.decode()


def test_names_that_the_log_has_kept_so_far_are_taken_out(scene: Scene) -> None:
    migration = import_module("booking.migrations.0012_no_names_in_the_admin_log")
    user = scene.users["manager"]
    for model, name in ((Patient, PEOPLE["own"]), (WaitlistEntry, "First visit")):
        kind = ContentType.objects.get_for_model(model)
        LogEntry.objects.create(
            user=user, content_type=kind, object_id="7", object_repr=name, action_flag=CHANGE
        )

    for _time in range(2):
        migration.take_names_out(apps, None)

    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {"#7", "First visit"}
