"""The worked example in docs/architecture.md runs."""

import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "architecture.md"


def test_the_worked_example_says_what_the_engine_does() -> None:
    results = doctest.testfile(str(PAGE), module_relative=False)

    assert results.attempted > 5
    assert results.failed == 0
