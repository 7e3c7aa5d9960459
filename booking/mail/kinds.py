"""Every kind of message of the booking app, and who composes it. A kind stands in rows: never rename one."""

from booking.mail import messages, offers, staff

KINDS = {**messages.KINDS, **offers.KINDS, **staff.KINDS}
