"""What patients read of the practice's own rows, in the language of the page or mail.

A text that patients read has a column beside it for each other language: `name` and `name_es`. Only
`told` chooses between them; what staff read is `name`, and staff pages speak English.
"""

from typing import Any

from django.utils.translation import get_language


class Told:
    """The texts of a row as patients read them now: `visit_type.told.name`. A blank one is told in
    English.
    """

    def __init__(self, row: Any) -> None:
        self._row = row

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._row.__dict__.get(f"{name}_{get_language()}") or getattr(self._row, name)

    def is_english(self, name: str) -> bool:
        """Whether a text stands there in English on a page in another language."""
        language = get_language()
        told = getattr(self._row, f"{name}_{language}", None)
        return told == "" and bool(getattr(self._row, name))


class ToldMixin:
    """For rows with texts in two languages."""

    @property
    def told(self) -> Told:
        return Told(self)
