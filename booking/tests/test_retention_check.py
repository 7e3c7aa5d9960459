"""The outbox has to remember for longer than a visit may lie ahead."""

from typing import Any

import pytest

from booking.checks import check_retention
from booking.models.practice import LONGEST_HORIZON


@pytest.mark.parametrize(("days", "ids"), [(LONGEST_HORIZON, ["booking.W001"]), (LONGEST_HORIZON + 1, [])])
def test_outbox_that_forgets_too_soon_is_named(settings: Any, days: int, ids: list[str]) -> None:
    settings.OUTBOX_RETENTION_DAYS = days

    assert [warning.id for warning in check_retention()] == ids
