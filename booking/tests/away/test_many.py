"""Many visits and few open times."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking import actions, away
from booking.actions import Actor
from booking.models import (
    Appointment,
    Location,
    Rearrangement,
    VisitType,
)
from booking.models.appointment import Status
from booking.tests import practice
from booking.tests.away.plans import block, plan, row_of
from booking.tests.practice import TUESDAY, at
from booking.tests.races.at_once import count_overlaps

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    clocks=st.lists(st.sampled_from(range(9, 17)), min_size=1, max_size=6, unique=True),
    free=st.sets(st.sampled_from(range(9, 13)), max_size=3),
    answers=st.lists(st.sampled_from(["take", "call", "silent"]), min_size=6, max_size=6),
)
def test_no_two_proposals_take_each_others_time(
    visit_type: VisitType,
    location: Location,
    receptionist: Any,
    clocks: list[int],
    free: set[int],
    answers: list[str],
):
    by = Actor.staff(receptionist)
    with transaction.atomic():
        person = practice.make_practitioner(visit_types=[visit_type])
        practice.add_hours(person, location, weekday=1, hours="09:00-17:00", valid_to=TUESDAY)
        for hour in free:
            practice.add_hours(person, location, weekday=2, hours=f"{hour:02}:00-{hour:02}:40")
        visits = [
            actions.book_visit(
                visit_type=visit_type,
                practitioner=person,
                location=location,
                start=at(f"{hour:02}:00"),
                patient=practice.make_patient(),
                by=Actor.system(),
            )
            for hour in clocks
        ]
        VisitType.objects.filter(pk=visit_type.pk).update(booking_horizon=3)
        for one in visits:
            one.visit_type.refresh_from_db()
        absence = block(person, by)
        away.find_proposals(absence=absence, by=by)

        held = [row_of(one).held for one in visits]
        away.send(absence=absence)
        for one, answer in zip(visits, answers, strict=False):
            row = row_of(one)
            if answer == "take" and row.held is not None:
                actions.accept_proposal(rearrangement=row, by=Actor.patient())
            if answer == "call":
                actions.ask_for_call(rearrangement=row)

        assert sum(one is not None for one in held) == min(len(clocks), len(free))
        assert count_overlaps() == 0
        assert Appointment.objects.filter(practitioner=person, status=Status.BOOKED).count() == len(clocks)
        transaction.set_rollback(True)


def test_queries_of_a_plan_page_do_not_grow(visit: Appointment, by: Actor, client: Any, receptionist: Any):
    absence = plan(visit, by)
    client.force_login(receptionist)
    address = f"/admin/desk/away/{absence.pk}/"
    client.get(address)
    with CaptureQueriesContext(connection) as for_one:
        client.get(address)
    for clock in ("11:00", "12:00"):
        other = actions.book_visit(
            visit_type=visit.visit_type,
            practitioner=visit.practitioner,
            location=visit.location,
            start=at(clock),
            patient=practice.make_patient(),
            by=by,
            override=actions.SETTABLE_ASIDE,
        )
        Rearrangement.objects.create(absence=absence, appointment=other, version=0)

    with CaptureQueriesContext(connection) as for_three:
        page = client.get(address)

    assert len(page.context["lines"]) == 3
    assert len(for_three) == len(for_one)
