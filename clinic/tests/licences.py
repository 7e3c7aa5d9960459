"""`python -m clinic.tests.licences`: the licence of each locked package, as its own metadata tells it."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata

from clinic.run import ROOT

# What is only installed on other machines, or says nothing of itself in a form that a program reads.
TOLD_ELSEWHERE = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
}


def list_packages(lock: str) -> list[str]:
    text = (ROOT / lock).read_text()
    return re.findall(r"^([A-Za-z0-9][A-Za-z0-9_.-]*)(?:\[[^]]*\])?==", text, flags=re.MULTILINE)


def read_licence(package: str) -> str:
    """Return an expression or words; "" where nobody tells."""
    try:
        told = metadata(package)
    except PackageNotFoundError:
        return TOLD_ELSEWHERE.get(package, "")
    classifiers = [
        line.split(" :: ")[-1] for line in told.get_all("Classifier", []) if line.startswith("License :: ")
    ]
    words = told.get("License-Expression") or "; ".join(classifiers) or (told.get("License") or "").strip()
    return words.splitlines()[0] if words else TOLD_ELSEWHERE.get(package, "")


def write_table() -> Iterator[str]:
    production = set(list_packages("requirements.txt"))
    for package in list_packages("requirements-dev.txt"):
        where = "" if package in production else "  (tests and tools)"
        yield f"{package:<34}{read_licence(package)}{where}"


if __name__ == "__main__":
    sys.stdout.write("\n".join([*write_table(), ""]))
