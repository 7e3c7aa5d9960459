"""The day on paper, for a clinician or a whole location."""

from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from zoneinfo import ZoneInfo

from booking.admin.wishes import name_contact, read_phone, spell_needs
from booking.desk.read import DeskDay
from booking.desk.words import spell_span
from booking.models import Appointment, Location, Practitioner


@dataclass(frozen=True)
class Line:
    """One visit on paper."""

    visit: Appointment
    zone: ZoneInfo

    @property
    def span(self) -> str:
        return spell_span(self.visit.start.astimezone(self.zone), self.visit.end.astimezone(self.zone))

    @property
    def needs(self) -> list[str]:
        return spell_needs(self.visit)

    @property
    def phone(self) -> str:
        return read_phone(self.visit.contact)

    @property
    def contact(self) -> str:
        """Whom to call, where it is not the patient."""
        return name_contact(self.visit.related_person) if self.visit.related_person else ""


@dataclass(frozen=True)
class Sheet:
    heading: str
    lines: list[Line]


def list_sheets(day: DeskDay, *, by_location: bool) -> list[Sheet]:
    """Return a sheet for each clinician or location with visits, by name; holds are not visits."""
    groups: dict[Location | Practitioner, list[Appointment]] = defaultdict(list)
    for visit in sorted(day.here, key=attrgetter("start", "pk")):
        if visit.patient is None or visit.is_hold:
            continue
        groups[visit.location if by_location else visit.practitioner].append(visit)
    return [
        Sheet(heading=str(owner), lines=[Line(visit, day.choice.zone) for visit in visits])
        for owner, visits in sorted(groups.items(), key=lambda group: _by_name(group[0]))
    ]


def _by_name(owner: Location | Practitioner) -> tuple[str, str, int]:
    if isinstance(owner, Practitioner):
        return owner.family_name, owner.given_name, owner.pk
    return owner.name, "", owner.pk
