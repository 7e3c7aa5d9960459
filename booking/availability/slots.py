"""What can be booked, as everybody meets it, and the minutes in which the engine counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from booking.models import Location, Practitioner

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_minutes(at: datetime) -> int:
    """Return an aware datetime as whole UTC epoch minutes, rounded down."""
    return int(at.timestamp() // 60)


def to_minutes_up(at: datetime) -> int:
    """The same rounded up: a busy time lasts through its last minute, and a minute that began is past."""
    return -int(-at.timestamp() // 60)


def to_datetime(minutes: int) -> datetime:
    return EPOCH + timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """What somebody asked for: not known to be free, or even sensible. `start` is aware and in UTC."""

    start: datetime
    practitioner: Practitioner
    location: Location

    @property
    def local_start(self) -> datetime:
        """The start on the wall clock of its location."""
        return self.start.astimezone(self.location.zone)

    @property
    def key(self) -> str:
        """The slot in a form field; `parse_slot_key` reads it back."""
        return f"{self.start:%Y-%m-%dT%H:%MZ}/{self.practitioner.slug}/{self.location.slug}"


@dataclass(frozen=True, slots=True)
class Slot(SlotChoice):
    """A start that can be booked now. Computed, never stored. Times are aware and in UTC."""

    end: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a listing. `is_closed` tells a day without hours from a full one."""

    day: date
    slots: list[Slot]
    is_closed: bool
