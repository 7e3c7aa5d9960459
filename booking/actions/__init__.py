"""The only writer of appointments.

Every action is one transaction (`booking.writing`): it takes its locks in one order, judges the
rules under them, writes the change, a line of history and, where somebody must be told, a row in
the outbox. One file per idea; everything public is importable from here.
"""

from booking.actions.actors import Actor
from booking.actions.booking import book, book_visit, unbook
from booking.actions.changing import cancel, confirm_coming, keep, move, move_back
from booking.actions.day import arrive, check_in, enter_in_error, fulfil, mark_noshow, undo
from booking.actions.details import (
    NO_DETAILS,
    IntakeReply,
    PatientDetails,
    RelatedDetails,
    VisitDetails,
)
from booking.actions.errors import (
    CutOff,
    HoldLost,
    NotAllowed,
    NotAPair,
    NotYet,
    OfferOver,
    PatientMerged,
    ProposalOver,
    SamePatient,
    SomeRefused,
    TooManyHolds,
    VisitsOverlap,
)
from booking.actions.holding import hold, purge_stale_holds, renew_hold
from booking.actions.merging import merge_patients
from booking.actions.offering import accept_offer, end_offers, offer_time, pass_offer, withdraw_offer
from booking.actions.placing import Wanted
from booking.actions.rearranging import accept_proposal, ask_for_call, note_call, propose
from booking.actions.reminding import keep_language, mail_link, resume_reminders, stop_reminders
from booking.actions.times import SETTABLE_ASIDE
from booking.actions.together import book_together, cancel_together, unbook_together
from booking.limits import TooManyTries
from booking.writing import BookingError, Busy, Refused, SlotTaken

__all__ = [
    "NO_DETAILS",
    "SETTABLE_ASIDE",
    "Actor",
    "BookingError",
    "Busy",
    "CutOff",
    "HoldLost",
    "IntakeReply",
    "NotAPair",
    "NotAllowed",
    "NotYet",
    "OfferOver",
    "PatientDetails",
    "PatientMerged",
    "ProposalOver",
    "Refused",
    "RelatedDetails",
    "SamePatient",
    "SlotTaken",
    "SomeRefused",
    "TooManyHolds",
    "TooManyTries",
    "VisitDetails",
    "VisitsOverlap",
    "Wanted",
    "accept_offer",
    "accept_proposal",
    "arrive",
    "ask_for_call",
    "book",
    "book_together",
    "book_visit",
    "cancel",
    "cancel_together",
    "check_in",
    "confirm_coming",
    "end_offers",
    "enter_in_error",
    "fulfil",
    "hold",
    "keep",
    "keep_language",
    "mail_link",
    "mark_noshow",
    "merge_patients",
    "move",
    "move_back",
    "note_call",
    "offer_time",
    "pass_offer",
    "propose",
    "purge_stale_holds",
    "renew_hold",
    "resume_reminders",
    "stop_reminders",
    "unbook",
    "unbook_together",
    "undo",
    "withdraw_offer",
]
