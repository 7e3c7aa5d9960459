"""The pictures of the README: there, light enough, and all of them taken by `make screenshots`."""

import re

from clinic.run import ROOT
from clinic.screenshots import FOLDER, MAX_BYTES


def test_readme_shows_what_is_there_and_nothing_else_is() -> None:
    shown = set(re.findall(r"docs/images/([\w-]+\.png)", (ROOT / "README.md").read_text()))

    assert shown == {path.name for path in FOLDER.iterdir()}


def test_pictures_are_light() -> None:
    assert all(path.stat().st_size <= MAX_BYTES for path in FOLDER.iterdir())


def test_each_picture_is_taken_by_the_command() -> None:
    command = (ROOT / "clinic" / "screenshots.py").read_text()

    assert {path.name for path in FOLDER.iterdir()} == set(re.findall(r'"([\w-]+\.png)"', command))
