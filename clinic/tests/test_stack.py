"""Work costs the same however deep it stands."""

import inspect
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from clinic.stack import SLOTS, keep_room
from clinic.wsgi import application

CALLS = 1_000
# One piece holds some 130 of these calls.
DEPTHS = range(400)


def call_often() -> int:
    """Return how often the system had to give memory meanwhile."""
    began = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        do_nothing()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - began


def do_nothing() -> None:
    return None


def stand_deep(depth: int, call: Callable[[], int]) -> int:
    return stand_deep(depth - 1, call) if depth else call()


def test_no_depth_asks_the_system_for_memory_again_and_again() -> None:
    with ThreadPoolExecutor() as elsewhere:
        asked = [
            elsewhere.submit(keep_room(partial(stand_deep, depth, call_often))).result() for depth in DEPTHS
        ]

    assert max(asked) < CALLS / 10


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Later releases keep the last piece of the stack.")
def test_without_room_some_depth_does() -> None:
    """Where this fails, `keep_room` has become needless."""
    with ThreadPoolExecutor() as elsewhere:  # the tests have room themselves
        asked = [elsewhere.submit(stand_deep, depth, call_often).result() for depth in DEPTHS]

    assert max(asked) >= CALLS


def test_arguments_answers_and_errors_pass_through() -> None:
    assert keep_room(divmod)(7, 2) == (3, 1)
    assert keep_room(partial(int, base=16))("ff") == 255
    with pytest.raises(ZeroDivisionError):
        keep_room(divmod)(1, 0)


def test_reports_of_errors_look_through_to_the_function_itself() -> None:
    assert inspect.unwrap(keep_room(do_nothing)) is do_nothing


def test_the_site_answers_with_room() -> None:
    assert application.__code__.co_stacksize >= SLOTS
