"""Who asks, what they say, and what an action left behind."""

from collections.abc import Callable
from datetime import date

from booking import actions
from booking.models import Appointment
from outbox.models import OutboxMessage

BY_PATIENT = actions.Actor.patient()
BY_SYSTEM = actions.Actor.system()
DETAILS = actions.PatientDetails(
    given_name="Jordan",
    family_name="Ellis",
    birth_date=date(1975, 9, 28),
    phone="+12125550177",
    phone_typed="212 555 0177",
    email="jordan.ellis@example.org",
)

Hold = Callable[..., Appointment]


def list_messages() -> list[tuple[str, int]]:
    return list(OutboxMessage.objects.order_by("pk").values_list("kind", "version"))


def list_history(appointment: Appointment) -> list[tuple[str, str, str]]:
    return list(appointment.events.values_list("kind", "from_status", "to_status"))
