"""Cells that the programs which open them take for text."""

from typing import Any

# The wide ones too: where Japanese is typed, they are the same to a spreadsheet.
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def neutralize(cell: Any) -> str:
    """Return the cell as text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    # Some skip what is blank before they look.
    is_risky = text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(FORMULA_SIGNS)
    return f"'{text}" if is_risky else text
