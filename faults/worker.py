"""The Celery application of the faults: the one of the outbox's tests, tries in a hurry, a clock to set."""

from datetime import timedelta

from faults.clock import follow_file

follow_file()

import outbox.tests.worker_app  # noqa: E402, F401 (after the clock; it sets Django up)
from clinic.celery import app  # noqa: E402, F401
from outbox import deliver  # noqa: E402

deliver.FIRST_PAUSE = timedelta(seconds=1)
