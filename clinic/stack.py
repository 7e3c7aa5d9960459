"""Room on Python's stack for a whole request, so that no loop runs across the end of a piece of it.

CPython 3.11 and 3.12 keep their frames in pieces of 16 KB. Each call that does not fit any more gets a new
piece from the system and gives it back when it returns. A loop that stands just there, as a template's may,
does so for each of its calls, and takes up to twice as long; chance decides, by how deep it stands.
https://github.com/python/cpython/issues/142183, mended in the last releases of 3.13 and 3.14.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Of 8 bytes. A piece is a power of two that holds the frame that needs it and a little more: for this one
# 256 KB, of which half are left. The page of times, with its templates, takes some 20.
SLOTS = 16_384


def keep_room(call: Callable[P, R]) -> Callable[P, R]:
    """Return `call` with 128 KB of stack in one piece for whatever it calls.

    They are taken once for each call, some microseconds, and only what is used of them is memory.
    """

    def call_with_room(*args: P.args, **kwargs: P.kwargs) -> R:
        return call(*args, **kwargs)

    # Reports of errors look through it. Not functools.wraps: that copies what an application holds.
    call_with_room.__wrapped__ = call  # type: ignore[attr-defined]
    call_with_room.__code__ = call_with_room.__code__.replace(co_stacksize=SLOTS)
    return call_with_room
