"""The life of an appointment: its statuses and the one table of allowed moves between them.

The words are those of FHIR R4 Appointment.status; its "checked-in" and "entered-in-error" are spelled with
an underscore here.
"""

from enum import StrEnum


class Status(StrEnum):
    PENDING = "pending"
    """A hold: the time is kept while the patient fills in the form."""
    BOOKED = "booked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked_in"
    """In the room."""
    FULFILLED = "fulfilled"
    NOSHOW = "noshow"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"


MOVES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.BOOKED, Status.CANCELLED, Status.ENTERED_IN_ERROR}),
    Status.BOOKED: frozenset({Status.ARRIVED, Status.NOSHOW, Status.CANCELLED, Status.ENTERED_IN_ERROR}),
    Status.ARRIVED: frozenset({Status.CHECKED_IN, Status.CANCELLED, Status.ENTERED_IN_ERROR}),
    Status.CHECKED_IN: frozenset({Status.FULFILLED, Status.ENTERED_IN_ERROR}),
    Status.FULFILLED: frozenset({Status.ENTERED_IN_ERROR}),
    Status.NOSHOW: frozenset({Status.ENTERED_IN_ERROR}),
    Status.CANCELLED: frozenset({Status.ENTERED_IN_ERROR}),
    Status.ENTERED_IN_ERROR: frozenset(),
}

UNDO: dict[Status, Status] = {
    Status.ARRIVED: Status.BOOKED,
    Status.CHECKED_IN: Status.ARRIVED,
    Status.FULFILLED: Status.CHECKED_IN,
    Status.NOSHOW: Status.BOOKED,
    Status.CANCELLED: Status.BOOKED,
}
"""Where a staff member's undo leads. A cancelled visit comes back only while its time is still free, which
the database judges, and only if it was booked before: a hold that ran out has no patient to come back to."""

HOLDS_TIME: frozenset[Status] = frozenset(Status) - {Status.CANCELLED, Status.ENTERED_IN_ERROR}
"""The statuses whose time nobody else may have. A no-show keeps its time: the visit did take it up."""


def can_move(current: Status, target: Status) -> bool:
    return target in MOVES[current]


def can_undo(current: Status) -> bool:
    return current in UNDO
