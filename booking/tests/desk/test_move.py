"""/admin/desk/visit/<pk>/move/: the nearest openings, one press, a way back; never onto taken time."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking import actions
from booking.actions import Actor
from booking.availability import find_slots
from booking.models import Appointment, Patient, RelatedPerson, VisitType
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.desk.conftest import HTMX, book, name_slot, read_outcomes
from booking.tests.desk.test_day import read_text
from booking.tests.practice import TUESDAY, at
from outbox.models import OutboxMessage, State

OUTSIDE_HOURS = "This is outside the clinician&#x27;s hours at this location."


def address(visit: Appointment) -> str:
    return f"/admin/desk/visit/{visit.pk}/move/"


def open_move(client: Client, visit: Appointment, **query: Any) -> Any:
    response = client.get(address(visit), query)
    assert response.status_code == 200
    return response


def send(client: Client, visit: Appointment, clock: str, **fields: Any) -> Any:
    """Press the button of a time, on a page that showed the visit as it is, with the mail ticked."""
    sent = {"version": visit.version, "tell": "on", "slot": name_slot(visit, clock), **fields}
    return client.post(address(visit), sent, follow=True)


def list_mails(visit: Appointment) -> list[str]:
    return list(
        OutboxMessage.objects.filter(subject_id=visit.pk).order_by("pk").values_list("kind", flat=True)
    )


# --- Which times are shown -----------------------------------------------------------


def test_nearest_openings_come_first_and_all_of_them_can_be_booked(desk: Client, visit: Appointment) -> None:
    book(visit, "10:40")

    nearest = open_move(desk, visit).context["nearest"]

    assert [slot.start for slot in nearest.same[:3]] == [at("09:40"), at("09:20"), at("09:00")]
    bookable = find_slots(
        visit_type=visit.visit_type, first_day=TUESDAY, last_day=TUESDAY + timedelta(days=14), ignoring=visit
    )
    assert {slot.key for slot in nearest.same} <= {slot.key for slot in bookable}


def test_openings_of_others_stand_apart(desk: Client, visit: Appointment) -> None:
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)

    nearest = open_move(desk, visit).context["nearest"]

    assert {slot.practitioner for slot in nearest.same} == {visit.practitioner}
    assert {slot.practitioner for slot in nearest.others} == {other}
    assert nearest.others[0].start == visit.start


@pytest.mark.parametrize("first_day", ["", "nonsense", "1000-01-01", "9999-12-31", "2026-11-22"])
def test_other_days_are_listed_whatever_day_is_asked_for(
    desk: Client, visit: Appointment, first_day: str
) -> None:
    openings = open_move(desk, visit, first_day=first_day).context["openings"]

    assert date(2026, 11, 23) <= openings.first_day <= date(2027, 2, 21)


def test_other_days_of_one_clinician(desk: Client, visit: Appointment) -> None:
    other = practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)

    openings = open_move(desk, visit, first_day="2026-11-30", practitioner=other.pk).context["openings"]

    assert {slot.practitioner for slot in openings.slots} == {other}
    assert openings.slots[0].start == at("09:00", date(2026, 11, 30))


def test_queries_do_not_grow_with_the_openings(desk: Client, visit: Appointment) -> None:
    practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    open_move(desk, visit)  # who was seen just now is not recorded again
    with CaptureQueriesContext(connection) as few:
        open_move(desk, visit)
    for _ in range(2):
        practice.make_practitioner(visit_types=[visit.visit_type], location=visit.location)
    open_move(desk, visit)  # the set-up is known from now on

    with CaptureQueriesContext(connection) as many:
        open_move(desk, visit)

    assert len(many) == len(few)


# --- One press ------------------------------------------------------------------------


def test_move_by_a_get_asks_and_changes_nothing(desk: Client, visit: Appointment) -> None:
    told = read_text(open_move(desk, visit, slot=name_slot(visit, "14:00")).content.decode())

    visit.refresh_from_db()
    assert "To Tuesday, November 24, 2026, 2:00 pm Dr. Lena Fischer, Midtown" in told
    assert visit.start == at("10:00")


def test_move_moves_tells_the_patient_and_offers_the_way_back(desk: Client, visit: Appointment) -> None:
    response = send(desk, visit, "14:00")

    visit.refresh_from_db()
    assert visit.start == at("14:00")
    assert read_outcomes(response) == [
        "The visit is now on Tuesday, November 24, 2026, 2:00 pm, with Dr. Lena Fischer. "
        "An email goes to the patient."
    ]
    assert list_mails(visit) == ["booking.booked", "booking.moved"]
    assert f'action="/admin/desk/visit/{visit.pk}/move/back/"' in response.content.decode()


def test_move_with_htmx_answers_with_the_panel_and_wakes_the_page(desk: Client, visit: Appointment) -> None:
    sent = {"version": 0, "tell": "on", "slot": name_slot(visit, "14:00")}

    response = desk.post(address(visit), sent, headers=HTMX)

    assert "<html" not in response.content.decode()
    assert response["HX-Trigger-After-Swap"] == '{"desk-changed": {}}'


def test_move_without_the_tick_writes_no_mail(desk: Client, visit: Appointment) -> None:
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())
    sent = {"version": 0, "slot": name_slot(visit, "14:00")}

    response = desk.post(address(visit), sent, follow=True)

    assert read_outcomes(response)[0].endswith("No email about it: please tell the patient.")
    assert list_mails(visit) == ["booking.booked"]
    assert "Moved, receptionist. It was on Tue, Nov 24, 10:00 am. No email about it" in read_text(
        response.content.decode()
    )


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("casey@example.org", "Email Casey Ellis (Son or daughter)"),
        ("", "There is no email address: please call."),
    ],
)
def test_move_says_who_gets_the_email(
    desk: Client, visit: Appointment, patient: Patient, email: str, sentence: str
) -> None:
    visit.related_person = RelatedPerson.objects.create(
        patient=patient, name="Casey Ellis", relationship="child", is_contact=True, email=email
    )
    visit.save()

    assert sentence in open_move(desk, visit, slot=name_slot(visit, "14:00")).content.decode()


# --- What stands in the way --------------------------------------------------------------


def test_taken_time_is_refused_in_words_and_cannot_be_forced(desk: Client, visit: Appointment) -> None:
    book(visit, "14:00")

    response = send(desk, visit, "14:00", anyway=["taken"], note="Please")

    visit.refresh_from_db()
    told = read_text(response.content.decode())
    assert visit.start == at("10:00")
    assert "Not possible: Tue, Nov 24, 2:00 pm, Dr. Fischer." in told
    assert "The clinician or the patient already has a visit at that time." in told
    assert "The visit stays where it is. Choose another time:" in told
    assert response.context["nearest"].same


def test_time_that_is_taken_in_the_last_moment_is_refused_in_words(
    desk: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = actions.move

    def move_too_late(**request: Any) -> Appointment:
        book(visit, "14:00")
        return move(**request)

    monkeypatch.setattr(actions, "move", move_too_late)

    response = send(desk, visit, "14:00")

    visit.refresh_from_db()
    assert visit.start == at("10:00")
    assert read_outcomes(response) == ["The clinician or the patient already has a visit at that time."]


def test_what_a_colleague_moved_meanwhile_is_left_alone(desk: Client, visit: Appointment) -> None:
    send(desk, visit, "15:00")

    response = send(desk, visit, "14:00")

    visit.refresh_from_db()
    assert visit.start == at("15:00")
    assert read_outcomes(response)[-1].startswith("Somebody else has just changed this visit.")


def test_outside_hours_is_warned_of_first(desk: Client, visit: Appointment) -> None:
    response = send(desk, visit, "18:00")

    visit.refresh_from_db()
    told = read_text(response.content.decode())
    assert visit.start == at("10:00")
    assert OUTSIDE_HOURS in told
    assert "Write why" not in told


def test_outside_hours_needs_a_reason(desk: Client, visit: Appointment) -> None:
    response = send(desk, visit, "18:00", anyway=["outside_hours"])

    visit.refresh_from_db()
    assert visit.start == at("10:00")
    assert "Write why you choose this time all the same." in response.content.decode()


def test_outside_hours_with_a_reason_moves_and_the_history_keeps_it(desk: Client, visit: Appointment) -> None:
    response = send(desk, visit, "18:00", anyway=["outside_hours"], note="Dr. Fischer stays late")

    visit.refresh_from_db()
    assert visit.start == at("18:00")
    told = read_text(response.content.decode())
    assert f"All the same: {OUTSIDE_HOURS} Why: Dr. Fischer stays late" in told


def test_only_what_was_warned_about_is_set_aside(desk: Client, visit: Appointment) -> None:
    practice.close_practice(TUESDAY)

    response = send(desk, visit, "12:00", anyway=["outside_hours"], note="Please")

    visit.refresh_from_db()
    assert visit.start == at("10:00")
    assert "The practice is closed then, or the clinician is away." in response.content.decode()


def test_untold_stays_unticked_when_the_page_asks_again(desk: Client, visit: Appointment) -> None:
    sent = {"version": 0, "slot": name_slot(visit, "18:00")}

    response = desk.post(address(visit), sent)

    assert 'name="tell" id="id_tell" checked' not in response.content.decode()


# --- A time of one's own ---------------------------------------------------------------------


def other(visit: Appointment, day: str, clock: str) -> dict[str, Any]:
    return {
        "check_other": "yes",
        "other-practitioner": visit.practitioner.pk,
        "other-location": visit.location.pk,
        "other-day": day,
        "other-time": clock,
    }


def test_time_by_its_parts_is_judged(desk: Client, visit: Appointment) -> None:
    page = open_move(desk, visit, **other(visit, "2026-11-25", "09:05"))

    chosen = page.context["chosen"]
    assert chosen.slot.key == name_slot(visit, "09:05", date(2026, 11, 25))
    assert [concern.sentence for concern in chosen.concerns] == [
        "Visits of this kind do not start at this minute."
    ]


@pytest.mark.parametrize(
    ("day", "at_clock", "error"),
    [
        ("2027-03-14", "02:30", "The clocks are put forward then: there is no such time."),
        ("2999-01-01", "09:00", "Choose a day within two years."),
        ("nonsense", "09:00", "Enter a valid date."),
        ("2026-11-25", "25:00", "Enter a valid time."),
    ],
)
def test_time_that_does_not_exist_is_refused(
    desk: Client, visit: Appointment, day: str, at_clock: str, error: str
) -> None:
    page = open_move(desk, visit, **other(visit, day, at_clock))

    assert error in page.content.decode()
    assert page.context["chosen"] is None


@pytest.mark.parametrize("slot", ["", "nonsense", "2026-11-24T15:00Z/nobody/nowhere", "a/b/c/d", "\x00"])
def test_unreadable_time_is_refused_in_words(desk: Client, visit: Appointment, slot: str) -> None:
    response = send(desk, visit, "14:00", slot=slot)

    assert read_outcomes(response) == ["We could not read that time. Please choose one of the times shown."]


# --- Which visits move, and back ----------------------------------------------------------------


def test_visit_that_has_begun_cannot_be_moved(desk: Client, visit: Appointment) -> None:
    actions.arrive(appointment=visit, by=Actor.system())

    response = send(desk, visit, "14:00")

    visit.refresh_from_db()
    assert (visit.start, visit.status) == (at("10:00"), Status.ARRIVED)
    assert read_outcomes(response) == ["Only a booked visit can be moved. This one is: Arrived."]


def test_move_back(desk: Client, visit: Appointment) -> None:
    send(desk, visit, "14:00")

    response = desk.post(address(visit) + "back/", {"version": 1}, follow=True)

    visit.refresh_from_db()
    assert visit.start == at("10:00")
    assert read_outcomes(response) == [
        "Undone. The visit is now on Tuesday, November 24, 2026, 10:00 am, with Dr. Lena Fischer."
    ]


def test_move_back_onto_time_that_somebody_took_is_refused_in_words(desk: Client, visit: Appointment) -> None:
    send(desk, visit, "14:00")
    book(visit, "10:00")

    response = desk.post(address(visit) + "back/", {"version": 1}, follow=True)

    visit.refresh_from_db()
    assert visit.start == at("14:00")
    assert "already has a visit" in read_outcomes(response)[0]


def test_move_back_of_what_a_colleague_moved_meanwhile_is_refused(desk: Client, visit: Appointment) -> None:
    send(desk, visit, "14:00")
    visit.refresh_from_db()
    send(desk, visit, "15:00")

    desk.post(address(visit) + "back/", {"version": 1})

    visit.refresh_from_db()
    assert visit.start == at("15:00")


def test_without_the_permission_nothing_moves(onlooker: Client, visit: Appointment) -> None:
    assert send(onlooker, visit, "14:00").status_code == 403
    assert onlooker.post(address(visit) + "back/").status_code == 403


def test_visit_type_that_nobody_does_any_more_has_no_openings(desk: Client, visit: Appointment) -> None:
    visit.practitioner.visit_types.set([VisitType.objects.create(name="Other", slug="other", duration=20)])

    assert "No opening in these two weeks." in open_move(desk, visit).content.decode()


def test_move_to_where_it_is_says_so_and_offers_no_undo(desk: Client, visit: Appointment) -> None:
    send(desk, visit, "11:00")
    visit.refresh_from_db()

    response = send(desk, visit, "11:00")

    visit.refresh_from_db()
    assert (visit.start, visit.version) == (at("11:00"), 1)
    assert read_outcomes(response)[-1] == "The visit is already there. Nothing was changed."
    assert "move/back/" not in response.content.decode()


def test_move_without_the_tick_says_so_where_a_mail_goes_all_the_same(
    desk: Client, visit: Appointment
) -> None:
    sent = {"version": 0, "slot": name_slot(visit, "14:00")}

    response = desk.post(address(visit), sent, follow=True)

    assert read_outcomes(response)[0].endswith("An email goes to the patient.")


def test_move_without_what_the_page_showed_is_refused(desk: Client, visit: Appointment) -> None:
    response = desk.post(address(visit), {"slot": name_slot(visit, "14:00"), "tell": "on"}, follow=True)

    visit.refresh_from_db()
    assert visit.start == at("10:00")
    assert "Somebody else has just changed this visit." in read_outcomes(response)[0]
