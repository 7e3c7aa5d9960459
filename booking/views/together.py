"""What a patient's page says of the visits that were booked together with the one it shows."""

from dataclasses import dataclass

from django.utils import timezone

from booking.models import Appointment, Chain, VisitGroup
from booking.models.appointment import Status


@dataclass(frozen=True, slots=True)
class Together:
    """`number` is which of the `count` visits of a series it is, by date. `coming` are the others to come."""

    chain: Chain | None
    number: int
    count: int
    coming: list[Appointment]
    is_other_cancelled: bool

    @property
    def other(self) -> Appointment | None:
        """The other visit of a chain, while it is to come."""
        return self.coming[0] if self.chain is not None and self.coming else None

    @property
    def mark(self) -> str:
        """The other visit as the page shows it: its time, too."""
        return f"{self.other.reference}-{self.other.version}" if self.other else ""


def read_together(visit: Appointment) -> Together | None:
    """Return what the page tells, in two queries; None for a visit that stands alone."""
    if visit.group_id is None:
        return None
    group = VisitGroup.objects.select_related("chain").get(pk=visit.group_id)
    visits = group.list_visits()
    others = [one for one in visits if one.pk != visit.pk]
    now = timezone.now()
    return Together(
        chain=group.chain,
        number=len(visits) - sum((one.start, one.pk) > (visit.start, visit.pk) for one in visits),
        count=len(visits),
        coming=[one for one in others if one.status == Status.BOOKED and one.start > now],
        is_other_cancelled=bool(others) and all(one.status == Status.CANCELLED for one in others),
    )
