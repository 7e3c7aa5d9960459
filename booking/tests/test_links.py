"""Manage links: who holds one reaches one visit, for a while."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from booking import links
from booking.models import Appointment


def test_link_opens_its_visit_and_only_a_hash_is_kept(visit: Appointment) -> None:
    token = links.issue(visit)

    found = links.find(token)

    assert found == visit
    assert len(token) >= 43
    assert token not in str(visit.manage_links.values())


@pytest.mark.parametrize("token", ["", "x", "é", "a\x00b", "A" * 10_000])
def test_unknown_link_finds_nothing(visit: Appointment, token: str) -> None:
    links.issue(visit)

    assert links.find(token) is None


def test_link_lives_until_a_day_after_the_visit(visit: Appointment, clock: Any) -> None:
    token = links.issue(visit)

    clock.move_to(visit.end.astimezone(UTC) + timedelta(hours=23, minutes=59))
    before = links.find(token)
    clock.shift(timedelta(minutes=1))
    after = links.find(token)

    assert before == visit
    assert after is None
