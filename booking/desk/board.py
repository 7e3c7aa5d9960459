"""The board of a day: a column for each clinician or room, a row for each step of the clock.

Pure: minutes in, cells out. All times are UTC minutes since 1970. What is not on the grid still
shows: a visit reaches over every row that it touches, and visits that share a row share a cell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from math import gcd
from operator import attrgetter

from booking.engine.intervals import Interval, normalize, subtract

SMALLEST_STEP = 10
LARGEST_STEP = 30


class Kind(StrEnum):
    """What a cell is."""

    VISIT = "visit"
    HELD = "held"
    """Nothing but times that patients hold online."""
    OPEN = "open"
    """A visit can be booked here."""
    FREE = "free"
    """Free, and nothing to book: it has passed, or the column is a room."""
    SHORT = "short"
    """Free, but too short for any visit."""
    KEPT = "kept"
    """Kept free before or after a visit."""
    CLOSED = "closed"
    BREAK = "break"
    OUT = "out"
    """Before or after the hours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit, or a time held online, in the words of the board."""

    pk: int
    start: int
    end: int
    busy_start: int
    busy_end: int
    status: str
    sign: str = ""
    word: str = ""
    name: str = ""
    about: str = ""
    needs: str = ""
    span: str = ""
    place: str = ""
    """The slug of its location."""
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Shut:
    """Closed time, and why."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """Open time of a lane at one location."""

    start: int
    end: int
    slug: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What one column is made from: of a clinician by their slug, as `key`.

    `place` is the slug of the location where a visit would be that is dropped here; "" takes none.
    `planned` are the hours before closings, sorted and disjoint.
    `shortest` is how long the shortest visit is that can be booked here, in minutes; None: none can.
    """

    key: str
    heading: str
    detail: str
    place: str = ""
    planned: Sequence[Interval] = ()
    open: Sequence[Place] = ()
    shut: Sequence[Shut] = ()
    entries: Sequence[Entry] = ()
    shortest: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    kind: Kind
    rowspan: int
    heading: str
    """Of its column."""
    start: int
    label: str = ""
    entries: tuple[Entry, ...] = ()
    slot: str = ""
    is_off_grid: bool = False
    """The rows do not tell when its visits start and end."""


@dataclass(frozen=True, slots=True)
class Row:
    start: int
    is_now: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    heading: str
    detail: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    step: int


def choose_step(start_steps: Iterable[int]) -> int:
    """Return the minutes of a row: the greatest common divisor of the steps, but 10 to 30."""
    return min(max(gcd(*start_steps) or LARGEST_STEP, SMALLEST_STEP), LARGEST_STEP)


def build_board(lanes: Sequence[Lane], *, step: int, midnight: int, now: int) -> Board:
    """Lay the lanes out from the first to the last hour; visits outside hours make it longer.

    Rows start a whole number of steps after `midnight`. `now` marks a row if it lies in one.
    """
    edges = [edge for lane in lanes for interval in lane.planned for edge in interval]
    edges += [edge for lane in lanes for entry in lane.entries for edge in (entry.start, entry.end)]
    columns = tuple(
        Column(key=lane.key, heading=lane.heading, detail=lane.detail, place=lane.place) for lane in lanes
    )
    if not edges:
        return Board(columns=columns, rows=(), step=step)
    first = midnight + (min(edges) - midnight) // step * step
    starts = range(first, max(edges), step)
    laid_out = [_lay_out(lane, starts=starts, step=step, now=now) for lane in lanes]
    rows = tuple(
        Row(
            start=start,
            is_now=start <= now < start + step,
            cells=tuple(cells[start] for cells in laid_out if start in cells),
        )
        for start in starts
    )
    return Board(columns=columns, rows=rows, step=step)


def _lay_out(lane: Lane, *, starts: range, step: int, now: int) -> dict[int, Cell]:
    """Return the lane's cells by the row in which each begins."""
    cells: dict[int, Cell] = {}
    taken: set[int] = set()
    for group in _share_rows(lane.entries, first=starts.start, step=step):
        rows = range(_floor(group[0].start, starts.start, step), max(entry.end for entry in group), step)
        taken.update(rows)
        cells[rows.start] = Cell(
            kind=Kind.HELD if all(entry.is_held for entry in group) else Kind.VISIT,
            rowspan=len(rows),
            heading=lane.heading,
            start=rows.start,
            entries=tuple(group),
            is_off_grid=len(group) > 1 or (group[0].start, group[0].end) != (rows[0], rows[-1] + step),
        )
    free = subtract(
        normalize((place.start, place.end) for place in lane.open),
        normalize((entry.busy_start, entry.busy_end) for entry in lane.entries),
    )
    above: Cell | None = None
    for start in starts:
        if start in taken:
            above = None
            continue
        cell = _judge(lane, start=start, end=start + step, free=free, now=now)
        # Open rows stay apart, each with its own start; others that follow each other are one cell.
        if (
            above is not None
            and cell.kind != Kind.OPEN
            and (cell.kind, cell.label) == (above.kind, above.label)
        ):
            cell = replace(above, rowspan=above.rowspan + 1)
        cells[cell.start] = above = cell
    return cells


def _share_rows(entries: Iterable[Entry], *, first: int, step: int) -> list[list[Entry]]:
    """Return the entries in groups: those of one group touch the same rows."""
    groups: list[list[Entry]] = []
    reached = first
    for entry in sorted(entries, key=attrgetter("start", "end", "pk")):
        if groups and _floor(entry.start, first, step) < reached:
            groups[-1].append(entry)
        else:
            groups.append([entry])
        reached = max(reached, -_floor(-entry.end, -first, step))
    return groups


def _floor(minute: int, first: int, step: int) -> int:
    return first + (minute - first) // step * step


def _judge(lane: Lane, *, start: int, end: int, free: Sequence[Interval], now: int) -> Cell:
    """Return the cell of one row without a visit."""
    for free_start, free_end in free:
        if free_start < end and start < free_end:
            begins = max(start, free_start)
            if lane.shortest is None or end <= now:
                return Cell(kind=Kind.FREE, rowspan=1, heading=lane.heading, start=start)
            if free_end - begins < lane.shortest:
                return Cell(kind=Kind.SHORT, rowspan=1, heading=lane.heading, start=start)
            slot = _name_slot(begins, lane)
            return Cell(kind=Kind.OPEN, rowspan=1, heading=lane.heading, start=start, slot=slot)
    for shut in lane.shut:
        if shut.start < end and start < shut.end:
            return Cell(kind=Kind.CLOSED, rowspan=1, heading=lane.heading, start=start, label=shut.label)
    if any(entry.busy_start < end and start < entry.busy_end for entry in lane.entries):
        kind = Kind.KEPT
    elif lane.planned and lane.planned[0][0] < end and start < lane.planned[-1][1]:
        kind = Kind.BREAK
    else:
        kind = Kind.OUT
    return Cell(kind=kind, rowspan=1, heading=lane.heading, start=start)


def _name_slot(start: int, lane: Lane) -> str:
    """Return the key of a slot, as `availability.parse_slot_key` reads it."""
    place = next(place for place in lane.open if place.start <= start < place.end)
    return f"{name_minute(start)}/{lane.key}/{place.slug}"


def name_minute(minute: int) -> str:
    """Return a UTC minute as a slot's key begins."""
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%MZ}"
