"""The page of times shows the same times as the calendar of all weeks, also between zones a day apart."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from booking.availability import read_horizon
from booking.models import VisitType
from booking.tests import practice
from booking.views.openings import Chooser, list_openings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zones", [["America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland"], ["UTC"]])
def test_each_day_shows_what_the_whole_calendar_has(zones: list[str], clock: Any) -> None:
    visit_type = practice.make_visit_type(slug="video", mode=VisitType.Mode.TELEHEALTH, minimum_notice=0)
    for zone in zones:
        location = practice.make_location(time_zone=zone)
        practice.make_practitioner(visit_types=[visit_type], location=location, hours="00:00-23:40")
    expected: dict[date, list[str]] = defaultdict(list)
    for slot in read_horizon(visit_type=visit_type).shared_slots():
        expected[slot.local_start.date()].append(slot.key)

    for offset in range(1, 8):
        first = timezone.localdate() + timedelta(days=offset)
        query = QueryDict(f"from={first}&day={first}")
        page = list_openings(query, chooser=Chooser.to_book(visit_type, holder=""))
        listed = {slot.key for _, slots in page["parts"] for slot in slots}
        assert listed == set(expected[page["chosen"].day])
        assert len(page["tiles"]) == 10
        for tile in page["tiles"]:
            assert tile.count == len(expected[tile.day])
