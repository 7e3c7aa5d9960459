"""The board as data: no database, no clock."""

from typing import Any

import pytest

from booking.desk.board import Board, Cell, Entry, Kind, Lane, Place, Shut, build_board, choose_step

NINE = 9 * 60
TEN = 10 * 60
LONG_AGO = -1


def make_entry(start: int, end: int, **fields: Any) -> Entry:
    defaults = {"pk": start, "busy_start": start, "busy_end": end, "status": "booked"}
    return Entry(start=start, end=end, **{**defaults, **fields})


def make_lane(*entries: Entry, hours: tuple[int, int] = (NINE, TEN), **fields: Any) -> Lane:
    """A clinician who is open from nine to ten, and whose shortest visit takes 20 minutes."""
    defaults = {
        "key": "lena",
        "heading": "Dr. Fischer",
        "detail": "",
        "planned": [hours],
        "open": [Place(*hours, "midtown")],
        "shortest": 20,
    }
    return Lane(entries=entries, **{**defaults, **fields})


def build(*lanes: Lane, now: int = LONG_AGO, step: int = 20) -> Board:
    return build_board(lanes, step=step, midnight=0, now=now)


def list_cells(board: Board) -> list[Cell]:
    return [cell for row in board.rows for cell in row.cells]


def read_column(board: Board) -> list[tuple[int, str, int]]:
    """Of a board with one column: start, kind and rowspan of each cell."""
    return [(cell.start, cell.kind.value, cell.rowspan) for cell in list_cells(board)]


@pytest.mark.parametrize(
    ("start_steps", "step"), [([20], 20), ([20, 30], 10), ([15, 5], 10), ([60, 40], 20), ([60], 30), ([], 30)]
)
def test_step_is_the_greatest_common_divisor_within_bounds(start_steps: list[int], step: int) -> None:
    assert choose_step(start_steps) == step


def test_rows_go_from_the_first_to_the_last_hour() -> None:
    board = build(make_lane(), make_lane(hours=(NINE + 20, TEN + 20)))

    assert [row.start for row in board.rows] == [NINE, NINE + 20, NINE + 40, TEN]


def test_rows_start_on_the_clock_and_not_on_the_hours() -> None:
    board = build(make_lane(hours=(NINE + 10, TEN)))

    assert [row.start for row in board.rows] == [NINE, NINE + 20, NINE + 40]


def test_visit_outside_hours_makes_the_day_longer() -> None:
    board = build(make_lane(make_entry(TEN + 30, TEN + 50)))

    assert read_column(board)[-2:] == [(TEN, "out", 1), (TEN + 20, "visit", 2)]


def test_visit_spans_its_rows_and_open_rows_stay_apart() -> None:
    board = build(make_lane(make_entry(NINE, NINE + 40), hours=(NINE, TEN + 20)))

    assert read_column(board) == [(NINE, "visit", 2), (NINE + 40, "open", 1), (TEN, "open", 1)]


def test_open_cell_names_the_slot() -> None:
    board = build(make_lane())

    assert list_cells(board)[1].slot == "1970-01-01T09:20Z/lena/midtown"


def test_open_cell_starts_where_the_hours_do() -> None:
    board = build(make_lane(hours=(NINE + 10, TEN)))

    assert list_cells(board)[0].slot == "1970-01-01T09:10Z/lena/midtown"


def test_open_cell_names_the_location_of_its_hour() -> None:
    places = [Place(NINE, NINE + 20, "midtown"), Place(NINE + 20, TEN, "uptown")]

    board = build(make_lane(open=places))

    assert [cell.slot.rpartition("/")[2] for cell in list_cells(board)] == ["midtown", "uptown", "uptown"]


def test_time_that_is_too_short_for_any_visit_is_not_offered() -> None:
    board = build(make_lane(shortest=40))

    assert read_column(board) == [(NINE, "open", 1), (NINE + 20, "open", 1), (NINE + 40, "short", 1)]


def test_past_time_is_free_and_not_offered() -> None:
    board = build(make_lane(), now=NINE + 45)

    assert read_column(board) == [(NINE, "free", 2), (NINE + 40, "open", 1)]


def test_row_of_now_is_marked() -> None:
    board = build(make_lane(), now=NINE + 39)

    assert [row.is_now for row in board.rows] == [False, True, False]


def test_no_row_of_another_day_is_marked() -> None:
    board = build(make_lane(), now=NINE + 24 * 60)

    assert not any(row.is_now for row in board.rows)


def test_visit_off_the_grid_takes_every_row_that_it_touches_and_tells_its_times() -> None:
    board = build(make_lane(make_entry(NINE + 10, NINE + 30)))

    [cell, _] = list_cells(board)
    assert (cell.start, cell.rowspan, cell.is_off_grid) == (NINE, 2, True)


def test_visit_on_the_grid_needs_no_times() -> None:
    board = build(make_lane(make_entry(NINE, NINE + 20)))

    assert not list_cells(board)[0].is_off_grid


def test_visits_that_share_a_row_share_a_cell_in_order() -> None:
    late, early = make_entry(NINE + 30, NINE + 50), make_entry(NINE, NINE + 30)

    board = build(make_lane(late, early))

    [cell] = list_cells(board)
    assert cell.entries == (early, late)
    assert (cell.rowspan, cell.is_off_grid) == (3, True)


def test_visits_that_overlap_both_show() -> None:
    long, inside = make_entry(NINE, TEN), make_entry(NINE + 20, NINE + 40)

    board = build(make_lane(long, inside))

    [cell] = list_cells(board)
    assert cell.entries == (long, inside)
    assert cell.rowspan == 3


def test_visits_that_touch_on_the_grid_stay_apart() -> None:
    board = build(make_lane(make_entry(NINE, NINE + 20), make_entry(NINE + 20, TEN)))

    assert read_column(board) == [(NINE, "visit", 1), (NINE + 20, "visit", 2)]


def test_held_time_is_a_kind_of_its_own() -> None:
    board = build(make_lane(make_entry(NINE, NINE + 20, is_held=True)))

    assert list_cells(board)[0].kind == Kind.HELD


def test_time_kept_free_after_a_visit_is_not_offered() -> None:
    board = build(make_lane(make_entry(NINE, NINE + 20, busy_end=NINE + 40)))

    assert read_column(board) == [(NINE, "visit", 1), (NINE + 20, "kept", 1), (NINE + 40, "open", 1)]


def test_closing_shows_its_note_as_one_cell() -> None:
    lane = make_lane(open=[Place(NINE, NINE + 20, "midtown")], shut=[Shut(NINE + 20, TEN, "Teaching")])

    board = build(lane)

    assert read_column(board) == [(NINE, "open", 1), (NINE + 20, "closed", 2)]
    assert list_cells(board)[1].label == "Teaching"


def test_closings_that_follow_each_other_keep_their_notes() -> None:
    shut = [Shut(NINE, NINE + 20, "Teaching"), Shut(NINE + 20, TEN, "Conference")]

    board = build(make_lane(open=[], shut=shut))

    assert [(cell.label, cell.rowspan) for cell in list_cells(board)] == [("Teaching", 1), ("Conference", 2)]


def test_visit_in_closed_time_shows() -> None:
    lane = make_lane(make_entry(NINE + 20, NINE + 40), open=[], shut=[Shut(NINE, TEN, "Teaching")])

    board = build(lane)

    assert [cell.kind for cell in list_cells(board)] == ["closed", "visit", "closed"]


def test_gap_between_hours_is_a_break() -> None:
    lane = make_lane(
        planned=[(NINE, NINE + 20), (NINE + 40, TEN)],
        open=[Place(NINE, NINE + 20, "midtown"), Place(NINE + 40, TEN, "midtown")],
    )

    board = build(lane)

    assert [cell.kind for cell in list_cells(board)] == ["open", "break", "open"]


def test_column_without_anything_to_book_is_free() -> None:
    board = build(make_lane(shortest=None))

    assert read_column(board) == [(NINE, "free", 3)]


def test_every_column_fills_every_row() -> None:
    lanes = [
        make_lane(make_entry(NINE + 10, NINE + 30)),
        make_lane(hours=(NINE + 20, TEN + 40)),
        make_lane(planned=[], open=[]),
    ]

    board = build(*lanes)

    assert sum(cell.rowspan for cell in list_cells(board)) == len(board.rows) * len(board.columns)


def test_day_without_hours_and_visits_has_no_rows() -> None:
    assert build(make_lane(planned=[], open=[])).rows == ()
    assert build().rows == ()
