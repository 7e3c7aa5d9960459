"""The demo practice: invented places, people and visits, around today.

Nobody in it has an email address, nor has anybody who asks for them. Mail about their visits is
therefore never queued, by the same rule that holds for every patient without one, and a
try-out cannot write to strangers.
"""

import random

from django.db import transaction
from django.utils import timezone

from booking.demo.accounts import DEMO_STAFF_PASSWORD, DEMO_STAFF_USERNAME, make_accounts
from booking.demo.practice import make_practice
from booking.demo.together import book_some_together, make_chain
from booking.demo.visits import fill_calendar
from booking.demo.wishes import fill_waitlist
from booking.models import Practitioner

__all__ = ["DEMO_STAFF_PASSWORD", "DEMO_STAFF_USERNAME", "load"]

SEED = 2026


def load() -> bool:
    """Fill an empty practice in one transaction. False: there is a practice already, nothing was done."""
    if Practitioner.objects.exists():
        return False
    now = timezone.now()
    with transaction.atomic():
        make_practice(today=timezone.localdate(now))
        make_chain()
        staff = make_accounts()
        chance = random.Random(SEED)
        fill_calendar(now=now, staff=staff, random=chance)
        fill_waitlist(now=now, random=chance)
        book_some_together(now=now, random=chance)
    return True
