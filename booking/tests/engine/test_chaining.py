"""Pairs of starts against every pair there is, judged minute by minute."""

from hypothesis import given
from hypothesis import strategies as st

from booking.engine.chaining import Link, pair_starts
from booking.engine.slots import VisitShape
from booking.tests.engine.strategies import modest

shapes = st.builds(
    VisitShape,
    duration=st.integers(1, 40),
    buffer_before=st.integers(0, 15),
    buffer_after=st.integers(0, 15),
)
links = st.builds(
    Link, first=shapes, second=shapes, least=st.integers(0, 30), most=st.integers(0, 90)
).filter(lambda link: link.least <= link.most)
starts = st.lists(st.integers(0, 200), max_size=12).map(sorted)

TEST = VisitShape(duration=60, buffer_after=20)
VISIT = VisitShape(duration=20, start_step=20)


def list_busy(start: int, shape: VisitShape) -> set[int]:
    return set(range(start - shape.buffer_before, start + shape.duration + shape.buffer_after))


def may_follow(first: int, second: int, link: Link) -> bool:
    wait = second - (first + link.first.duration)
    apart = list_busy(first, link.first).isdisjoint(list_busy(second, link.second))
    return link.least <= wait <= link.most and apart


@modest
@given(firsts=starts, seconds=starts, link=links)
def test_pairs_are_all_that_may_follow_the_soonest_and_shortest_first(
    firsts: list[int], seconds: list[int], link: Link
) -> None:
    pairs = pair_starts(firsts, seconds, link=link)

    every = [(one, other) for one in range(len(firsts)) for other in range(len(seconds))]
    assert pairs == [pair for pair in every if may_follow(firsts[pair[0]], seconds[pair[1]], link)]
    in_order = [(firsts[one], seconds[other] - firsts[one]) for one, other in pairs]
    by_first = sorted(in_order, key=lambda pair: pair[0])
    assert in_order == by_first
    assert all(link.joins(firsts[one], seconds[other]) for one, other in pairs)


def test_buffers_count_where_they_are_longer_than_the_gap() -> None:
    link = Link(first=TEST, second=VISIT, least=0, most=60)

    pairs = pair_starts([0], [60, 79, 80, 120, 121], link=link)

    assert pairs == [(0, 2), (0, 3)]


def test_gap_that_the_buffers_fill_has_no_pair() -> None:
    link = Link(first=TEST, second=VISIT, least=0, most=10)

    assert pair_starts([0], list(range(200)), link=link) == []


def test_one_start_of_several_clinicians_is_paired_with_each() -> None:
    link = Link(first=VISIT, second=VISIT, least=0, most=0)

    assert pair_starts([0, 0], [20, 20], link=link) == [(0, 0), (0, 1), (1, 0), (1, 1)]
