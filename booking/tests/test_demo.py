from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from booking import availability, demo
from booking.availability.caught import find_caught
from booking.demo import visits
from booking.demo.hours import list_closures
from booking.demo.practice import make_practice
from booking.duplicates import find_likely_duplicates
from booking.models import (
    Appointment,
    AppointmentEvent,
    Chain,
    Closure,
    ExceptionSeries,
    IntakeQuestion,
    Location,
    Patient,
    Practitioner,
    RelatedPerson,
    Source,
    VisitType,
    WaitlistEntry,
)
from booking.models.appointment import Status
from booking.tests import practice
from outbox.models import OutboxMessage


@pytest.fixture
def thin_calendar(settings: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """DEBUG is on, the clock stands, and so few starts are taken that loading takes a second."""
    settings.DEBUG = True
    monkeypatch.setattr(visits, "TAKEN_IN_THE_PAST", 0.01)
    monkeypatch.setattr(visits, "TAKEN", {0: 0.03} | dict.fromkeys(range(1, 7), 0.003))


@pytest.fixture
def loaded(db: None, thin_calendar: None) -> None:
    call_command("load_demo", stdout=StringIO())


def say(command: str) -> str:
    said = StringIO()
    call_command(command, stdout=said)
    return said.getvalue().strip()


@pytest.mark.django_db
def test_load_demo_outside_debug_is_refused(settings: Any):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="it loads only with DEBUG on"):
        call_command("load_demo")

    assert not Practitioner.objects.exists()


@pytest.mark.django_db
def test_load_demo_makes_the_practice(loaded: None):
    assert set(Location.objects.values_list("slug", "time_zone")) == {
        ("alder-street", "America/New_York"),
        ("juniper-street", "America/New_York"),
    }
    assert {person.display_name for person in Practitioner.objects.all()} == {
        "Dr. Lena Fischer",
        "Dr. Amara Osei",
        "Priya Nair",
        "Dr. Mateo Santos",
        "Dr. Ruth Adler",
    }
    assert list(VisitType.objects.values_list("slug", "duration")) == [
        ("new-patient", 40),
        ("follow-up", 20),
        ("emg", 60),
        ("botox", 40),
        ("telehealth-follow-up", 20),
        ("not-sure", 40),
    ]


@pytest.mark.django_db
def test_load_demo_a_second_time_changes_nothing(loaded: None):
    before = (Appointment.objects.count(), Patient.objects.count(), Closure.objects.count())

    said = say("load_demo")

    assert said == "There is a practice already: the demo was not loaded."
    assert (Appointment.objects.count(), Patient.objects.count(), Closure.objects.count()) == before


@pytest.mark.django_db
def test_load_demo_beside_somebodys_own_practice_changes_nothing(thin_calendar: None):
    own = practice.make_practitioner(visit_types=[])

    said = say("load_demo")

    assert said == "There is a practice already: the demo was not loaded."
    assert list(Practitioner.objects.all()) == [own]


@pytest.mark.django_db
def test_load_demo_on_the_same_day_makes_the_same_calendar(thin_calendar: None):
    def load_and_read() -> list[tuple]:
        with transaction.atomic():
            demo.load()
            calendar = list(
                Appointment.objects.values_list(
                    "start",
                    "practitioner__slug",
                    "patient__family_name",
                    "related_person__name",
                    "status",
                    "visit_type__slug",
                    "interpreter_language",
                    "coverage",
                    "waitlist_entries__until",
                )
            )
            transaction.set_rollback(True)
        return calendar

    first, second = load_and_read(), load_and_read()

    assert first == second
    assert first != []


@pytest.mark.django_db
def test_demo_visits_lie_around_today_and_went_through_the_actions(loaded: None):
    starts = Appointment.objects.values_list("start", flat=True)
    monday = practice.NOW - timedelta(hours=14)

    assert min(starts) > monday - timedelta(weeks=4)
    assert max(starts) < monday + timedelta(weeks=7)
    assert not Appointment.objects.exclude(source=Source.DEMO).exists()
    booked = AppointmentEvent.objects.filter(kind=AppointmentEvent.Kind.BOOKED)
    assert booked.count() == Appointment.objects.count()


@pytest.mark.django_db
def test_demo_visits_of_the_past_came_to_an_end(loaded: None):
    over = set(Appointment.objects.filter(end__lte=practice.NOW).values_list("status", flat=True))
    to_come = set(
        Appointment.objects.filter(start__gt=practice.NOW + timedelta(hours=1)).values_list(
            "status", flat=True
        )
    )

    assert Status.FULFILLED in over
    assert over <= {Status.FULFILLED, Status.NOSHOW, Status.CANCELLED}
    assert Status.BOOKED in to_come
    assert to_come <= {Status.BOOKED, Status.CANCELLED}


@pytest.mark.django_db
def test_demo_patients_get_no_mail(loaded: None):
    assert not Patient.objects.exclude(email="").exists()
    assert not RelatedPerson.objects.exclude(email="").exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_demo_people_have_numbers_kept_for_fiction(loaded: None):
    people = [*Patient.objects.exclude(phone=""), *RelatedPerson.objects.exclude(phone="")]

    phones = {str(person.phone) for person in people}

    assert phones
    assert all(phone[5:10] == "55501" for phone in phones)


@pytest.mark.django_db
def test_everybody_in_the_demo_can_be_called(loaded: None):
    visits = Appointment.objects.with_parts()

    assert [visit for visit in visits if not visit.contact or not visit.contact.phone] == []


@pytest.mark.django_db
def test_demo_patients_say_what_patients_say(loaded: None):
    visits = Appointment.objects.all()

    assert visits.filter(related_person__isnull=False).exists()
    assert visits.filter(needs_interpreter=True).exclude(interpreter_language="").exists()
    assert not visits.filter(coverage="").exists()
    said = visits.exclude(referral="")
    assert set(said) == set(visits.filter(visit_type__needs_referral=True))


@pytest.mark.django_db
def test_demo_visits_answer_the_questions_of_their_type(thin_calendar: None, monkeypatch: pytest.MonkeyPatch):
    def make_practice_that_asks(**fields: Any) -> None:
        make_practice(**fields)
        for visit_type in VisitType.objects.all():
            visit_type.intake_questions.all().delete()
            for kind in IntakeQuestion.Kind.values:
                IntakeQuestion.objects.create(
                    visit_type=visit_type, wording=f"A {kind}?", kind=kind, choices="Left\nRight"
                )

    monkeypatch.setattr(demo, "make_practice", make_practice_that_asks)

    demo.load()

    for visit in Appointment.objects.prefetch_related("intake_answers"):
        answers = {answer.wording: answer.answer for answer in visit.intake_answers.all()}
        assert list(answers) == ["A text?", "A choice?", "A yes_no?"]
        assert answers["A choice?"] in ("Left", "Right")
        assert answers["A yes_no?"] in ("Yes", "No")


@pytest.mark.django_db
def test_demo_has_a_waitlist_and_somebody_who_is_there_twice(loaded: None):
    waiting = WaitlistEntry.objects.waiting()

    assert waiting.filter(appointment__isnull=True).count() == 2
    assert waiting.filter(appointment__status=Status.BOOKED).count() == 2
    twice = waiting.filter(visit_type__slug="new-patient", appointment__isnull=True).get().patient
    assert len(find_likely_duplicates(twice)) == 1


@pytest.mark.django_db
def test_demo_has_a_series_and_no_visit_in_closed_time(loaded: None):
    series = ExceptionSeries.objects.get()

    assert series.exceptions.count() == 9
    assert find_caught(now=practice.NOW) == []


@pytest.mark.django_db
def test_each_demo_visit_type_has_openings(loaded: None):
    openings = {
        visit_type.slug: len(availability.find_soonest(visit_type=visit_type))
        for visit_type in VisitType.objects.all()
    }

    assert openings == dict.fromkeys(openings, 3)


@pytest.mark.django_db
def test_demo_staff_can_open_the_admin(loaded: None, client: Client):
    client.login(username=demo.DEMO_STAFF_USERNAME, password=demo.DEMO_STAFF_PASSWORD)

    page = client.get(reverse("admin:booking_appointment_changelist"))

    assert page.status_code == 200


def test_closures_are_the_holidays_of_the_coming_year():
    closures = {closure.first_day: closure.name for closure in list_closures(today=date(2026, 11, 23))}

    assert closures == {
        date(2026, 11, 26): "Thanksgiving",
        date(2026, 11, 27): "Day after Thanksgiving",
        date(2026, 12, 24): "Christmas Eve",
        date(2026, 12, 25): "Christmas Day",
        date(2027, 1, 1): "New Year's Day",
        date(2027, 5, 31): "Memorial Day",
        date(2027, 7, 4): "Independence Day",
        date(2027, 9, 6): "Labor Day",
    }


@pytest.mark.django_db
def test_demo_has_a_chain_with_both_its_visits_and_a_series(loaded: None):
    chain = Chain.objects.get()
    pair = chain.first.appointments.get(group__chain=chain), chain.second.appointments.get(group__chain=chain)
    series = Appointment.objects.filter(group__every_weeks=2)

    assert pair[0].patient == pair[1].patient
    assert pair[0].local_start.date() == pair[1].local_start.date()
    assert series.count() == 3
    assert len({visit.local_start.time() for visit in series}) == 1
    assert not OutboxMessage.objects.filter(kind__startswith="booking.").exists()
