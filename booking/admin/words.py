"""What `booking.actions` refused, in words for staff. Patients read `booking.refusals`."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.actions import (
    BookingError,
    Busy,
    NotAllowed,
    NotAPair,
    NotYet,
    OfferOver,
    PatientMerged,
    ProposalOver,
    Refused,
    SamePatient,
    SomeRefused,
    VisitsOverlap,
    Wanted,
)
from booking.blocking import BlockGone, ChangedMeanwhile, DayTooFar, SeriesOverlaps, SeriesTooLong
from booking.engine.rules import Code, Refusal
from booking.templatetags.times import clock, short_day
from booking.waiting import AlreadyWaiting

_REFUSALS = {
    Code.PAST: _("This time has passed."),
    Code.TOO_SOON: _("This is sooner than patients may book online."),
    Code.TOO_FAR: _("This is further ahead than patients may book online."),
    Code.CLOSED: _("The practice is closed then, or the clinician is away."),
    Code.OUTSIDE_HOURS: _("This is outside the clinician's hours at this location."),
    Code.KEPT: _("This time is kept for other visits, or has not opened yet."),
    Code.OFF_GRID: _("Visits of this kind do not start at this minute."),
    Code.WRONG_PRACTITIONER: _("The clinician does not do this kind of visit there."),
    Code.NOT_BOOKABLE_ONLINE: _("This kind of visit cannot be booked online."),
    Code.DAY_FULL: _("The clinician has reached the day's limit for this kind of visit."),
    Code.TAKEN: _("The clinician or the patient already has a visit at that time."),
    Code.NO_ROOM: _("No room is free at that time."),
    Code.TOO_MANY_VISITS: _("The patient has as many coming visits as may be booked online."),
    Code.PATIENT_BUSY: _("The patient already has a visit at that time."),
}
_ERRORS: dict[type[BookingError], object] = {
    NotAllowed: _("Its status does not allow this, or somebody else has just changed it."),
    NotYet: _("The visit has not begun yet, so nobody has missed it. Cancel it if they will not come."),
    Busy: _("The database is busy. Please try again."),
    NotAPair: _("These two visits do not follow each other as planned. Please choose other times."),
    OfferOver: _("This offer has ended: it was answered, ran out or was taken back."),
    ProposalOver: _("This time is held no longer, or the visit was changed since."),
    AlreadyWaiting: _("The patient is on the waitlist for this type of visit already."),
    PatientMerged: _("This patient was merged into another. Please use the other one."),
    SamePatient: _("Both are the same record. Please choose another one."),
    VisitsOverlap: _(
        "Both have a visit at the same time, so they may be two people. "
        "If not, cancel or move one visit first."
    ),
    BlockGone: _("Somebody else has just removed or changed it. Nothing was done: look at the list again."),
    ChangedMeanwhile: _(
        "This was changed after you opened the page, so nothing was done. "
        "Here is how it is now: look again, then save."
    ),
    DayTooFar: _("Choose days within three years of today."),
    SeriesTooLong: _("A series goes on for at most two years. Choose an earlier day for its end."),
    SeriesOverlaps: _(
        "Each time lasts longer than the weeks until the next one. Choose fewer days, or more weeks."
    ),
}


def explain_refusal(refusal: Refusal) -> str:
    return str(_REFUSALS[refusal.code])


def explain_error(error: BookingError) -> str:
    """Return why an action of staff was refused, in one or more sentences."""
    if isinstance(error, Refused):
        return " ".join(explain_refusal(refusal) for refusal in error.refusals)
    if isinstance(error, SomeRefused):
        return f"{gettext('Nothing was booked.')} {' '.join(map(_explain_date, error.refused))}"
    return str(_ERRORS[type(error)])


def _explain_date(refused: tuple[Wanted, list[Refusal]]) -> str:
    """Name the date, and why it cannot be."""
    wanted, refusals = refused
    when = f"{short_day(wanted.local_start)}, {clock(wanted.local_start)}"
    return f"{when}: {' '.join(map(explain_refusal, refusals))}"
