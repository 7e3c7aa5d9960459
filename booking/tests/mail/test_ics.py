"""What we write is read by `icalendar` and, the zone and the wall times, by dateutil.

libical reads it in test_libical.py.
"""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.parser import parse
from dateutil.tz import tzical
from icalendar import Calendar

from booking.mail.ics import make_invitation
from booking.models import Appointment, Location, Patient, Practitioner, RelatedPerson, VisitType
from booking.tests import practice

AROUND_THE_CHANGES = [
    datetime(2026, 10, 31, 13, 20, tzinfo=UTC),
    datetime(2026, 11, 1, 4, 10, tzinfo=UTC),  # 12:10 to 12:50 am, the last hour that comes once
    datetime(2026, 11, 1, 14, 20, tzinfo=UTC),
    datetime(2026, 11, 2, 14, 20, tzinfo=UTC),
    datetime(2027, 3, 13, 14, 20, tzinfo=UTC),
    datetime(2027, 3, 14, 7, 30, tzinfo=UTC),  # 3:30 am, the first hour that exists again
    datetime(2027, 3, 14, 13, 20, tzinfo=UTC),
    datetime(2027, 3, 15, 13, 20, tzinfo=UTC),
]

IN_THE_HOUR_THAT_COMES_TWICE = [
    datetime(2026, 11, 1, 4, 40, tzinfo=UTC),  # 12:40 to 1:20 am
    datetime(2026, 11, 1, 5, 10, tzinfo=UTC),  # 1:10 to 1:50 am, the first time
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # 1:30 to 1:10 am
    datetime(2026, 11, 1, 6, 40, tzinfo=UTC),  # 1:40 to 2:20 am, the second time
]


def make_visit(**fields: Any) -> Appointment:
    """A visit in memory: 40 minutes in New York, with everything in it that must not show."""
    start = fields.setdefault("start", practice.at("09:20"))
    defaults = {
        "end": start + timedelta(minutes=40),
        "version": 3,
        "reason": "Cramps in the calf",
        "visit_type": VisitType(name="Nerve test", slug="emg", duration=40),
        "practitioner": Practitioner(title="Dr.", given_name="Lena", family_name="Fischer"),
        "location": Location(
            name="Alder Street Neurology",
            line1="418 Alder Street",
            line2="2nd floor",
            city="New York",
            state="NY",
            postal_code="10016",
            time_zone="America/New_York",
        ),
        "patient": Patient(
            given_name="Jordan",
            family_name="O'Brien",
            birth_date=date(1975, 9, 28),
            phone="+12125550177",
            email="jordan@example.org",
        ),
    }
    return Appointment(**{**defaults, **fields})


def read_event(invitation: bytes) -> Any:
    [event] = Calendar.from_ical(invitation).walk("VEVENT")
    return event


def read_lines(invitation: bytes) -> dict[str, str]:
    """Unfold by hand: names with parameters to values, the last of each."""
    unfolded = invitation.decode().replace("\r\n ", "")
    return dict(line.split(":", 1) for line in unfolded.split("\r\n") if line)


@pytest.mark.parametrize("start", AROUND_THE_CHANGES)
def test_invitation_is_read_at_the_right_instants(start: datetime):
    event = read_event(make_invitation(make_visit(start=start), method="REQUEST"))

    assert event.decoded("dtstart").astimezone(UTC) == start
    assert event.decoded("dtend").astimezone(UTC) == start + timedelta(minutes=40)


@pytest.mark.parametrize("start", AROUND_THE_CHANGES)
def test_invitation_is_read_at_the_right_instants_by_another_parser(start: datetime):
    invitation = make_invitation(make_visit(start=start), method="REQUEST")

    zone = tzical(StringIO(invitation.decode())).get("America/New_York")
    lines = read_lines(invitation)

    wall_start = parse(lines["DTSTART;TZID=America/New_York"])
    wall_end = parse(lines["DTEND;TZID=America/New_York"])
    assert wall_start.replace(tzinfo=zone).astimezone(UTC) == start
    assert wall_end.replace(tzinfo=zone).astimezone(UTC) == start + timedelta(minutes=40)


@pytest.mark.parametrize("start", IN_THE_HOUR_THAT_COMES_TWICE)
def test_visit_that_touches_the_hour_that_comes_twice_is_in_utc(start: datetime):
    lines = read_lines(make_invitation(make_visit(start=start), method="REQUEST"))

    end = start + timedelta(minutes=40)
    assert (lines["DTSTART"], lines["DTEND"]) == (f"{start:%Y%m%dT%H%M%SZ}", f"{end:%Y%m%dT%H%M%SZ}")
    assert "VTIMEZONE" not in lines.values()


def test_invitation_where_the_zone_has_no_yearly_rules_is_in_utc():
    visit = make_visit(start=datetime(2026, 11, 24, 9, 20, tzinfo=UTC))
    visit.location.time_zone = "Africa/Casablanca"

    lines = read_lines(make_invitation(visit, method="REQUEST"))

    assert lines["DTSTART"] == "20261124T092000Z"
    assert "VTIMEZONE" not in lines.values()


def test_request_holds_what_calendars_need_and_no_more(clock: Any):
    visit = make_visit()

    invitation = make_invitation(visit, method="REQUEST")

    event = read_event(invitation)
    assert Calendar.from_ical(invitation)["METHOD"] == "REQUEST"
    assert {name: event[name].to_ical().decode() for name in event} == {
        "UID": str(visit.uid),
        "SEQUENCE": "3",
        "DTSTAMP": "20261123T140000Z",
        "DTSTART": "20261124T092000",
        "DTEND": "20261124T100000",
        "SUMMARY": "Appointment at Alder Street",
        "LOCATION": "418 Alder Street\\, 2nd floor\\, New York\\, NY 10016",
        "STATUS": "CONFIRMED",
        "CLASS": "PRIVATE",
        "ORGANIZER": "mailto:appointments@clinic.example.org",
        "ATTENDEE": "mailto:jordan@example.org",
    }
    assert event["ORGANIZER"].params == {}


def test_uid_is_the_same_by_every_method_and_at_every_address_of_the_site(settings: Any):
    visit = make_visit()

    uids = set()
    for settings.PUBLIC_URL in ("https://clinic.example.org", "https://visits.clinic.example.org:8443"):
        for method in ("REQUEST", "CANCEL", "PUBLISH"):
            uids.add(read_event(make_invitation(visit, method=method))["UID"])

    assert uids == {str(visit.uid)}


def test_attendee_outside_of_ascii_is_written_as_the_envelope_is():
    visit = make_visit()
    visit.patient.email = "jordan@exämple.org"

    event = read_event(make_invitation(visit, method="REQUEST"))

    assert event["ATTENDEE"] == "mailto:jordan@xn--exmple-cua.org"


def test_cancel_ends_the_same_event():
    invitation = make_invitation(make_visit(), method="CANCEL")

    event = read_event(invitation)
    assert Calendar.from_ical(invitation)["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 3
    assert event["ATTENDEE"] == "mailto:jordan@example.org"
    assert event.walk("VALARM") == []


def test_publish_names_nobody():
    invitation = make_invitation(make_visit(patient=None), method="PUBLISH")

    assert Calendar.from_ical(invitation)["METHOD"] == "PUBLISH"
    assert "ATTENDEE" not in read_event(invitation)


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH"])
def test_invitation_says_nothing_about_health_or_people(method: str):
    text = make_invitation(make_visit(), method=method).decode()

    telling = ["Neurology", "Fischer", "Nerve", "Cramps", "O'Brien", "Jordan O", "1975", "2125550177"]
    assert [word for word in telling if word in text] == []


def test_video_visit_has_no_address():
    visit = make_visit(visit_type=VisitType(duration=20, mode=VisitType.Mode.TELEHEALTH))

    assert read_event(make_invitation(visit, method="REQUEST"))["LOCATION"] == "By video"


def test_attendee_is_the_contact():
    daughter = RelatedPerson(name="Maria Ellis", is_contact=True, email="maria@example.org")

    event = read_event(make_invitation(make_visit(related_person=daughter), method="REQUEST"))

    assert event["ATTENDEE"] == "mailto:maria@example.org"
    assert "CN" not in event["ATTENDEE"].params


def test_line_breaks_in_an_address_stay_inside_their_line():
    visit = make_visit()
    visit.location.line1 = "418 Alder Street\r\nATTENDEE:mailto:eve@example.org\nX-EVIL:1"

    event = read_event(make_invitation(visit, method="REQUEST"))

    assert event["ATTENDEE"] == "mailto:jordan@example.org"
    assert "X-EVIL" not in event


def test_line_breaks_in_the_short_name_stay_inside_their_line(settings: Any):
    settings.CLINIC = {**settings.CLINIC, "short_name": "Alder\r\nX-EVIL:1"}

    event = read_event(make_invitation(make_visit(), method="REQUEST"))

    assert "X-EVIL" not in event


def test_line_breaks_in_an_email_are_refused():
    visit = make_visit(patient=Patient(email="jordan@example.org\r\nX-EVIL:1"))

    with pytest.raises(ValueError, match="CR or LF"):
        make_invitation(visit, method="REQUEST")


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match="REPLY"):
        make_invitation(make_visit(), method="REPLY")


def test_invitation_without_anybody_to_invite_is_refused():
    with pytest.raises(ValueError, match="somebody to invite"):
        make_invitation(make_visit(patient=None), method="REQUEST")


def test_zone_of_the_location_decides_the_wall_time():
    visit = make_visit(start=datetime(2026, 11, 24, 14, 20, tzinfo=UTC))
    visit.location.time_zone = "America/Los_Angeles"

    event = read_event(make_invitation(visit, method="REQUEST"))

    assert event["DTSTART"].params["TZID"] == "America/Los_Angeles"
    assert event.decoded("dtstart") == datetime(2026, 11, 24, 6, 20, tzinfo=ZoneInfo("America/Los_Angeles"))
