"""What was read for a calendar: whose hours, what is taken, what is kept back."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from booking.engine.intervals import Interval
from booking.engine.keeping import KeptHours
from booking.engine.openings import WeeklyRule
from booking.models import AvailabilityException, AvailabilityRule, Location, Practitioner


# By identity: it is the key of what a calendar works out once for each desk.
@dataclass(frozen=True, eq=False)
class Desk:
    """One practitioner at one location: the unit that has openings."""

    practitioner: Practitioner
    location: Location
    rules: list[AvailabilityRule] = field(default_factory=list)
    exceptions: list[AvailabilityException] = field(default_factory=list)

    @cached_property
    def person(self) -> int:
        """The practitioner's key. Asked for by the thousand, and Django takes a while to say it."""
        return self.practitioner.pk

    @cached_property
    def place(self) -> int:
        """The location's key."""
        return self.location.pk

    @cached_property
    def weekly_rules(self) -> tuple[WeeklyRule, ...]:
        return tuple(rule.as_weekly_rule() for rule in self.rules)

    def has_hours(self, *, first_day: date, last_day: date) -> bool:
        """Tell whether there are rules or extra time for these days, closed or not."""
        return any(
            (rule.valid_from is None or rule.valid_from <= last_day)
            and (rule.valid_to is None or rule.valid_to >= first_day)
            for rule in self.rules
        ) or any(
            row.kind == AvailabilityException.Kind.EXTRA
            and row.location_id == self.location.pk
            and row.first_day <= last_day
            and row.last_day >= first_day
            for row in self.exceptions
        )

    def narrow(self, *, first_day: date, last_day: date) -> "Desk":
        """Return the desk with the exceptions of these days."""
        if not self.exceptions:
            return self
        near = [row for row in self.exceptions if row.first_day <= last_day and row.last_day >= first_day]
        return replace(self, exceptions=near)


@dataclass(frozen=True)
class Busy:
    """Who and what is taken when, in UTC minutes; `counted` are the starts by practitioner and visit type."""

    of_practitioner: dict[int, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    of_room: dict[int, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    of_patient: list[Interval] = field(default_factory=list)
    counted: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Keeping:
    """Hours that are kept back from the calendar's visit type; without a key, of everybody or everywhere."""

    name: str
    practitioner_id: int | None
    location_id: int | None
    hours: KeptHours
