"""What the practice's numbers say: each report is a question, its table and how it is counted.

Counts of visits, times and mails, never of a person: no report sets one clinician beside another, and no
patient is in any.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.reports import access, lead, mails, missed, sources, utilisation, waitlist
from booking.reports.span import Span
from booking.reports.table import Table


@dataclass(frozen=True)
class Report:
    """`says` is what it answers, `counted` how; `read` makes its table in a fixed number of queries."""

    name: str
    title: object
    says: object
    counted: object
    read: Callable[[Span], Table]

    @property
    def address(self) -> str:
        return reverse(f"reports:{self.name}")

    @property
    def file_address(self) -> str:
        return reverse(f"reports:{self.name}-csv")


REPORTS = {
    report.name: report
    for report in (
        Report(
            "utilisation",
            _("Utilisation"),
            _("How much of the open time is booked, week by week."),
            _(
                "Open time is the clinicians' hours, without blocked time and closures. Booked time is the "
                "length of all visits that were not cancelled, patients who did not come included. Visits "
                "outside the hours count as booked, so a week may pass 100 %."
            ),
            utilisation.read,
        ),
        Report(
            "lead-time",
            _("Lead time"),
            _("How many days lie between booking and the visit."),
            _(
                "Days by the calendar, for visits that were not cancelled, by the month of the visit. Half of"
                " them had at most the median, nine of ten at most the second number."
            ),
            lead.read,
        ),
        Report(
            "access",
            _("Third next opening"),
            _("How long somebody who asks today has to wait."),
            _(
                "Each day the third next start that anybody can book online is written down, in days from "
                "that day: the first may be somebody's late cancellation. Shown is the median of each week. "
                "Days on which there were not three count in their own column."
            ),
            access.read,
        ),
        Report(
            "missed",
            _("Missed and late"),
            _("How many visits were missed, and how many were cancelled too late to help somebody else."),
            _(
                "Missed: did not come, of all visits that took place or were missed. Late: cancelled by the "
                "patient after the change cut-off of the visit type, of these and the late ones together. By "
                "the month of the visit and its type."
            ),
            missed.read,
        ),
        Report(
            "mail",
            _("Mail delivery"),
            _("Whether mails arrive, and how soon they leave."),
            _(
                "Mails by the week in which they were due, and by kind. In time: left within a minute. "
                "Failed: given up, or came back. No longer needed: the visit had changed before it left. "
                "Mails are kept for a limited time (OUTBOX_RETENTION_DAYS), and so is this report."
            ),
            mails.read,
        ),
        Report(
            "waitlist",
            _("Waitlist yield"),
            _("What the waitlist brings: wishes, offers, and time that was filled."),
            _(
                "Wishes by the month in which they were made, offers by the month in which they were made. "
                "Time filled is the length of the visits of accepted offers."
            ),
            waitlist.read,
        ),
        Report(
            "sources",
            _("Where bookings come from"),
            _("Which pages and people lead to visits."),
            _("All visits by the month in which they were booked, also those that were cancelled later."),
            sources.read,
        ),
    )
}
