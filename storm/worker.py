"""The Celery application of a short storm: ours, with seconds where production waits for minutes.

A mail that was on its way when its worker died leaves when its lease ends: in production after 300 s.
"""

from datetime import timedelta

import django

from clinic.celery import app  # noqa: F401 (what Celery looks for)

django.setup()

from outbox import deliver  # noqa: E402 (needs the applications)

# Far longer than the mail server of the storm takes for a mail.
deliver.LEASE = timedelta(seconds=15)
deliver.FIRST_PAUSE = timedelta(seconds=2)
