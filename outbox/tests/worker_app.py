"""The Celery application of the tests' worker and beat processes: ours, in a hurry, with the test kinds."""

import os
from datetime import timedelta

import django

from clinic.celery import app

django.setup()

from outbox import deliver  # noqa: E402 (needs the applications)
from outbox.tests import kinds  # noqa: E402, F401

deliver.LEASE = timedelta(seconds=int(os.environ["TEST_LEASE_SECONDS"]))
app.conf.beat_schedule = {"sweep-outbox": {**app.conf.beat_schedule["sweep-outbox"], "schedule": 1.0}}
