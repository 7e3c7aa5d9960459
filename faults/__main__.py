"""`python -m faults [WORD ...]`: every fault on SQLite and on a PostgreSQL of its own, as one table.

With words, only the faults whose names have one of them. 1 where a mail was lost, more were doubled
than processes died, an answer took too long, or anything else was not as promised.
"""

import sys

from clinic.processes import start_child, stop_children

DATABASES = ("SQLite", "PostgreSQL")


def main(words: list[str]) -> int:
    heads = f"{'mails':>6}{'lost':>6}{'doubled':>9}{'crashes':>9}{'slowest answer':>16}"
    print(f"{'fault':<46}{'database':<12}{heads}", flush=True)
    codes = [run_on(database, words) for database in DATABASES]
    return int(any(codes))


def run_on(database: str, words: list[str]) -> int:
    """In a process of its own: Django's settings hold for one database."""
    child = start_child([sys.executable, "-m", "faults.on_database", database, *words])
    try:
        return child.wait()
    finally:
        # After Ctrl-C it has processes and folders to clear away.
        stop_children(child, patience=30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
