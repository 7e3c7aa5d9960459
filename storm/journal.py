"""What each client writes down, line by line, in a file of its own: its requests, and what it was told.

Times are `time.monotonic()`, which is one clock for all processes of a machine.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self

Kind = Literal["booked", "moved", "cancelled", "arrived", "undone"]
Outcome = Literal["done", "maybe", "refused"]


@dataclass(frozen=True)
class Press:
    """One request, with every redirect."""

    kind: str
    began: float
    seconds: float
    outcome: str
    """"ok", "refused" by a rule of the practice, or what went wrong."""


@dataclass(frozen=True)
class Act:
    """Something asked of a visit: pressed once, or until there was an answer."""

    kind: Kind
    email: str
    """Of the booking's contact; empty where the visit was somebody else's."""
    reference: str
    """As the page told it; empty where it did not."""
    slot: str
    """Where the visit is afterwards; empty for what leaves it there."""
    status: str
    """What the visit is afterwards; empty for what does not change that."""
    began: float
    ended: float
    outcome: Outcome
    """"done" and "refused" as somebody was told; "maybe" where an answer was lost, and no later one told."""


@dataclass(frozen=True)
class Offer:
    """A page or an answer that offered times. `slots` are keys as in a form field."""

    began: float
    ended: float
    slots: list[str]


class Lines(NamedTuple):
    """What all clients wrote, each sort in the order in which it began."""

    presses: list[Press]
    acts: list[Act]
    offers: list[Offer]


class Journal:
    """Appends; what is written stays, whatever becomes of the process."""

    def __init__(self, file: Path) -> None:
        # Line by line: the file is read when the process is gone.
        self.file = file.open("a", buffering=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()

    def note(self, line: Press | Act | Offer) -> None:
        self.file.write(json.dumps({"line": type(line).__name__, **asdict(line)}) + "\n")


def read_journals(files: Iterable[Path]) -> Lines:
    """Return all lines of all clients so far."""
    lines = Lines([], [], [])
    for file in files:
        # The last one may not be whole yet.
        for text in file.read_text().split("\n")[:-1]:
            words = json.loads(text)
            match words.pop("line"):
                case "Press":
                    lines.presses.append(Press(**words))
                case "Act":
                    lines.acts.append(Act(**words))
                case "Offer":
                    lines.offers.append(Offer(**words))
    for found in lines:
        found.sort(key=attrgetter("began"))
    return lines
