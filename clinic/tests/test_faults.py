"""A short `make faults`: some of its faults on the database under test, and that its judge would tell.

Killed workers, lost queues, doubled beats and deploys are in outbox/tests/test_worker.py.
"""

from functools import partial
from typing import Any

import pytest

from faults import scenarios
from faults.scenarios import Fault
from faults.scene import Outcome, Scene
from outbox.models import OutboxMessage


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(partial(scenarios.kill_web_between_commit_and_kick, times=1), id="web killed"),
        pytest.param(scenarios.hang_redis, id="Redis hangs"),
        pytest.param(scenarios.hang_up_before_250, id="SMTP hangs up"),
    ],
)
def test_nothing_is_lost_and_a_crash_doubles_one_mail_at_most(scene: Scene, fault: Fault) -> None:
    fault(scene)

    outcome = scene.judge()
    assert outcome.is_good, outcome


def test_mail_and_patient_that_went_astray_are_seen(scene: Scene) -> None:
    """The control: what the faults must never show shows here."""
    scene.clinic.start_broker()
    scene.clinic.start_web()
    scene.book(2)
    scene.prepare(1)

    OutboxMessage.objects.all().delete()

    outcome = scene.judge()
    assert (outcome.mails, outcome.lost, outcome.is_good) == (2, 2, False)
    assert outcome.complaints == ["1 patients have no visit, and see: Check and confirm your visit"]


@pytest.mark.parametrize(
    ("changes", "is_good"),
    [
        ({}, True),
        ({"lost": 1}, False),
        ({"doubled": 1}, False),
        ({"doubled": 2, "crashes": 2}, True),
        ({"slowest": 3.0}, False),
        ({"complaints": ["the database is damaged"]}, False),
    ],
)
def test_outcome_is_judged(changes: dict[str, Any], is_good: bool) -> None:
    outcome = Outcome(**{"mails": 8, "lost": 0, "doubled": 0, "crashes": 0, "slowest": 0.8, **changes})

    assert outcome.is_good is is_good
