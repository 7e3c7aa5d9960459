from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.intervals import Interval
from booking.engine.openings import Opening
from booking.engine.slots import VisitShape, find_rooms_free, find_starts
from booking.tests.engine.strategies import intervals, list_minutes, modest, open_times, shapes

HALF_HOUR = VisitShape(duration=30, start_step=15)
MORNING = Opening(540, 720, 540)


def find(
    *openings: Opening,
    busy: list[Interval] | None = None,
    shape: VisitShape = HALF_HOUR,
    rooms_busy: list[list[Interval]] | None = None,
    earliest: int = 0,
    latest: int = 10_000,
    limit: int | None = None,
) -> list[int]:
    return find_starts(
        openings=openings or [MORNING],
        busy=busy or [],
        shape=shape,
        rooms_free=None if rooms_busy is None else find_rooms_free(rooms_busy, shape),
        earliest=earliest,
        latest=latest,
        limit=limit,
    )


def test_find_starts_of_an_empty_calendar_ends_with_the_last_whole_visit() -> None:
    assert find() == [540, 555, 570, 585, 600, 615, 630, 645, 660, 675, 690]


def test_find_starts_without_openings() -> None:
    assert find_starts(openings=[], busy=[(1, 2)], shape=HALF_HOUR, earliest=0, latest=10_000) == []


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        (Opening(540, 569, 540), []),
        (Opening(540, 570, 540), [540]),
        (Opening(541, 571, 540), []),
        (Opening(550, 600, 540), [555, 570]),
    ],
    ids=["a minute too short", "just long enough", "long enough off the grid", "anchor before the start"],
)
def test_find_starts_in_an_opening_of_one_visit(opening: Opening, expected: list[int]) -> None:
    assert find(opening) == expected


def test_find_starts_never_spans_openings_that_touch() -> None:
    before_midnight, after_midnight = Opening(1380, 1440, 1380), Opening(1440, 1500, 1440)

    assert find(before_midnight, after_midnight) == [1380, 1395, 1410, 1440, 1455, 1470]


# A visit of 30 minutes with buffers of 10 before and 5 after, asked for at 600 only: it takes 590..635.
@pytest.mark.parametrize(
    ("busy", "is_offered"),
    [
        ((500, 580), True),
        ((500, 590), True),
        ((500, 591), False),
        ((595, 600), False),
        ((610, 620), False),
        ((590, 635), False),
        ((500, 700), False),
        ((634, 700), False),
        ((635, 700), True),
        ((640, 700), True),
    ],
    ids=[
        "before",
        "just before",
        "across the start",
        "inside the buffer",
        "inside the visit",
        "the same",
        "around",
        "across the end",
        "just after",
        "after",
    ],
)
def test_find_starts_beside_one_busy_time(busy: Interval, is_offered: bool) -> None:
    shape = VisitShape(duration=30, buffer_before=10, buffer_after=5, start_step=15)

    assert find(busy=[busy], shape=shape, earliest=600, latest=600) == ([600] if is_offered else [])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(590, 635, [600]), (591, 635, []), (590, 634, []), (575, 635, [585, 600]), (590, 650, [600, 615])],
)
def test_find_starts_in_a_gap_between_busy_times(before: int, after: int, expected: list[int]) -> None:
    shape = VisitShape(duration=30, buffer_before=10, buffer_after=5, start_step=15)

    assert find(busy=[(500, before), (after, 800)], shape=shape) == expected


def test_find_starts_buffers_may_reach_out_of_the_opening() -> None:
    shape = VisitShape(duration=30, buffer_before=10, buffer_after=10, start_step=15)

    assert find(Opening(540, 570, 540), shape=shape) == [540]
    assert find(Opening(540, 570, 540), shape=shape, busy=[(500, 531)]) == []
    assert find(Opening(540, 570, 540), shape=shape, busy=[(579, 600)]) == []


def test_find_starts_busy_times_in_any_order_and_overlapping() -> None:
    busy = [(660, 700), (560, 570), (545, 600), (550, 555), (650, 665)]

    assert find(busy=busy) == [600, 615]


@pytest.mark.parametrize(
    ("earliest", "latest", "expected"),
    [
        (600, 630, [600, 615, 630]),
        (601, 629, [615]),
        (601, 614, []),
        (630, 600, []),
        (0, 540, [540]),
        (690, 10_000, [690]),
    ],
)
def test_find_starts_within_the_window(earliest: int, latest: int, expected: list[int]) -> None:
    assert find(earliest=earliest, latest=latest) == expected


@pytest.mark.parametrize(
    ("rooms_busy", "expected"),
    [
        (None, [600, 615, 630]),
        ([], []),
        ([[]], [600, 615, 630]),
        ([[(0, 1000)]], []),
        ([[(0, 1000)], []], [600, 615, 630]),
        ([[(0, 630)], [(645, 1000)]], [600, 615, 630]),
        ([[(0, 645)], [(630, 1000)]], [600]),
    ],
    ids=[
        "needs none",
        "has none",
        "free",
        "taken",
        "one of two free",
        "free one after the other",
        "never one for the whole visit",
    ],
)
def test_find_starts_with_rooms(rooms_busy: list[list[Interval]] | None, expected: list[int]) -> None:
    assert find(rooms_busy=rooms_busy, earliest=600, latest=630) == expected


@pytest.mark.parametrize("limit", [0, 1, 3, 11, 12, None])
def test_find_starts_limit_keeps_the_soonest(limit: int | None) -> None:
    openings = [Opening(540, 600, 540), Opening(700, 900, 700)]

    assert find(*openings, busy=[(560, 565)], limit=limit) == find(*openings, busy=[(560, 565)])[:limit]


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration": 0},
        {"duration": 30, "start_step": 0},
        {"duration": 30, "buffer_before": -1},
        {"duration": 30, "buffer_after": -1},
    ],
)
def test_visit_shape_that_is_none(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="not the shape of a visit"):
        VisitShape(**wrong)


@modest
@given(
    openings=open_times(),
    busy=st.lists(intervals(0, 480), max_size=6),
    rooms_busy=st.none() | st.lists(st.lists(intervals(0, 480), max_size=5), max_size=3),
    shape=shapes,
    earliest=st.integers(-20, 400),
    latest=st.integers(0, 500),
)
def test_find_starts_agrees_with_trying_every_minute(
    openings: list[Opening],
    busy: list[Interval],
    rooms_busy: list[list[Interval]] | None,
    shape: VisitShape,
    earliest: int,
    latest: int,
) -> None:
    starts = find_starts(
        openings=openings,
        busy=busy,
        shape=shape,
        rooms_free=None if rooms_busy is None else find_rooms_free(rooms_busy, shape),
        earliest=earliest,
        latest=latest,
    )

    taken = list_minutes(busy)
    rooms_taken = None if rooms_busy is None else [list_minutes(room) for room in rooms_busy]

    def can_start(start: int) -> bool:
        with_buffers = range(start - shape.buffer_before, start + shape.duration + shape.buffer_after)
        return (
            any(
                opening.start <= start
                and start + shape.duration <= opening.end
                and (start - opening.anchor) % shape.start_step == 0
                for opening in openings
            )
            and taken.isdisjoint(with_buffers)
            and (rooms_taken is None or any(room.isdisjoint(with_buffers) for room in rooms_taken))
        )

    assert starts == [start for start in range(earliest, latest + 1) if can_start(start)]


@modest
@given(openings=open_times(), busy=st.lists(intervals(0, 480), max_size=6), shape=shapes)
def test_find_starts_can_be_booked_one_after_the_other(
    openings: list[Opening], busy: list[Interval], shape: VisitShape
) -> None:
    booked: list[Interval] = []

    while starts := find(*openings, busy=[*busy, *booked], shape=shape, limit=1):
        booked.append((starts[0] - shape.buffer_before, starts[0] + shape.duration + shape.buffer_after))

    assert all(earlier[1] <= later[0] for earlier, later in pairwise(booked))
    assert list_minutes(booked).isdisjoint(list_minutes(busy))
