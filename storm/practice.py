"""Where the storm goes on: a practice that is short of rooms, and its front desk."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from booking.models import VisitType
from booking.tests import practice
from clinic.views import FIRST_VISIT
from staff.second_factor import PASSED

PRACTITIONERS = 6
ROOMS = 4
DAYS_AT_DESK = 4


def make_crowded_practice() -> VisitType:
    """Six clinicians, four rooms, a visit that leaves ten minutes behind it."""
    location = practice.make_location()
    rooms = [practice.make_room(location) for _ in range(ROOMS)]
    visit_type = practice.make_visit_type(
        name="First visit", slug=FIRST_VISIT, rooms=rooms, duration=30, buffer_after=10, booking_horizon=60
    )
    for _ in range(PRACTITIONERS):
        practice.make_practitioner(visit_types=[visit_type], location=location)
    return visit_type


def sign_in_front_desk(count: int) -> list[str]:
    """Return the session cookies of so many receptionists, as after their password and second factor."""
    return [sign_in(f"front-desk-{number}") for number in range(count)]


def sign_in(username: str) -> str:
    user = get_user_model().objects.create_user(username, is_staff=True)
    user.groups.add(Group.objects.get(name="Front desk"))
    client = Client()
    client.force_login(user)
    session = client.session
    session[PASSED] = user.pk
    session.save()
    return str(session.session_key)


def list_days() -> list[str]:
    """The next working days, which fill first."""
    today = timezone.localdate()
    days = [today + timedelta(days=number) for number in range(1, 2 * DAYS_AT_DESK + 7)]
    return [day.isoformat() for day in days if day.weekday() < 5][:DAYS_AT_DESK]
