"""Visits that were booked as one, as the panel of each tells of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from booking import scope
from booking.availability import to_minutes
from booking.models import Appointment, VisitGroup
from booking.models.appointment import Status


@dataclass(frozen=True, slots=True)
class Together:
    """`visits` are all of the group by their start; those in `hidden` are not for whoever looks."""

    visit: Appointment
    group: VisitGroup
    visits: Sequence[Appointment]
    hidden: frozenset[int]

    @property
    def number(self) -> int:
        """Which of them the visit is, by date; 0 for one that was entered in error."""
        return next((place for place, one in enumerate(self.visits, 1) if one.pk == self.visit.pk), 0)

    @property
    def others(self) -> list[Appointment]:
        return [one for one in self.visits if one.pk != self.visit.pk and one.pk not in self.hidden]

    @property
    def count_hidden(self) -> int:
        return sum(one.pk in self.hidden for one in self.visits)

    @property
    def rest(self) -> list[Appointment]:
        """What one step cancels: of a chain both, of a series the visit and all after it.

        Nothing, where only one is left, or one of them is somebody else's.
        """
        booked = [one for one in self.visits if one.status == Status.BOOKED]
        if self.group.chain is None:
            booked = [one for one in booked if one.start >= self.visit.start]
        if len(booked) < 2 or self.visit.pk not in {one.pk for one in booked}:
            return []
        return [] if any(one.pk in self.hidden for one in booked) else booked

    @property
    def is_apart(self) -> bool:
        """Whether both of a chain are to come and no longer follow each other as planned."""
        booked = [one for one in self.visits if one.status == Status.BOOKED]
        chain = self.group.chain
        if chain is None or len(booked) != 2:
            return False
        first, second = sorted(booked, key=lambda one: one.visit_type_id != chain.first_id)
        return not (
            first.location_id == second.location_id
            and first.local_start.date() == second.local_start.date()
            and chain.link.joins(to_minutes(first.start), to_minutes(second.start))
        )


def read_together(visit: Appointment, *, user: Any) -> Together | None:
    """Return what the visit was booked together with, in three queries; None where it stands alone."""
    if visit.group_id is None:
        return None
    group = VisitGroup.objects.select_related("chain__first", "chain__second").get(pk=visit.group_id)
    visits = group.list_visits()
    hidden: frozenset[int] = frozenset()
    if not scope.sees_every_visit(user):
        seen = set(scope.visible_visits(user).filter(group=group).values_list("pk", flat=True))
        hidden = frozenset(one.pk for one in visits if one.pk not in seen)
    return Together(visit=visit, group=group, visits=visits, hidden=hidden)
