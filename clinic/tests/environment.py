"""Which variables of the environment are somebody's own settings: none of them may reach the tests."""

import re
from collections.abc import Iterable
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
# The database to test on may; conftest.py says which.
SHARED = "DATABASE_URL"
# A provider's own settings: .env.example cannot name them all.
OF_PROVIDERS = "ANYMAIL_"


def list_variables() -> list[str]:
    """Return what .env.example lists, which is everything that we read, in its order."""
    return re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def find_own(names: Iterable[str]) -> set[str]:
    """Return those of the variables that are somebody's own settings, or name a file that holds one."""
    listed = set(list_variables())
    return {
        name
        for name in names
        if name != SHARED
        and (name in listed or name.removesuffix("_FILE") in listed or name.startswith(OF_PROVIDERS))
    }
