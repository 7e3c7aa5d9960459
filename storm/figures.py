"""How long answers took, by kind of request: while nothing was down, and in all; and what went wrong."""

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf

from storm.journal import Press

EMPTY = "empty view"
# What comes so many seconds after a kill and after the silence that it brought is calm: all is started anew.
AFTER_KILL, AFTER_SILENCE = 10, 5


@dataclass(frozen=True)
class Kill:
    """`at` is a `time.monotonic()`."""

    at: float
    what: str


@dataclass(frozen=True)
class Disturbance:
    """What a kill did. `silence` is the longest time in seconds, until the next kill, without a page."""

    kill: Kill
    silence: float
    until: float


def measure_disturbances(kills: Sequence[Kill], presses: Iterable[Press]) -> list[Disturbance]:
    pages = sorted(
        press.began + press.seconds for press in presses if press.outcome == "ok" and press.kind != EMPTY
    )
    found = []
    for kill, following in pairwise([*kills, Kill(at=inf, what="")]):
        after = pages[bisect(pages, kill.at) :]
        # With the one that ends the last silence that began before the next kill.
        since = [kill.at, *after[: bisect(after, following.at) + 1]]
        silence, ended = max(
            ((later - earlier, later) for earlier, later in pairwise(since)), default=(inf, inf)
        )
        found.append(
            Disturbance(kill, silence=silence, until=max(kill.at + AFTER_KILL, ended + AFTER_SILENCE))
        )
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The least of `values`, which are sorted, that `share` of them do not exceed."""
    return values[max(0, ceil(share * len(values)) - 1)]


def is_calm(press: Press, disturbances: Iterable[Disturbance]) -> bool:
    return all(
        press.began + press.seconds < disturbance.kill.at or press.began > disturbance.until
        for disturbance in disturbances
    )


def describe_presses(
    presses: Sequence[Press], *, disturbances: Sequence[Disturbance], seconds: float
) -> list[str]:
    """A line for each kind of request: how many, how many a second, milliseconds, calm and in all.

    The times are those of answers: a connection that is refused at once says nothing of how fast we are.
    """
    by_kind: dict[str, list[Press]] = defaultdict(list)
    for press in presses:
        by_kind[press.kind].append(press)
    heads = f"{'p50':>8}{'p95':>7}{'p99':>7}"
    lines = [
        f"{'':<22}{'':>7}{'':>7}{'calm, ms':>22}{'in all, ms':>22}",
        f"{'request':<22}{'number':>7}{'a s':>7}{heads}{heads}{'failed':>8}",
    ]
    ordered = sorted(by_kind, key=lambda kind: (kind == EMPTY, kind))
    for kind, group in [*((kind, by_kind[kind]) for kind in ordered), ("all but the empty", [])]:
        chosen = group or [press for press in presses if press.kind != EMPTY]
        answered = [press for press in chosen if press.outcome in ("ok", "refused")]
        lines.append(
            f"{kind:<22}{len(chosen):>7}{len(chosen) / seconds:>7.1f}"
            f"{describe_times([press for press in answered if is_calm(press, disturbances)])}"
            f"{describe_times(answered)}{len(chosen) - len(answered):>8}"
        )
    return lines


def describe_times(presses: Sequence[Press]) -> str:
    if not presses:
        return f"{'–':>8}{'–':>7}{'–':>7}"
    times = sorted(press.seconds * 1000 for press in presses)
    p50, p95, p99 = (percentile(times, share) for share in (0.50, 0.95, 0.99))
    return f"{p50:>8.0f}{p95:>7.0f}{p99:>7.0f}"


def describe_outcomes(presses: Sequence[Press], *, disturbances: Sequence[Disturbance]) -> list[str]:
    """A line for each thing that a request came to."""
    calm = Counter(press.outcome for press in presses if is_calm(press, disturbances))
    everything = Counter(press.outcome for press in presses)
    lines = [f"{'outcome':<28}{'calm':>8}{'in all':>8}{'share':>9}"]
    for outcome, count in everything.most_common():
        lines.append(f"{outcome:<28}{calm[outcome]:>8}{count:>8}{count / len(presses):>9.2%}")
    return lines


def describe_kills(disturbances: Iterable[Disturbance], *, began: float) -> list[str]:
    """A line for each kill: when, what, and how long nobody got a page."""
    return [
        f"{'at':>8}  {'killed':<24}{'longest silence':>15}",
        *(
            f"{one.kill.at - began:>6.0f} s  {one.kill.what:<24}{one.silence:>13.1f} s"
            for one in disturbances
        ),
    ]
