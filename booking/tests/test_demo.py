from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from booking import availability, demo
from booking.demo import visits
from booking.demo.practice import list_closures
from booking.models import (
    Appointment,
    AppointmentEvent,
    Closure,
    Location,
    Patient,
    Practitioner,
    Source,
    VisitType,
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
                    "start", "practitioner__slug", "patient__family_name", "status", "visit_type__slug"
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
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_demo_patients_have_numbers_kept_for_fiction(loaded: None):
    phones = {str(patient.phone) for patient in Patient.objects.all()}

    assert phones
    assert all(phone[5:10] == "55501" for phone in phones)


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
