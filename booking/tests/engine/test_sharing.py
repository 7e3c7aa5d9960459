"""Work spread evenly over several people, the same way wherever it is asked."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.engine.sharing import choose_fairly, measure_share
from booking.tests.engine.strategies import modest

DAY = 24 * 60
shares = st.dictionaries(
    st.integers(1, 50),
    st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1, 2), Fraction(1)]),
    min_size=1,
)


@modest
@given(start=st.integers(0, 10**8), shares=shares)
def test_nobody_with_a_smaller_share_is_passed_over(start: int, shares: dict[int, Fraction]) -> None:
    chosen = choose_fairly(start, shares)

    assert shares[chosen] == min(shares.values())


@modest
@given(start=st.integers(0, 10**8), shares=shares)
def test_the_order_of_asking_changes_nothing(start: int, shares: dict[int, Fraction]) -> None:
    turned = dict(reversed(shares.items()))

    assert choose_fairly(start, shares) == choose_fairly(start, turned)


@pytest.mark.parametrize("people", [2, 3, 5, 7])
@pytest.mark.parametrize("every", [10, 15, 20, 60, DAY, 7 * DAY])
def test_equal_shares_take_turns_whatever_the_rhythm(people: int, every: int) -> None:
    """Every ten minutes, once a day at nine, once a week: nobody is far from an equal part."""
    nine = 29_000_000
    equal = dict.fromkeys(range(1, people + 1), Fraction(0))

    turns = Counter(choose_fairly(nine + every * number, equal) for number in range(420))

    equal_part = 420 / people
    assert all(0.75 * equal_part <= turns[person] <= 1.25 * equal_part for person in equal)


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ([], Fraction(0)),
        ([(0, 30)], Fraction(1, 4)),
        ([(0, 30), (20, 60)], Fraction(1, 2)),
        ([(30, 90)], Fraction(1, 4)),
        ([(60, 120)], Fraction(0)),
        ([(-60, 240)], Fraction(1)),
    ],
    ids=["nothing", "some", "overlapping", "over the lunch break", "beside it", "all"],
)
def test_share_counts_open_time_only(busy: list[tuple[int, int]], expected: Fraction) -> None:
    share = measure_share(openings=[(0, 60), (120, 180)], busy=busy)

    assert share == expected


def test_no_open_time_is_no_free_time() -> None:
    assert measure_share(openings=[], busy=[(0, 10)]) == 1


def test_nobody_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        choose_fairly(0, {})
