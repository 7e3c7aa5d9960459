"""A patient of whom there is something in every table, and somebody else who has the same."""

from typing import Any

import pytest

from booking import actions, links
from booking.actions import Actor, IntakeReply, VisitDetails
from booking.models import Absence, Appointment, IntakeQuestion, Patient, RelatedPerson, WaitlistEntry
from booking.tests import practice

# In everything that the patient said, and nowhere else.
MARK = "quetzalcoatl"


@pytest.fixture
def marked(visit_type: Any, practitioner: Any, location: Any, receptionist: Any, clock: Any) -> Patient:
    """A patient whose visit is over, with everything that there may be: answers, links, a wish, a merge."""
    patient = make_marked(visit_type, practitioner, location, receptionist, clock_time="10:00")
    clock.move_to(practice.at("15:00"))
    return patient


def make_marked(
    visit_type: Any, practitioner: Any, location: Any, receptionist: Any, *, clock_time: str, mark: str = MARK
) -> Patient:
    patient = practice.make_patient(family_name=mark, email=f"{mark}@example.org", phone="+12125550111")
    double = practice.make_patient(family_name=f"{mark} double", email=f"{mark}@example.org", phone="")
    person = RelatedPerson.objects.create(
        patient=patient, name=mark, relationship="parent", email=f"b@{mark}.org"
    )
    question = IntakeQuestion.objects.create(visit_type=visit_type, wording="Since when?")
    visit = actions.book_visit(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=practice.at(clock_time),
        patient=patient,
        by=Actor.system(),
        visit=VisitDetails(
            reason=f"Reason {mark}",
            replies=(IntakeReply(question=question, wording=question.wording, answer=f"Answer {mark}"),),
        ),
    )
    Appointment.objects.filter(pk=visit.pk).update(related_person=person, access_needs=mark)
    links.issue(visit)
    links.issue_stop(visit)
    wish = WaitlistEntry.objects.create(
        patient=double,
        related_person=person,
        visit_type=visit_type,
        status=WaitlistEntry.Status.LEFT,
        ended_at=practice.NOW,
        until=practice.TUESDAY,
        consent_wording=mark,
    )
    wish.practitioners.add(practitioner)
    links.issue_wish(wish)
    wish.offers.create(
        practitioner=practitioner,
        location=location,
        start=practice.at("12:00"),
        status="passed",
        expires_at=practice.NOW,
        ended_at=practice.NOW,
    )
    absence = Absence.objects.create(practitioner=practitioner, status="sent", sent_at=practice.NOW)
    absence.rearrangements.create(appointment=visit, version=visit.version)
    actions.merge_patients(kept=patient, merged=double, by=Actor.staff(receptionist))
    return patient
