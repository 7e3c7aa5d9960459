"""A clock that can be set while the processes run: all of them jump at the same moment.

Whatever the product asks for the time, it asks `django.utils.timezone.now()`. That is what jumps
here; Celery's own timers, which count seconds and know no date, do not.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

FILE = "FAULTS_CLOCK"
_true_now = timezone.now


def follow_file() -> None:
    """From now on the clock is off by the seconds in the file that FAULTS_CLOCK names.

    To be called before the models are loaded: their fields keep the function as it is then.
    """
    file = Path(os.environ[FILE])

    def now() -> datetime:
        return _true_now() + timedelta(seconds=int(file.read_text() or "0"))

    timezone.now = now
