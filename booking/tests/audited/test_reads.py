"""Every page of staff that shows a patient says so in the audit trail: who, whom, when, from where."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry, Shown
from audit.reads import DESK_WINDOW
from booking.blocking import close_practice
from booking.models import Appointment, Closure, Patient, WaitlistEntry
from booking.tests import practice
from booking.tests.audited.conftest import last_key, list_entries, list_shown
from booking.tests.practice import TUESDAY
from outbox.models import OutboxMessage

Kind = Entry.Kind
Ask = Callable[[Client, Appointment], Any]
DAY = {"day": TUESDAY.isoformat()}


def get(name: str, **query: Any) -> Ask:
    return lambda desk, visit: desk.get(reverse(name), query)


def get_visit(name: str) -> Ask:
    return lambda desk, visit: desk.get(reverse(name, args=[visit.pk]))


def get_patient(name: str) -> Ask:
    return lambda desk, visit: desk.get(reverse(name, args=[visit.patient_id]))


def get_wish(name: str) -> Ask:
    def ask(desk: Client, visit: Appointment) -> Any:
        wish = {"patient": visit.patient, "visit_type": visit.visit_type, "until": date(2026, 12, 24)}
        entry = WaitlistEntry.objects.create(**wish)
        return desk.get(reverse(name, args=[entry.pk] if not name.endswith("changelist") else []))

    return ask


def ask_caught(desk: Client, visit: Appointment) -> Any:
    close_practice(closures=[Closure(name="Snow", first_day=TUESDAY, last_day=TUESDAY)])
    return desk.get(reverse("desk:caught"))


def ask_mail(desk: Client, visit: Appointment) -> Any:
    message = OutboxMessage.objects.get(kind="booking.booked", subject_id=visit.pk)
    return desk.get(reverse("admin:outbox_outboxmessage_preview", args=[message.pk]))


def ask_merge(desk: Client, visit: Appointment) -> Any:
    other = practice.make_patient()
    return desk.get(reverse("admin:booking_patient_merge", args=[other.pk, visit.patient_id]))


def post(name: str, **fields: Any) -> Ask:
    return lambda desk, visit: desk.post(reverse(name), fields)


def ask_to_cancel(desk: Client, visit: Appointment) -> Any:
    chosen = {"action": "cancel", "_selected_action": [visit.pk]}
    return desk.post(reverse("admin:booking_appointment_changelist"), chosen)


def ask_to_take_off(desk: Client, visit: Appointment) -> Any:
    wish = {"patient": visit.patient, "visit_type": visit.visit_type, "until": date(2026, 12, 24)}
    entry = WaitlistEntry.objects.create(**wish)
    chosen = {"action": "take_off", "_selected_action": [entry.pk]}
    return desk.post(reverse("admin:booking_waitlistentry_changelist"), chosen)


def book_for(desk: Client, visit: Appointment) -> Any:
    return desk.get(reverse("desk:book"), {"patient": visit.patient_id})


PAGES: list[tuple[str, Ask, str]] = [
    ("desk:day", get("desk:day", **DAY), Kind.LISTED),
    ("desk:day", get("desk:refresh", **DAY), Kind.LISTED),
    ("desk:visit", get_visit("desk:visit"), Kind.OPENED),
    ("desk:find", post("desk:find", words="Ellis"), Kind.SEARCHED),
    ("desk:print", get("desk:print", **DAY), Kind.PRINTED),
    ("desk:confirmation", get_visit("desk:confirmation"), Kind.PRINTED),
    ("desk:move", get_visit("desk:move"), Kind.OPENED),
    ("desk:cancel", get_visit("desk:cancel"), Kind.OPENED),
    ("desk:book", book_for, Kind.OPENED),
    ("desk:book", post("desk:book", words="Ellis", find="yes"), Kind.SEARCHED),
    ("desk:caught", ask_caught, Kind.LISTED),
    ("admin:booking_appointment_change", get_visit("admin:booking_appointment_change"), Kind.OPENED),
    ("admin:booking_appointment_history", get_visit("admin:booking_appointment_history"), Kind.OPENED),
    ("admin:booking_appointment_error", get_visit("admin:booking_appointment_error"), Kind.OPENED),
    ("admin:booking_appointment_changelist", get("admin:booking_appointment_changelist"), Kind.LISTED),
    (
        "admin:booking_appointment_changelist",
        get("admin:booking_appointment_changelist", q="Ellis"),
        Kind.SEARCHED,
    ),
    ("admin:booking_patient_change", get_patient("admin:booking_patient_change"), Kind.OPENED),
    ("admin:booking_patient_history", get_patient("admin:booking_patient_history"), Kind.OPENED),
    ("admin:booking_patient_delete", get_patient("admin:booking_patient_delete"), Kind.OPENED),
    ("admin:booking_patient_export", get_patient("admin:booking_patient_export"), Kind.OPENED),
    ("admin:booking_patient_erase", get_patient("admin:booking_patient_erase"), Kind.OPENED),
    ("admin:booking_patient_changelist", get("admin:booking_patient_changelist"), Kind.LISTED),
    ("admin:booking_patient_merge", ask_merge, Kind.LISTED),
    ("admin:booking_waitlistentry_change", get_wish("admin:booking_waitlistentry_change"), Kind.OPENED),
    (
        "admin:booking_waitlistentry_changelist",
        get_wish("admin:booking_waitlistentry_changelist"),
        Kind.LISTED,
    ),
    ("admin:booking_appointment_changelist", ask_to_cancel, Kind.LISTED),
    ("admin:booking_waitlistentry_changelist", ask_to_take_off, Kind.LISTED),
    ("admin:booking_waitlistentry_off", get_wish("admin:booking_waitlistentry_off"), Kind.OPENED),
    ("admin:outbox_outboxmessage_preview", ask_mail, Kind.READ_MAIL),
]


@pytest.mark.parametrize(("page", "ask", "kind"), PAGES, ids=[f"{page} {kind}" for page, _, kind in PAGES])
def test_a_page_with_patients_says_whom_it_showed(
    desk: Client, visit: Appointment, receptionist: Any, clock: Any, page: str, ask: Ask, kind: str
) -> None:
    practice.make_patient()  # somebody else, who is not shown where one is
    clock.shift(60)
    before = last_key()

    response = ask(desk, visit)

    assert response.status_code == 200
    [entry] = list_entries(after=before, kind=kind, page=page)
    assert visit.patient_id in list_shown(entry)
    assert (entry.actor, entry.actor_kind, entry.remote_addr) == (receptionist, "staff", "127.0.0.1")


def test_a_page_about_one_visit_names_the_visit_and_nobody_else(desk: Client, visit: Appointment) -> None:
    practice.make_patient()

    desk.get(reverse("admin:booking_appointment_change", args=[visit.pk]))

    [entry] = list_entries(kind=Kind.OPENED)
    assert (entry.object_id, entry.object_repr) == (visit.pk, visit.display_reference)
    assert list_shown(entry) == {visit.patient_id}


def test_the_trail_says_what_happened_in_words(desk: Client, visit: Appointment) -> None:
    told = " ".join(desk.get(reverse("admin:audit_entry_changelist")).content.decode().split())

    assert f">appointment {visit.display_reference}</a>" in told
    assert f">{visit.patient_id}</a>" in told
    assert ">Booked<" in told


def test_the_desk_asks_again_and_again_and_is_written_down_once(
    desk: Client, visit: Appointment, clock: Any
) -> None:
    shown = {**DAY, "open": visit.pk}
    desk.get(reverse("desk:day"), DAY)
    desk.get(reverse("desk:visit", args=[visit.pk]))
    seen = last_key()

    for _ in range(4):
        clock.shift(30)
        desk.get(reverse("desk:refresh"), shown)

    assert list_entries(after=seen) == []
    clock.shift(DESK_WINDOW.total_seconds())
    desk.get(reverse("desk:refresh"), shown)
    assert [entry.page for entry in list_entries(after=seen)] == ["desk:day", "desk:visit"]


def test_who_is_new_on_the_desk_is_written_down_at_once(desk: Client, visit: Appointment, clock: Any) -> None:
    desk.get(reverse("desk:day"), DAY)
    seen = last_key()
    newcomer = practice.make_patient(email="")
    Appointment.objects.filter(pk=visit.pk).update(patient=newcomer)

    clock.shift(30)
    desk.get(reverse("desk:refresh"), DAY)

    [entry] = list_entries(after=seen, kind=Kind.LISTED)
    assert list_shown(entry) == {newcomer.pk}


def test_another_day_is_another_list(desk: Client, visit: Appointment) -> None:
    desk.get(reverse("desk:day"), DAY)
    desk.get(reverse("desk:day"), {"day": (TUESDAY + timedelta(days=1)).isoformat()})

    # Nobody is there on the second.
    assert [entry.detail for entry in list_entries(kind=Kind.LISTED)] == [TUESDAY.isoformat()]


def test_a_search_is_told_by_what_it_found_and_not_by_what_was_typed(
    desk: Client, visit: Appointment
) -> None:
    desk.post(reverse("desk:find"), {"words": "Ellis"})
    desk.post(reverse("desk:find"), {"words": "Nobodyknows"})

    one, nobody = list_entries(kind=Kind.SEARCHED)
    assert (one.detail, list_shown(one)) == ("1", {visit.patient_id})
    assert (nobody.detail, list_shown(nobody)) == ("0", set())


def test_a_list_of_three_takes_as_many_queries_as_one(
    desk: Client, patient: Patient, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30) as for_one:
        desk.get(reverse("admin:booking_patient_changelist"))
    for _ in range(2):
        practice.make_patient()

    with django_assert_max_num_queries(30) as for_three:
        desk.get(reverse("admin:booking_patient_changelist"))

    assert len(for_three) == len(for_one)
    assert Shown.objects.count() == 4


def test_a_refusal_is_written_down(client: Client, visit: Appointment, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("curious", is_staff=True)
    client.force_login(user)

    response = client.get(reverse("admin:booking_patient_change", args=[visit.patient_id]))

    assert response.status_code == 403
    [entry] = list_entries(kind=Kind.REFUSED)
    assert (entry.actor, entry.page, entry.detail) == (
        user,
        "admin:booking_patient_change",
        str(visit.patient_id),
    )
    assert not list_entries(kind=Kind.OPENED)
