"""`python -m simulation [--days 60] [--seed 1]`: a made-up clinic, day by day, with and without its waitlist.

Real actions, outbox and waitlist on SQLite and on a PostgreSQL of its own, with the clock set forward. The
people's habits are made up (`simulation.people`): the figures show how the parts work together, and not
what a practice will see. 1 where something did not hold at the end of any day.
"""

import argparse
import sys

from clinic.processes import start_child, stop_children

DATABASES = ("SQLite", "PostgreSQL")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--days", type=int, default=60, help="clinic days")
    parser.add_argument("--seed", type=int, default=1, help="other people, other luck")
    parser.add_argument("--database", choices=DATABASES, help="on this one alone")
    chosen = parser.parse_args()
    heads = f"{'waitlist':<10}{'visits':>8}{'chair use':>11}{'offers':>8}{'taken':>7}{'passed':>8}"
    print(f"{'database':<12}{heads}{'silent':>8}{'mails':>7}{'broken':>8}{'seconds':>9}", flush=True)
    codes = [
        run_on(database, days=chosen.days, seed=chosen.seed, waitlist=waitlist)
        for database in DATABASES
        if chosen.database in (None, database)
        for waitlist in ("without", "with")
    ]
    return int(any(codes))


def run_on(database: str, *, days: int, seed: int, waitlist: str) -> int:
    """In a process of its own: Django's settings hold for one database, and the audit's cannot be emptied."""
    words = [database, str(days), str(seed), waitlist]
    child = start_child([sys.executable, "-m", "simulation.on_database", *words])
    try:
        return child.wait()
    finally:
        stop_children(child, patience=30)


if __name__ == "__main__":
    sys.exit(main())
