"""The visit as a calendar file."""

from django.test import Client
from icalendar import Calendar

from booking import actions
from booking.models import Appointment
from booking.tests.practice import at


def test_file_holds_the_visit_and_names_nobody(client: Client, visit: Appointment, token: str) -> None:
    response = client.get(f"/visits/{token}/invite.ics")

    event = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert event.decoded("dtstart") == at("10:00")
    assert b"jordan" not in response.content.lower()


def test_cancelled_visit_has_no_file(client: Client, visit: Appointment, token: str) -> None:
    actions.cancel(appointment=visit, reason="patient", by=actions.Actor.system())

    response = client.get(f"/visits/{token}/invite.ics")

    assert (response.status_code, response["Location"]) == (302, f"/visits/{token}/")
