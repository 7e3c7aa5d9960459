from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.intervals import Interval, intersect, normalize, subtract, union
from booking.tests.engine.strategies import interval_sets, intervals, list_minutes, modest

# One interval at 10..20 and another in each position relative to it:
# position, the other, their union, their intersection, the first without the other.
POSITIONS: list[tuple[str, Interval, list[Interval], list[Interval], list[Interval]]] = [
    ("before", (2, 8), [(2, 8), (10, 20)], [], [(10, 20)]),
    ("just before", (2, 10), [(2, 20)], [], [(10, 20)]),
    ("across the start", (5, 15), [(5, 20)], [(10, 15)], [(15, 20)]),
    ("inside, from the start", (10, 15), [(10, 20)], [(10, 15)], [(15, 20)]),
    ("inside", (12, 18), [(10, 20)], [(12, 18)], [(10, 12), (18, 20)]),
    ("inside, to the end", (15, 20), [(10, 20)], [(15, 20)], [(10, 15)]),
    ("the same", (10, 20), [(10, 20)], [(10, 20)], []),
    ("around", (5, 25), [(5, 25)], [(10, 20)], []),
    ("across the end", (15, 25), [(10, 25)], [(15, 20)], [(10, 15)]),
    ("just after", (20, 28), [(10, 28)], [], [(10, 20)]),
    ("after", (22, 28), [(10, 20), (22, 28)], [], [(10, 20)]),
]


@pytest.mark.parametrize(
    ("other", "together", "common", "without"),
    [pytest.param(*case[1:], id=case[0]) for case in POSITIONS],
)
def test_set_operations_in_every_relative_position(
    other: Interval, together: list[Interval], common: list[Interval], without: list[Interval]
) -> None:
    assert union([(10, 20)], [other]) == together
    assert intersect([(10, 20)], [other]) == common
    assert intersect([other], [(10, 20)]) == common
    assert subtract([(10, 20)], [other]) == without


def test_subtract_one_hole_over_two_intervals() -> None:
    assert subtract([(0, 10), (20, 30), (40, 50)], [(5, 25), (28, 60)]) == [(0, 5), (25, 28)]


def test_intersect_one_interval_over_two() -> None:
    assert intersect([(0, 10), (20, 30)], [(5, 25), (26, 60)]) == [(5, 10), (20, 25), (26, 30)]
    assert intersect([(0, 10), (11, 20)], [(5, 12)]) == [(5, 10), (11, 12)]


def test_subtract_touching_intervals_stay_apart() -> None:
    assert subtract([(0, 10), (10, 20)], [(12, 14)]) == [(0, 10), (10, 12), (14, 20)]


def test_set_operations_with_nothing() -> None:
    assert normalize([]) == []
    assert union() == []
    assert subtract([], [(1, 2)]) == []
    assert subtract([(1, 2)], []) == [(1, 2)]
    assert intersect([], [(1, 2)]) == []
    assert intersect([(1, 2)], []) == []


@pytest.mark.parametrize("wrong", [(5, 5), (6, 5)])
@pytest.mark.parametrize("others", [[], [(0, 9)], [(7, 9)]])
def test_normalize_an_interval_that_does_not_start_before_it_ends(
    wrong: Interval, others: list[Interval]
) -> None:
    with pytest.raises(ValueError, match="does not start before it ends"):
        normalize([*others, wrong])


@modest
@given(st.lists(intervals()))
def test_normalize_gives_a_set_of_the_same_minutes(given_intervals: list[Interval]) -> None:
    result = normalize(given_intervals)

    assert list_minutes(result) == list_minutes(given_intervals)
    assert_is_set(result)
    assert normalize(result) == result


@modest
@given(interval_sets(), interval_sets())
def test_operations_agree_with_sets_of_minutes(a: list[Interval], b: list[Interval]) -> None:
    together, common, without = union(a, b), intersect(a, b), subtract(a, b)

    assert list_minutes(together) == list_minutes(a) | list_minutes(b)
    assert list_minutes(common) == list_minutes(a) & list_minutes(b)
    assert list_minutes(without) == list_minutes(a) - list_minutes(b)
    for result in (together, common, without):
        assert_is_set(result)


@modest
@given(interval_sets(), interval_sets())
def test_subtract_then_add_gives_back(a: list[Interval], b: list[Interval]) -> None:
    assert union(subtract(a, b), intersect(a, b)) == a
    assert union(subtract(a, b), b) == union(a, b)


@modest
@given(interval_sets(), interval_sets())
def test_operations_leave_their_arguments_alone(a: list[Interval], b: list[Interval]) -> None:
    a_before, b_before = a.copy(), b.copy()

    union(a, b)
    intersect(a, b)
    subtract(a, b)

    assert (a, b) == (a_before, b_before)


def assert_is_set(result: list[Interval]) -> None:
    assert all(start < end for start, end in result)
    assert all(end < next_start for (_, end), (next_start, _) in pairwise(result))
