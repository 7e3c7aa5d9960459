"""Everything staff keep in the admin; appointments change only through `booking.actions`."""

from booking.admin import appointments, hours, kept, mails, patients, practice, waitlist

__all__ = ["appointments", "hours", "kept", "mails", "patients", "practice", "waitlist"]
