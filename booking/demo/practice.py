"""Set-up data of the demo practice: places, visit types and people. All invented."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.demo import hours, spanish
from booking.models import (
    Closure,
    IntakeQuestion,
    Location,
    Practitioner,
    Room,
    VisitType,
)

LOCATIONS = [
    {
        "slug": "alder-street",
        "name": "Alder Street",
        "line1": "418 Alder Street",
        "line2": "2nd floor",
        "city": "New York",
        "state": "NY",
        "postal_code": "10016",
        "phone": "(212) 555-0142",
        "directions": "The door is between the pharmacy and the bakery. Ring the bell marked 2.",
        "access_notes": "There is an elevator. The entrance has no steps.",
    },
    {
        "slug": "juniper-street",
        "name": "Juniper Street",
        "line1": "27 Juniper Street",
        "line2": "Ground floor",
        "city": "Brooklyn",
        "state": "NY",
        "postal_code": "11201",
        "phone": "(718) 555-0163",
        "directions": "We are across from the library. The waiting room is on the left.",
        "access_notes": "The entrance has no steps. One parking space by the door is for disabled drivers.",
    },
]

# The kind of a room decides which visits can be in it.
ROOMS = {
    "alder-street": {
        "consulting": ["Room 1", "Room 2", "Room 3", "Room 4"],
        "treatment": ["Treatment room"],
        "emg": ["EMG room"],
    },
    "juniper-street": {
        "consulting": ["Room 1", "Room 2"],
        "treatment": ["Treatment room"],
        "emg": ["EMG room"],
    },
}

BRING = "Bring your photo ID, your insurance card and a list of your medicines."

# Each with the kind of room it needs, or None.
VISIT_TYPES: list[tuple[dict[str, Any], str | None]] = [
    (
        {
            "slug": "new-patient",
            "name": "First visit for spasms, cramps or twitching",
            "summary": "Also if your last visit was more than 3 years ago",
            "audience": VisitType.Audience.NEW,
            "duration": 40,
            "minimum_notice": 4 * 60,
            "arrive_early": 10,
            "preparation": f"{BRING}\n"
            "If you can, film a spasm on your phone and note when it happened.\n"
            "You can bring someone with you.",
        },
        "consulting",
    ),
    (
        {
            "slug": "follow-up",
            "name": "Follow-up visit",
            "summary": "You have been here in the last 3 years",
            "audience": VisitType.Audience.ESTABLISHED,
            "duration": 20,
            "minimum_notice": 2 * 60,
            "arrive_early": 5,
            "preparation": "Bring a list of your medicines.\nNote what has changed since your last visit.",
        },
        "consulting",
    ),
    (
        {
            "slug": "emg",
            "name": "Nerve and muscle test (EMG)",
            "summary": "You need a request from a doctor",
            "needs_referral": True,
            "duration": 60,
            "buffer_after": 20,
            "minimum_notice": 2 * 24 * 60,
            "daily_limit": 4,
            "arrive_early": 10,
            "preparation": f"{BRING}\n"
            "Bring the request from your doctor.\n"
            "Do not use lotion or cream on your skin that day.\n"
            "Wear loose clothes.\n"
            "Call us before the test if you take a blood thinner or have a pacemaker.",
        },
        "emg",
    ),
    (
        {
            "slug": "botox",
            "name": "Botox treatment",
            "summary": "Your neurologist has already suggested it",
            "audience": VisitType.Audience.ESTABLISHED,
            "duration": 40,
            "buffer_after": 20,
            "minimum_notice": 24 * 60,
            "arrive_early": 10,
            "preparation": "Wear clothes that leave the muscle easy to reach.\n"
            "Call us before the visit if you are ill or take a new medicine.",
        },
        "treatment",
    ),
    (
        {
            "slug": "telehealth-follow-up",
            "name": "Video follow-up visit",
            "summary": "By video, from where you are",
            "mode": VisitType.Mode.TELEHEALTH,
            "audience": VisitType.Audience.ESTABLISHED,
            "duration": 20,
            "minimum_notice": 60,
            "preparation": "Find a quiet place with good light.\nHave your medicines beside you.",
        },
        None,
    ),
    (
        {
            "slug": "not-sure",
            "name": "Visit to find out what you need",
            "summary": "We look at it together and plan the next step",
            "duration": 40,
            "minimum_notice": 4 * 60,
            "arrive_early": 10,
            "helps_choose": True,
            "preparation": f"{BRING}\nWrite down what you feel and when it started.",
        },
        "consulting",
    ),
]

# The same visit at the clinic and by video.
COUNTERPARTS = [("follow-up", "telehealth-follow-up")]

# What patients are asked before the visit: nothing that a phone could not show to somebody beside them.
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "new-patient": [
        {
            "wording": "How long have you had this problem?",
            "kind": IntakeQuestion.Kind.CHOICE,
            "choices": "Less than a month\nOne to six months\nMore than six months\nI do not know",
        },
        {
            "wording": "Have you had tests for it before?",
            "hint": "For example blood tests, a scan or a nerve test.",
            "kind": IntakeQuestion.Kind.YES_NO,
        },
    ],
    "emg": [
        {
            "wording": "Do you take a blood thinner?",
            "hint": "You can still have the test. We plan for it.",
            "kind": IntakeQuestion.Kind.YES_NO,
            "is_required": True,
        },
        {
            "wording": "Do you have a pacemaker or another device in your body?",
            "kind": IntakeQuestion.Kind.YES_NO,
            "is_required": True,
        },
    ],
    "botox": [
        {
            "wording": "When was your last treatment?",
            "hint": "The month is enough. Write “none” if this is your first.",
            "kind": IntakeQuestion.Kind.TEXT,
        },
    ],
}


@dataclass(frozen=True)
class _Person:
    """A practitioner: what the row says, visit types by slug, and hours.

    Hours are (weekdays, location, spans); several spans a day leave a lunch break.
    """

    fields: dict[str, str]
    visit_types: list[str]
    hours: list[tuple[str, str, tuple[str, ...]]]


MORNING_AND_AFTERNOON = ("08:00-12:00", "13:00-17:00")
PRACTITIONERS = [
    _Person(
        fields={
            "slug": "lena-fischer",
            "title": "Dr.",
            "given_name": "Lena",
            "family_name": "Fischer",
            "suffix": "MD",
            "bio": "Nerve and muscle conditions. Speaks English and German.",
        },
        visit_types=["new-patient", "follow-up", "telehealth-follow-up", "emg", "not-sure"],
        hours=[("Mon Tue Wed Thu", "alder-street", MORNING_AND_AFTERNOON)],
    ),
    _Person(
        fields={
            "slug": "amara-osei",
            "title": "Dr.",
            "given_name": "Amara",
            "family_name": "Osei",
            "suffix": "MD",
            "bio": "Spasms, cramps and twitching. Speaks English and French.",
        },
        visit_types=["new-patient", "follow-up", "telehealth-follow-up", "not-sure"],
        hours=[
            ("Mon Tue Wed", "alder-street", MORNING_AND_AFTERNOON),
            ("Thu Fri", "juniper-street", ("09:00-12:00", "13:00-16:00")),
        ],
    ),
    _Person(
        fields={
            "slug": "priya-nair",
            "given_name": "Priya",
            "family_name": "Nair",
            "suffix": "NP",
            "role": "Nurse practitioner",
            "bio": "First visits and medicine reviews. Speaks English and Hindi.",
        },
        visit_types=["new-patient", "follow-up", "telehealth-follow-up", "not-sure"],
        hours=[("Mon Tue Wed Thu Fri", "alder-street", ("08:20-12:00", "12:40-16:40"))],
    ),
    _Person(
        fields={
            "slug": "mateo-santos",
            "title": "Dr.",
            "given_name": "Mateo",
            "family_name": "Santos",
            "suffix": "MD",
            "bio": "Stiff muscles and Botox treatment. Speaks English and Spanish.",
        },
        visit_types=["new-patient", "follow-up", "botox", "not-sure"],
        hours=[
            ("Mon Wed", "alder-street", ("09:00-12:00", "13:00-17:00")),
            ("Tue Thu", "juniper-street", ("09:00-12:00", "13:00-17:00")),
        ],
    ),
    _Person(
        fields={
            "slug": "ruth-adler",
            "title": "Dr.",
            "given_name": "Ruth",
            "family_name": "Adler",
            "suffix": "MD",
            "bio": "Nerve and muscle tests. Speaks English.",
        },
        visit_types=["emg", "botox", "follow-up"],
        hours=[
            ("Tue Thu", "alder-street", MORNING_AND_AFTERNOON),
            ("Fri", "juniper-street", ("08:00-12:00",)),
        ],
    ),
]


def make_practice(*, today: date) -> None:
    """Create everything that a calendar needs before its first visit."""
    locations = {
        fields["slug"]: Location.objects.create(**_in_new_york(fields), **spanish.LOCATIONS[fields["slug"]])
        for fields in LOCATIONS
    }
    rooms = {
        (location, kind): [Room.objects.create(location=locations[location], name=name) for name in names]
        for location, kinds in ROOMS.items()
        for kind, names in kinds.items()
    }
    visit_types = {}
    for position, (fields, room_kind) in enumerate(VISIT_TYPES):
        fields = {**fields, **spanish.VISIT_TYPES[fields["slug"]]}
        visit_type = VisitType.objects.create(position=position, start_step=20, booking_horizon=90, **fields)
        visit_type.rooms.set(room for (_, kind), some in rooms.items() if kind == room_kind for room in some)
        visit_types[visit_type.slug] = visit_type
        for place, question in enumerate(QUESTIONS.get(visit_type.slug, [])):
            in_spanish = spanish.QUESTIONS[visit_type.slug][place]
            IntakeQuestion.objects.create(visit_type=visit_type, position=place, **question, **in_spanish)
    for here, there in COUNTERPARTS:
        VisitType.objects.filter(slug=here).update(counterpart=visit_types[there])
        VisitType.objects.filter(slug=there).update(counterpart=visit_types[here])
    for person in PRACTITIONERS:
        practitioner = Practitioner.objects.create(
            email=f"{person.fields['slug']}@clinic.example.org",
            **person.fields,
            **spanish.PRACTITIONERS[person.fields["slug"]],
        )
        practitioner.visit_types.set(visit_types[slug] for slug in person.visit_types)
        for weekdays, location, spans in person.hours:
            hours.add_hours(practitioner, locations[location], weekdays=weekdays.split(), spans=spans)
    hours.make_exceptions(today=today, locations=locations)
    hours.keep_time(visit_types)
    Closure.objects.bulk_create(hours.list_closures(today=today))


def _in_new_york(fields: dict[str, str]) -> dict[str, str]:
    return {"time_zone": "America/New_York", **fields}
