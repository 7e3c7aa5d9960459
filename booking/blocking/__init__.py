"""The only writer of clinic hours: weekly rules, blocked and extra time, closures.

Each of them is one transaction (`booking.writing`) under the locks of all clinicians whose time it is. A
booking at the same moment therefore comes first, and `availability.caught` finds its visit, or comes second
and is refused.
"""

from booking.blocking.blocks import (
    BlockedTime,
    BlockGone,
    block_time,
    change_block,
    remove_block,
    remove_blocks,
    save_block,
)
from booking.blocking.closures import close_practice, open_practice
from booking.blocking.marks import ChangedMeanwhile, mark_block, mark_closure, mark_week
from booking.blocking.series import LONGEST, DayTooFar, Repeat, Scope, SeriesOverlaps, SeriesTooLong
from booking.blocking.week import Piece, end_rules, remove_rules, replace_week, save_rule

__all__ = [
    "LONGEST",
    "BlockGone",
    "BlockedTime",
    "ChangedMeanwhile",
    "DayTooFar",
    "Piece",
    "Repeat",
    "Scope",
    "SeriesOverlaps",
    "SeriesTooLong",
    "block_time",
    "change_block",
    "close_practice",
    "end_rules",
    "mark_block",
    "mark_closure",
    "mark_week",
    "open_practice",
    "remove_block",
    "remove_blocks",
    "remove_rules",
    "replace_week",
    "save_block",
    "save_rule",
]
