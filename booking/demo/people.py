"""Who comes to the demo practice, who asks for them, and what they say. All invented."""

from collections import deque
from datetime import date, timedelta
from random import Random

from booking.actions import IntakeReply, VisitDetails
from booking.models import Coverage, IntakeQuestion, Patient, Referral, RelatedPerson, VisitType

GIVEN_NAMES = """
Abby Ada Aisha Alan Amy Ben Cara Carl Dana Dele Edie Elena Fay Frank Grace Greg Hana Hugo Ian Ivan Joan Jon
Joy Kim Kofi Leo Lina Lucy Luis Maria Mark Mei Ned Nina Noah Ola Omar Pat Paul Raj Rosa Sam Sara Tess Tom Zoe
"""
FAMILY_NAMES = """
Abara Adams Adeyemi Alvarez Baker Berg Brooks Carter Chen Cole Diaz Doyle Foster Haddad Hansen Hughes Jensen
Khan Levin Lima Lin Martin Mensah Miller Mori Moss Nguyen Novak O'Brien Okafor Owens Park Patel Petrov Pierce
Quinn Reed Riley Rossi Saleh Sato Shah Silva Simmons Stone Tran Vega Webb Weiss White Wolff
"""
REASONS = [
    "",
    "Cramps in the calf at night.",
    "An eyelid that twitches.",
    "Stiff neck after long days at a desk.",
    "Back spasms that come back.",
    "Legs that jump in the evening.",
]
LANGUAGES = ["Spanish", "Polish", "Mandarin", "American Sign Language"]
OTHER_HELP = ["A chair with arms", "A call when the doctor is running late", "A place for a service dog"]
DOCTORS = ["Dr. Elm", "Dr. Hazel", "Dr. Rowan"]
ANSWERS = ["Since last spring", "About twice a week", "Not that I know of"]
DEVICE_ZONES = ["", "America/New_York", "America/Chicago", "America/Los_Angeles"]

# One in so many patients has somebody who asks for them; half of those are called in their place.
ASKED_FOR = 6

Person = tuple[Patient, RelatedPerson | None]


class Register:
    """Hands out patients: a new one for a first visit, else whoever was away the longest."""

    def __init__(self, *, random: Random) -> None:
        self._random = random
        self._names = [(given, family) for family in FAMILY_NAMES.split() for given in GIVEN_NAMES.split()]
        random.shuffle(self._names)
        self._known: deque[Person] = deque()

    def find_patient(self, visit_type: VisitType) -> Person:
        """Return a patient, and who asks for them where that is somebody else."""
        # With fewer than that, somebody would come back twice a week.
        if is_first_visit(visit_type) or len(self._known) < 40:
            person = self._make_person()
        else:
            person = self._known.popleft()
        self._known.append(person)
        return person

    def _make_person(self) -> Person:
        given_name, family_name = self._names.pop()
        contact = make_contact(self._random)
        luck = self._random.randrange(2 * ASKED_FOR)
        patient = Patient.objects.create(
            given_name=given_name,
            family_name=family_name,
            birth_date=date(1938, 1, 1) + timedelta(days=self._random.randrange(70 * 365)),
            **({} if luck == 0 else contact),
        )
        if luck > 1:
            return patient, None
        others = [name for name in GIVEN_NAMES.split() if name != given_name]
        return patient, RelatedPerson.objects.create(
            patient=patient,
            name=f"{self._random.choice(others)} {family_name}",
            relationship=self._random.choice(RelatedPerson.Relationship.values),
            is_contact=luck == 0,
            **(contact if luck == 0 else {}),
        )


def make_contact(random: Random) -> dict[str, str]:
    """Return a phone number, stored and as typed. 555-0100 to 555-0199 are kept for fiction."""
    area, line = random.choice(["212", "646", "718", "917"]), f"01{random.randrange(100):02d}"
    return {"phone": f"+1{area}555{line}", "phone_typed": f"{area} 555 {line}"}


def is_first_visit(visit_type: VisitType) -> bool:
    return visit_type.helps_choose or visit_type.audience == VisitType.Audience.NEW


class Words:
    """Invents what is said about visits. The practice's own questions are read once."""

    def __init__(self, *, random: Random) -> None:
        self._random = random
        self._questions: dict[int, list[IntakeQuestion]] = {}
        for question in IntakeQuestion.objects.filter(is_active=True):
            self._questions.setdefault(question.visit_type_id, []).append(question)

    def invent(self, visit_type: VisitType) -> VisitDetails:
        random = self._random
        interpreter = random.choice(LANGUAGES) if self._happens(0.08) else ""
        has_referral = visit_type.needs_referral
        return VisitDetails(
            reason=random.choice(REASONS) if is_first_visit(visit_type) else "",
            needs_interpreter=bool(interpreter),
            interpreter_language=interpreter,
            needs_step_free=self._happens(0.1),
            needs_quiet=self._happens(0.1),
            needs_more_time=self._happens(0.06),
            access_needs=random.choice(OTHER_HELP) if self._happens(0.04) else "",
            coverage=random.choice(Coverage.values),
            referral=random.choice(Referral.values) if has_referral else "",
            referral_from=random.choice(DOCTORS) if has_referral else "",
            patient_time_zone=random.choice(DEVICE_ZONES) if visit_type.is_telehealth else "",
            replies=tuple(
                IntakeReply(question=question, wording=question.wording, answer=self._answer(question))
                for question in self._questions.get(visit_type.pk, [])
            ),
        )

    def _answer(self, question: IntakeQuestion) -> str:
        if question.kind == IntakeQuestion.Kind.CHOICE:
            return self._random.choice(question.choice_list)
        if question.kind == IntakeQuestion.Kind.YES_NO:
            return self._random.choice(["Yes", "No"])
        return self._random.choice(ANSWERS)

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance
