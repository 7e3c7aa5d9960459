import pytest

from booking.engine.states import HOLDS_TIME, MOVES, UNDO, Status, can_move, can_undo

ALLOWED = {
    ("pending", "booked"),
    ("pending", "cancelled"),
    ("booked", "arrived"),
    ("booked", "noshow"),
    ("booked", "cancelled"),
    ("arrived", "checked_in"),
    ("arrived", "cancelled"),
    ("checked_in", "fulfilled"),
    ("pending", "entered_in_error"),
    ("booked", "entered_in_error"),
    ("arrived", "entered_in_error"),
    ("checked_in", "entered_in_error"),
    ("fulfilled", "entered_in_error"),
    ("noshow", "entered_in_error"),
    ("cancelled", "entered_in_error"),
}


@pytest.mark.parametrize("current", Status)
@pytest.mark.parametrize("target", Status)
def test_can_move_between_every_pair(current: Status, target: Status) -> None:
    assert can_move(current, target) is ((current.value, target.value) in ALLOWED)


def test_moves_names_every_status() -> None:
    assert set(MOVES) == set(Status)


def test_holds_time_frees_only_cancelled_and_mistaken_visits() -> None:
    assert {status.value for status in set(Status) - HOLDS_TIME} == {"cancelled", "entered_in_error"}


@pytest.mark.parametrize("current", UNDO)
def test_undo_leads_back_to_where_the_visit_can_have_come_from(current: Status) -> None:
    assert can_move(UNDO[current], current)


@pytest.mark.parametrize("current", [Status.PENDING, Status.BOOKED, Status.ENTERED_IN_ERROR])
def test_can_undo_what_has_no_step_back(current: Status) -> None:
    assert not can_undo(current)


@pytest.mark.parametrize(
    "current", [Status.ARRIVED, Status.CHECKED_IN, Status.FULFILLED, Status.NOSHOW, Status.CANCELLED]
)
def test_can_undo_a_visit_that_moved_on(current: Status) -> None:
    assert can_undo(current)
