"""`python -m storm.client FOLDER ROLE NUMBER COUNT`: one client, until somebody writes FOLDER/over.

NUMBER is which of the COUNT clients of this role it is. What it was told is written to ROLE-NUMBER.jsonl.
"""

import json
import sys
from pathlib import Path

from storm.desk import Receptionist
from storm.journal import Journal
from storm.people import Patients, Person, Plan, Reader

# There as soon as the load is to end.
OVER = "over"
ROLES: dict[str, type[Person]] = {
    "readers": Reader,
    "patients": Patients,
    "receptionists": Receptionist,
}


def main(folder: Path, role: str, number: int, count: int) -> None:
    plan = Plan(**json.loads((folder / "plan.json").read_text()))
    with Journal(folder / f"{role}-{number}.jsonl") as journal:
        person = ROLES[role](plan=plan, journal=journal, number=number, count=count)
        while not (folder / OVER).exists():
            person.work()
            person.pause()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
