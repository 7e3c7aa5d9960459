"""The waitlist: a wish is kept once, for the right person, and leaves with the visit it stands beside."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking import actions, waiting
from booking.forms.consent import CONSENT
from booking.forms.waitlist import read_day
from booking.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Patient,
    Practitioner,
    RelatedPerson,
    VisitType,
    WaitlistEntry,
)
from booking.tests import practice
from booking.tests.views.walk import read, read_title

URL = "/book/new-patient/waitlist/"
ANSWERS: dict[str, Any] = {
    "part_of_day": "morning",
    "until": "28",
    "notice": "120",
    "who": "me",
    "given_name": "Jordan",
    "family_name": "Ellis",
    "birth_date_month": "Sept",
    "birth_date_day": "28",
    "birth_date_year": "1975",
    "phone": "212 555 0177",
    "email": "jordan.ellis@example.org",
    "consent": "on",
}
FOR_SOMEBODY = {
    "who": "other",
    "related_name": "Maria Ellis",
    "relationship": "child",
    "whose_contact": "mine",
}


@pytest.fixture
def amara(clock: Any, visit_type: VisitType, practitioner: Practitioner) -> Practitioner:
    """A second clinician, at a second place, who also works on Saturdays."""
    place = practice.make_location(name="Uptown", slug="uptown")
    amara = practice.make_practitioner(
        visit_types=[visit_type], location=place, slug="amara-osei", given_name="Amara", family_name="Osei"
    )
    practice.add_hours(amara, place, weekday=5, hours="09:00-12:00")
    return amara


@pytest.fixture
def clinic(clock: Any, practitioner: Practitioner) -> Practitioner:
    return practitioner


def join(client: Client, **changes: Any) -> Any:
    return client.post(URL, {**ANSWERS, **changes})


# --- The wish -----------------------------------------------------------------------


def test_page_asks_what_would_help_and_who_it_is_for(client: Client, amara: Practitioner) -> None:
    response = client.get(URL)

    page = read(response)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store, private"
    assert page.startswith("Back Join the waitlist")
    assert "First visit, 40 minutes, at the clinic" in page
    assert "Call 911" in page
    for words in ("Dr. Lena Fischer", "Dr. Amara Osei", "Midtown", "Uptown", "Monday", "Saturday"):
        assert words in page
    assert "Sunday" not in page
    assert "Patient's first name" in page
    assert "our privacy page" in page


def test_wish_is_kept_as_it_was_told(client: Client, amara: Practitioner) -> None:
    response = join(
        client, practitioners=["amara-osei"], locations=["uptown"], weekdays=["5", "1"], notice="4320"
    )

    entry = WaitlistEntry.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{URL}joined/")
    assert entry.status == WaitlistEntry.Status.WAITING
    assert entry.visit_type.slug == "new-patient"
    assert list(entry.practitioners.all()) == [amara]
    assert [place.slug for place in entry.locations.all()] == ["uptown"]
    assert entry.weekdays == [1, 5]
    assert (entry.part_of_day, entry.notice) == ("morning", 3 * 24 * 60)
    assert entry.until == date(2026, 12, 21)
    assert (entry.source, entry.consent_wording, entry.consented_at) == ("online", str(CONSENT), practice.NOW)


def test_patient_is_a_row_of_its_own_like_that_of_a_booking(
    client: Client, clinic: Any, patient: Any
) -> None:
    join(client)

    entry = WaitlistEntry.objects.get()
    assert entry.patient != patient
    assert (entry.patient.full_name, str(entry.patient.phone)) == ("Jordan Ellis", "+12125550177")
    assert entry.patient.email == "jordan.ellis@example.org"
    assert entry.related_person is None


def test_somebody_else_asks_and_is_the_contact(client: Client, clinic: Any) -> None:
    join(client, **FOR_SOMEBODY)

    entry = WaitlistEntry.objects.get()
    assert (entry.patient.phone, entry.patient.email) == ("", "")
    assert entry.related_person is not None
    assert (entry.related_person.name, entry.related_person.is_contact) == ("Maria Ellis", True)
    assert entry.related_person.email == "jordan.ellis@example.org"


def test_no_ticks_mean_anybody_anywhere_any_day(client: Client, amara: Practitioner) -> None:
    page = read(client.get(join(client, part_of_day="any")["Location"]))

    entry = WaitlistEntry.objects.get()
    assert (list(entry.practitioners.all()), list(entry.locations.all()), entry.weekdays) == ([], [], [])
    assert "Any clinician" in page
    assert "Any day" in page


def test_what_leaves_no_choice_is_not_asked(client: Client, clinic: Any) -> None:
    page = read(client.get(URL))

    assert "With whom?" not in page
    assert "Where?" not in page


def test_video_visit_asks_for_no_place(client: Client, amara: Practitioner) -> None:
    VisitType.objects.update(mode=VisitType.Mode.TELEHEALTH)

    assert "Where?" not in read(client.get(URL))


def test_type_without_any_opening_has_a_waitlist(client: Client, clinic: Any) -> None:
    AvailabilityRule.objects.all().delete()

    response = join(client, weekdays=["0"])

    assert response.status_code == 302
    assert WaitlistEntry.objects.get().weekdays == [0]


# --- Until when ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("December 18", date(2026, 12, 18)),
        ("Friday, Dec. 18th", date(2026, 12, 18)),
        ("18 december 2026", date(2026, 12, 18)),
        ("12/18", date(2026, 12, 18)),
        ("12/18/26", date(2026, 12, 18)),
        ("2026-12-18", date(2026, 12, 18)),
        ("January 5", date(2027, 1, 5)),
        ("November 23", date(2026, 11, 23)),
        ("November 22", date(2027, 11, 22)),
        ("Feb 29 2027", None),
        ("Feb 29", None),
        ("soon", None),
        ("18", None),
        ("March April 3", None),
        ("1 2 3 4", None),
        ("12/18/0", date(2000, 12, 18)),
        ("²/³", None),
        ("9999-99-99", None),
        ("", None),
    ],
)
def test_day_is_read_as_people_write_it(typed: str, day: date | None) -> None:
    assert read_day(typed, today=date(2026, 11, 23)) == day


def test_typed_day_counts_more_than_a_tick(client: Client, clinic: Any) -> None:
    join(client, until_day="December 1")

    assert WaitlistEntry.objects.get().until == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("soon", "Enter a day like December 18."),
        ("x" * 10_000, "Enter a day like December 18."),
        ("1\0", "Enter a day like December 18."),
        ("November 22 2026", "Enter a day from today to Sunday, February 21, 2027."),
        ("February 22 2027", "Enter a day from today to Sunday, February 21, 2027."),
    ],
)
def test_unfit_day_gets_a_sentence(client: Client, clinic: Any, typed: str, sentence: str) -> None:
    response = join(client, until_day=typed)

    assert response.status_code == 422
    assert sentence in read(response)
    assert not WaitlistEntry.objects.exists()


@pytest.mark.parametrize(
    ("horizon", "offered", "refused"), [(30, ["14", "28"], "90"), (10, ["10"], "14"), (365, ["90"], "365")]
)
def test_only_what_can_be_booked_is_offered(
    client: Client, clinic: Any, horizon: int, offered: list[str], refused: str
) -> None:
    VisitType.objects.update(booking_horizon=horizon)

    page = client.get(URL).content.decode()

    assert all(f'name="until" value="{days}"' in page for days in offered)
    assert join(client, until=refused).status_code == 422


# --- Mistakes and scripts --------------------------------------------------------------


def test_mistakes_are_told_with_the_page_as_typed(client: Client, clinic: Any) -> None:
    response = join(client, phone="", family_name="O'Brien", consent="", weekdays=["2"])

    page = response.content.decode()
    assert response.status_code == 422
    assert read_title(response).startswith("Error: Join the waitlist")
    assert "There is a problem" in read(response)
    assert "Enter a phone number, so that we can tell you of a time." in read(response)
    assert "Tick the box to agree." in read(response)
    assert 'value="O&#x27;Brien"' in page
    assert "checked" in page.split('id="id_weekdays_2"')[1].split(">")[0]
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"practitioners": ["nobody"]},
        {"practitioners": ["a\0b"]},
        {"locations": ["'; drop table"]},
        {"weekdays": ["6"]},
        {"weekdays": ["x" * 1000]},
        {"part_of_day": "night"},
        {"notice": "1"},
        {"notice": "²"},
        {"until": ""},
    ],
)
def test_odd_answers_get_a_sentence(client: Client, amara: Any, changes: dict[str, Any]) -> None:
    response = join(client, **changes)

    assert response.status_code == 422
    assert "There is a problem" in read(response)
    assert not WaitlistEntry.objects.exists()


def test_guard_is_that_of_a_booking(client: Client, clinic: Any) -> None:
    response = join(client, website="https://spam.example")

    assert response.status_code == 422
    assert "call us at (212) 555-0142" in read(response)
    assert not WaitlistEntry.objects.exists()


@pytest.mark.django_db
def test_unknown_and_private_types_have_no_page(client: Client, visit_type: VisitType) -> None:
    VisitType.objects.update(is_public=False)

    assert client.get(URL).status_code == 404
    assert client.post(URL, ANSWERS).status_code == 404
    assert client.get("/book/no-such-visit/waitlist/").status_code == 404


def test_type_that_nobody_offers_gets_a_sentence(client: Client, clinic: Any) -> None:
    Practitioner.objects.update(is_active=False)

    asked = client.get(URL)
    sent = join(client)

    assert "Nobody here offers “First visit” at the moment." in read(asked)
    assert "(212) 555-0142" in read(asked)
    assert read(sent) == read(asked)
    assert not WaitlistEntry.objects.exists()


# --- Once, and not too often -------------------------------------------------------------


def test_button_pressed_twice_makes_one_entry(client: Client, amara: Practitioner) -> None:
    wish = {**FOR_SOMEBODY, "practitioners": ["amara-osei", "lena-fischer"], "weekdays": ["3", "0"]}

    first = join(client, **wish)
    second = join(client, **wish)

    assert first["Location"] == second["Location"]
    assert WaitlistEntry.objects.count() == 1
    assert Patient.objects.count() == RelatedPerson.objects.count() == 1


def test_fourth_wish_with_one_phone_or_email_is_refused(client: Client, clinic: Any) -> None:
    join(client, weekdays=["0"])
    join(client, weekdays=["1"], email="JORDAN.ellis@example.org", phone="212 555 0188")
    join(client, weekdays=["2"], given_name="Alex", **FOR_SOMEBODY)

    refused = join(client, weekdays=["3"], phone="212 555 0199")

    assert refused.status_code == 409
    assert "This phone or email is on the waitlist many times already." in read(refused)
    assert "(212) 555-0142" in read(refused)
    assert "Your visit stays" not in read(refused)
    assert WaitlistEntry.objects.count() == 3


def test_wishes_that_ended_do_not_count(client: Client, clinic: Any, clock: Any) -> None:
    for day in "012":
        join(client, weekdays=[day], until="14")
    clock.shift(timedelta(days=15))

    assert join(client).status_code == 302


def test_many_tries_from_one_address_have_to_wait(client: Client, clinic: Any, clock: Any) -> None:
    for number in range(10):
        join(client, phone=f"212 555 01{number:02}", email=f"{number}@example.org")

    refused = join(client, phone="212 555 0190", email="new@example.org")
    elsewhere = client.post(URL, {**ANSWERS, "email": ""}, REMOTE_ADDR="203.0.113.9")

    assert refused.status_code == 429
    assert refused["Retry-After"] == "3600"
    assert "Please wait 60 minutes and try again." in read(refused)
    assert "(212) 555-0142" in read(refused)
    assert elsewhere.status_code == 302


# --- You are on the list ------------------------------------------------------------------


def test_page_that_follows_says_what_happens_next(client: Client, amara: Practitioner) -> None:
    response = join(client, practitioners=["amara-osei"], weekdays=["1"])

    first = client.get(response["Location"])
    again = client.get(response["Location"])

    page = read(first)
    assert page.startswith("You are on the waitlist This is not a booked visit yet.")
    assert "Dr. Amara Osei" in page
    assert "Tuesday" in page
    assert "Monday, December 21, 2026" in page
    assert "to leave the list, use the link in our email, or call us. Call (212) 555-0142" in page
    assert read(again) == page
    for private in ("Jordan", "Ellis", "0177", "1975", "example.org"):
        assert private not in first.content.decode()


def test_other_browsers_do_not_see_it(client: Client, clinic: Any) -> None:
    response = Client().get(join(client)["Location"])

    assert (response.status_code, response["Location"]) == (302, URL)


def test_wish_that_left_the_list_no_longer_says_so(client: Client, clinic: Any) -> None:
    address = join(client)["Location"]
    waiting.leave_waitlist(entry=WaitlistEntry.objects.get(), by=actions.Actor.staff(None))

    assert client.get(address)["Location"] == URL


# --- Beside a visit --------------------------------------------------------------------


@pytest.fixture
def coming(visit: Appointment, token: str) -> Appointment:
    """The visit, a week later: there are days before it."""
    Appointment.objects.update(
        **{
            name: getattr(visit, name) + timedelta(days=7)
            for name in ("start", "end", "busy_start", "busy_end")
        }
    )
    visit.refresh_from_db()
    return visit


WISH = {"part_of_day": "any", "notice": "120", "weekdays": ["0"]}


def test_visit_offers_to_wait_for_an_earlier_time(client: Client, coming: Appointment, token: str) -> None:
    page = client.get(f"/visits/{token}/").content.decode()
    asked = read(client.get(f"/visits/{token}/earlier/"))

    assert f'href="/visits/{token}/earlier/"' in page
    assert "Now: Tuesday, December 1 at 10:00 am with Dr. Lena Fischer" in asked
    assert "How soon can you come?" in asked
    assert "Patient's first name" not in asked
    assert "Until when" not in asked


def test_wish_stands_beside_the_visit(client: Client, coming: Appointment, token: str) -> None:
    response = client.post(f"/visits/{token}/earlier/", WISH)

    entry = WaitlistEntry.objects.get()
    page = read(client.get(response["Location"]))
    assert response["Location"] == f"/visits/{token}/"
    assert (entry.appointment, entry.patient, entry.visit_type) == (coming, coming.patient, coming.visit_type)
    assert (entry.until, entry.weekdays) == (date(2026, 11, 30), [0])
    assert "You are on the waitlist for an earlier time" in page
    assert "Tell me if an earlier time opens" not in page


def test_asking_again_changes_the_wish(client: Client, coming: Appointment, token: str) -> None:
    client.post(f"/visits/{token}/earlier/", WISH)

    shown = client.get(f"/visits/{token}/earlier/").content.decode()
    client.post(f"/visits/{token}/earlier/", {**WISH, "weekdays": [], "part_of_day": "afternoon"})

    entry = WaitlistEntry.objects.get()
    assert "checked" in shown.split('id="id_weekdays_0"')[1].split(">")[0]
    assert (entry.weekdays, entry.part_of_day) == ([], "afternoon")


def test_mistake_in_the_wish_gets_a_sentence(client: Client, coming: Appointment, token: str) -> None:
    response = client.post(f"/visits/{token}/earlier/", {**WISH, "notice": ""})

    assert response.status_code == 422
    assert "Choose how soon you can come." in read(response)
    assert read_title(response).startswith("Error: Come earlier")
    assert not WaitlistEntry.objects.exists()


def test_leaving_takes_one_press_and_a_second_does_no_harm(
    client: Client, coming: Appointment, token: str
) -> None:
    client.post(f"/visits/{token}/earlier/", WISH)

    looked = client.get(f"/visits/{token}/earlier/leave/")
    client.post(f"/visits/{token}/earlier/leave/")
    second = client.post(f"/visits/{token}/earlier/leave/")

    entry = WaitlistEntry.objects.get()
    page = read(client.get(second["Location"]))
    assert looked.status_code == 405
    assert (entry.status, entry.ended_at) == (WaitlistEntry.Status.LEFT, practice.NOW)
    assert "Tell me if an earlier time opens" in page


def test_cancelled_visit_takes_its_wish_along(client: Client, coming: Appointment, token: str) -> None:
    client.post(f"/visits/{token}/earlier/", WISH)

    client.post(f"/visits/{token}/cancel/")

    assert WaitlistEntry.objects.get().status == WaitlistEntry.Status.LEFT
    assert "waitlist" not in read(client.get(f"/visits/{token}/"))


def move_to(start: datetime, visit: Appointment) -> None:
    actions.move(
        appointment=visit,
        practitioner=visit.practitioner,
        location=visit.location,
        start=start,
        by=actions.Actor.staff(None),
    )


@pytest.mark.parametrize(
    ("start", "until"),
    [
        (practice.at("12:00"), date(2026, 11, 23)),
        (practice.at("12:00") + timedelta(days=14), date(2026, 11, 30)),
    ],
)
def test_moved_visit_keeps_its_wish_for_what_is_earlier_still(
    client: Client, coming: Appointment, token: str, start: datetime, until: date
) -> None:
    client.post(f"/visits/{token}/earlier/", WISH)

    move_to(start, coming)

    entry = WaitlistEntry.objects.get()
    assert (entry.status, entry.until) == (WaitlistEntry.Status.WAITING, until)


def test_visit_moved_to_today_has_no_earlier_day_to_wait_for(
    client: Client, coming: Appointment, token: str, clock: Any
) -> None:
    client.post(f"/visits/{token}/earlier/", WISH)
    clock.move_to(practice.at("07:00"))

    move_to(practice.at("12:00"), coming)

    entry = WaitlistEntry.objects.get()
    assert (entry.status, entry.ended_at) == (WaitlistEntry.Status.LEFT, timezone.now())


def test_wish_that_can_no_longer_come_true_is_not_shown(
    client: Client, coming: Appointment, token: str, clock: Any
) -> None:
    client.post(f"/visits/{token}/earlier/", WISH)
    clock.move_to(coming.start - timedelta(minutes=30))

    page = read(client.get(f"/visits/{token}/"))

    assert "It is too late to change this visit online." in page
    assert "waitlist" not in page


def test_visit_tomorrow_can_still_come_today(client: Client, visit: Appointment, token: str) -> None:
    client.post(f"/visits/{token}/earlier/", WISH)

    assert WaitlistEntry.objects.get().until == date(2026, 11, 23)


def test_visit_of_today_has_no_day_before_it(
    client: Client, visit: Appointment, token: str, clock: Any
) -> None:
    clock.move_to(practice.at("07:00"))

    shown = read(client.get(f"/visits/{token}/"))
    sent = client.post(f"/visits/{token}/earlier/", WISH)

    assert "earlier time" not in shown
    assert sent["Location"] == f"/visits/{token}/"
    assert not WaitlistEntry.objects.exists()


def test_visit_that_cannot_be_changed_has_no_wish(client: Client, coming: Appointment, token: str) -> None:
    actions.cancel(appointment=coming, reason="patient", by=actions.Actor.system())

    response = client.post(f"/visits/{token}/earlier/", WISH)

    assert response["Location"] == f"/visits/{token}/"
    assert not WaitlistEntry.objects.exists()


def test_visit_cancelled_meanwhile_keeps_no_wish(coming: Appointment) -> None:
    actions.cancel(appointment=coming, reason="patient", by=actions.Actor.system())

    with pytest.raises(actions.NotAllowed):
        waiting.ask_for_earlier(
            appointment=coming,
            wish=waiting.Wish(until=practice.TUESDAY, part_of_day="any", notice=120),
        )

    assert not WaitlistEntry.objects.exists()


def test_unknown_link_has_no_waitlist(client: Client, coming: Appointment) -> None:
    assert client.get("/visits/unknown/earlier/").status_code == 404
    assert client.post("/visits/unknown/earlier/leave/").status_code == 404


def test_day_with_nothing_but_extra_time_can_be_wished_for(client: Client, clinic: Practitioner) -> None:
    saturday = practice.TUESDAY + timedelta(days=4)
    before = client.get(URL).content.decode()
    AvailabilityException.objects.create(
        practitioner=clinic,
        location=clinic.rules.all()[0].location,
        kind="extra",
        first_day=saturday,
        last_day=saturday,
        starts_at=time(9),
        ends_at=time(12),
    )

    after = client.get(URL).content.decode()

    assert ["Saturday" in before, "Saturday" in after, "Sunday" in after] == [False, True, False]
