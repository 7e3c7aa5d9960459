"""Who does it."""

from dataclasses import dataclass
from typing import Any

from booking.models import AppointmentEvent


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: a patient by link or form, a member of staff, or the system."""

    kind: str
    user: Any = None

    @classmethod
    def patient(cls) -> "Actor":
        return cls(kind=AppointmentEvent.ActorKind.PATIENT)

    @classmethod
    def staff(cls, user: Any) -> "Actor":
        return cls(kind=AppointmentEvent.ActorKind.STAFF, user=user)

    @classmethod
    def system(cls) -> "Actor":
        return cls(kind=AppointmentEvent.ActorKind.SYSTEM)

    @property
    def is_staff(self) -> bool:
        return self.kind == AppointmentEvent.ActorKind.STAFF
