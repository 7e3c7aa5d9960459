"""Two clinicians with a patient each, and everything that tells of these two. Each has marks of their own."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.utils import timezone

from audit.models import BreakGlass, Entry
from booking import actions
from booking.actions import Actor, IntakeReply, VisitDetails
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Chain,
    Closure,
    IntakeQuestion,
    Location,
    Patient,
    Practitioner,
    Rearrangement,
    RelatedPerson,
    VisitType,
    WaitlistEntry,
)
from booking.tests import practice
from education.finding.rows import Synonym, Topic
from education.models import Article
from education.path.rows import PathQuestion
from outbox.models import BadAddress, OutboxMessage, State
from staff.inviting import invite
from staff.roles import read_matrix, sync_roles

# Besides the roles of the matrix: somebody of the staff without a role, and somebody not signed in.
NOBODY, ANONYMOUS = "nobody", "anonymous"
PERSONAS = (*read_matrix().roles, NOBODY, ANONYMOUS)

# Who the patient is, and what they say. The names of clinicians hold none of these.
PEOPLE = {"own": "Quillfeather", "foreign": "Zbrozek"}
PHONES = {"own": "+12125550111", "foreign": "+12125550188"}
SAID = {"own": "plugh", "foreign": "xyzzy"}


@dataclass
class Scene:
    """Rows by model and by whose they are: the practitioner's "own", or "foreign"."""

    users: dict[str, Any]
    rows: dict[str, dict[str, Any]]

    def pk(self, model: str, whose: str) -> Any:
        rows = self.rows[model]
        return rows.get(whose, rows.get("all")).pk


def make_scene() -> Scene:
    sync_roles()
    users = {persona: _make_user(persona) for persona in PERSONAS if persona != ANONYMOUS}
    location = practice.make_location(name="Midtown", slug="midtown")
    visit_type = practice.make_visit_type(name="First visit", slug="new-patient")
    question = IntakeQuestion.objects.create(visit_type=visit_type, wording="Since when?")
    own = _make_side("own", location, visit_type, question, user=users["practitioner"])
    foreign = _make_side("foreign", location, visit_type, question, user=None)
    # May be the same person as the practitioner's own patient, and has never come.
    practice.make_patient(given_name="Robin", family_name=PEOPLE["foreign"], phone=PHONES["own"], email="")
    rows: dict[str, dict[str, Any]] = {model: {"own": own[model], "foreign": foreign[model]} for model in own}
    article = Article.objects.create(slug="spasms", title="Spasms", summary="S", body="B", status="published")
    # The one that is asked first cannot be deleted.
    PathQuestion.objects.create(slug="like", wording="Which?", position=1)
    shared = {
        "booking.location": location,
        "booking.visittype": visit_type,
        "booking.chain": Chain.objects.create(
            name="Test, then visit", first=practice.make_visit_type(name="Test"), second=visit_type
        ),
        "booking.closure": Closure.objects.create(
            name="Holiday", first_day=date(2026, 12, 25), last_day=date(2026, 12, 25)
        ),
        "booking.kepttime": practice.keep(practice.TUESDAY, "16:00-16:20", visit_types=[visit_type]),
        "outbox.badaddress": BadAddress.objects.create(
            address_hash="0" * 64, reason="bounced", message=foreign["outbox.outboxmessage"]
        ),
        "education.article": article,
        "education.topic": Topic.objects.create(slug="legs", name="Legs"),
        "education.synonym": Synonym.objects.create(term="charley horse", words="cramp"),
        "education.pathquestion": PathQuestion.objects.create(slug="when", wording="When?", position=2),
        "audit.entry": Entry.objects.filter(patient_id=foreign["booking.patient"].pk).first(),
        "audit.breakglass": BreakGlass.objects.create(
            user=users[NOBODY],
            patient_id=own["booking.patient"].pk,
            reason="In an emergency",
            granted_at=timezone.now() - timedelta(hours=3),
            expires_at=timezone.now() - timedelta(hours=2),
        ),
        "mfa.authenticator": Authenticator.objects.create(
            user=users[NOBODY], type=Authenticator.Type.TOTP, data={}
        ),
        "staff.invitation": invite(email="kim@clinic.example.org", first_name="Kim", last_name="Lee"),
        "auth.user": users[NOBODY],
        "auth.group": Group.objects.get(name="Editor"),
    }
    rows |= {model: {"all": row} for model, row in shared.items()}
    return Scene(users=users, rows=rows)


def _make_user(persona: str) -> Any:
    user = get_user_model().objects.create(username=f"{persona}-account", is_staff=True)
    if persona in read_matrix().roles:
        user.groups.add(Group.objects.get(name=read_matrix().roles[persona]))
    return user


def _make_side(
    whose: str, location: Location, visit_type: VisitType, question: IntakeQuestion, *, user: Any
) -> dict[str, Any]:
    practitioner: Practitioner = practice.make_practitioner(
        visit_types=[visit_type], location=location, slug=f"dr-{whose}", user=user
    )
    patient: Patient = practice.make_patient(
        given_name="Robin",
        family_name=PEOPLE[whose],
        phone=PHONES[whose],
        phone_typed=PHONES[whose],
        email=f"{PEOPLE[whose].lower()}@example.org",
    )
    RelatedPerson.objects.create(patient=patient, name=f"Kim {PEOPLE[whose]}", relationship="parent")
    visit: Appointment = actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=practice.at("10:00"),
        patient=patient,
        by=Actor.system(),
        visit=VisitDetails(
            reason=f"Reason {SAID[whose]}",
            article=f"article-{SAID[whose]}",
            replies=(
                IntakeReply(question=question, wording=question.wording, answer=f"Answer {SAID[whose]}"),
            ),
        ),
    )
    message = OutboxMessage.objects.get(kind="booking.booked", subject_id=visit.pk)
    OutboxMessage.objects.filter(pk=message.pk).update(state=State.DEAD)
    # Set after the visit was booked: it is caught.
    block = AvailabilityException.objects.create(
        practitioner=practitioner,
        first_day=practice.TUESDAY,
        last_day=practice.TUESDAY,
        note=f"Note {PEOPLE[whose]}",
        changed_at=timezone.now() + timedelta(minutes=1),
    )
    absence = Absence.objects.create(practitioner=practitioner, block=block, made_block=False, span="Tuesday")
    rearrangement = Rearrangement.objects.create(absence=absence, appointment=visit, version=visit.version)
    wish = WaitlistEntry.objects.create(
        patient=patient, visit_type=visit_type, appointment=visit, until=practice.TUESDAY
    )
    offer = actions.offer_time(
        entry=wish,
        practitioner=practitioner,
        location=location,
        start=practice.at("09:00", practice.NOW.date()) + timedelta(hours=3),
        by=Actor.system(),
    )
    return {
        "booking.absence": absence,
        "booking.rearrangement": rearrangement,
        "booking.waitlistoffer": offer,
        "booking.patient": patient,
        "booking.appointment": visit,
        "booking.waitlistentry": wish,
        "booking.availabilityexception": block,
        "booking.availabilityrule": practitioner.rules.first(),
        "booking.practitioner": practitioner,
        "outbox.outboxmessage": message,
    }
