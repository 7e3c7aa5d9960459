"""Answers about free time, remembered for as long as they are true.

An answer is kept under everything that it hangs on: the question, the versions of what the database holds,
and the minute. A write gives the database another version (`versions.py`), the end of a hold another count
of holds, and the clock another minute; nobody then asks for the old answer any more. It is kept under the
versions read before the rows, so what was read a little too late is never older than its name says.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from django.core.cache import caches

from booking.availability.slots import to_minutes, to_minutes_up
from booking.versions import Versions

# Seconds. The minute is part of the key, so nobody can ask for longer.
KEPT_FOR = 60
# Characters. Longer ones would push out many short ones.
LONGEST_KEPT = 100_000


class Answer(NamedTuple):
    text: str
    etag: str


def remember(
    question: Iterable[str],
    *,
    versions: Versions | None,
    now: datetime,
    make: Callable[[], str],
    memory: str = "default",
) -> Answer:
    """Return the remembered answer to `question`, or make one and remember it.

    `now` is the moment at which `versions` were read; `make` takes it for now, or a later one. Whatever
    `make` raises is passed on. `memory` is one of settings.CACHES.
    """
    if versions is None:
        return _label(make())
    key = _name(question, versions=versions, now=now)
    cache = caches[memory]
    kept = cache.get(key)
    if kept is not None:
        return Answer(*kept)
    answer = _label(make())
    if len(answer.text) <= LONGEST_KEPT:
        cache.set(key, answer, KEPT_FOR)
    return answer


def _name(question: Iterable[str], *, versions: Versions, now: datetime) -> str:
    parts = [*question, *map(str, versions), str(to_minutes(now)), str(to_minutes_up(now))]
    return "answer-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _label(text: str) -> Answer:
    return Answer(text=text, etag=f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"')
