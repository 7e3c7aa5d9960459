"""What an action may refuse, beside what the rules (`Refused`) and the database say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from booking.engine.rules import Refusal
from booking.writing import BookingError

if TYPE_CHECKING:
    from booking.actions.placing import Wanted


class HoldLost(BookingError):
    """The hold ran out and the time went to somebody else, or it was given up."""


class TooManyHolds(BookingError):
    """This address holds as many times as it may."""


class NotAllowed(BookingError):
    """The appointment's status does not allow it."""


class NotYet(BookingError):
    """Nobody has failed to come before the visit begins."""


class CutOff(BookingError):
    """Too close to the visit for a change online: the patient should call."""


class PatientMerged(BookingError):
    """The patient's row was merged into another: that one is the person now."""


class SamePatient(BookingError):
    """One row cannot be merged into itself."""


class VisitsOverlap(BookingError):
    """The two have visits at the same time: they are two people, or one visit is a mistake."""


class NotAPair(BookingError):
    """The two visits do not follow each other as their chain has it, or it is not booked any more."""


class SomeRefused(BookingError):
    """Some of several visits cannot be booked, so none was; `refused` says which, each with every reason."""

    def __init__(self, refused: "Sequence[tuple[Wanted, list[Refusal]]]") -> None:
        self.refused = list(refused)
        super().__init__(", ".join(str(refusal.code) for _, some in self.refused for refusal in some))


class OfferOver(BookingError):
    """The offer was answered, ran out or was taken back, or the wish has ended."""


class ProposalOver(BookingError):
    """The time proposed to whoever's clinician is away is held no longer, or the visit was changed since."""
