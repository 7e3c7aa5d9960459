"""The roles of staff: the matrix in `roles.toml`, the groups made from it, and its page in the docs."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.contrib.auth.models import Group, Permission
from django.db import transaction

MATRIX = Path(__file__).with_name("roles.toml")

_INTRODUCTION = """\
# Who may do what

This page is written from `staff/roles.toml` by `python manage.py sync_roles --page > docs/roles.md`.
Change that file, never this page; a test compares the two. ADR 19 has the reasons.

Each role is a group, made and kept by `python manage.py sync_roles` at every release. It takes away what the
matrix does not have, and touches nobody's membership. Whoever has several roles may do what any of them may.
Without `booking.view_every_visit` somebody sees the visits of the clinician that their account belongs to,
the patients of these visits, and that clinician's blocked time: nothing else.
"""


class UnknownPermission(LookupError):
    """The matrix names a permission that no model has."""


@dataclass(frozen=True)
class Line:
    """One permission ("booking.view_patient"), what it lets somebody do, and the keys of who has it."""

    part: str
    permission: str
    what: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Hidden:
    """A field ("booking.appointment.reason") that is read with a permission only."""

    field: str
    what: str
    needs: str


@dataclass(frozen=True)
class Matrix:
    """`roles` are the names of groups by key."""

    roles: dict[str, str]
    lines: tuple[Line, ...]
    hidden: tuple[Hidden, ...]

    def permissions_of(self, role: str) -> frozenset[str]:
        return frozenset(line.permission for line in self.lines if role in line.roles)


@cache
def read_matrix() -> Matrix:
    """Raises ValueError for a role that is not named at the top of the file."""
    read = tomllib.loads(MATRIX.read_text(encoding="utf-8"))
    lines = tuple(
        Line(part=part, permission=permission, what=said["what"], roles=tuple(said["roles"]))
        for part, permissions in read["parts"].items()
        for permission, said in permissions.items()
    )
    for line in lines:
        if not read["roles"].keys() >= set(line.roles):
            raise ValueError(f"{line.permission}: one of {line.roles} is no role.")
    hidden = tuple(Hidden(field=field, **said) for field, said in read["hidden"].items())
    return Matrix(roles=read["roles"], lines=lines, hidden=hidden)


def sync_roles() -> None:
    """Make a group of each role, with the matrix's permissions and no others. Raises UnknownPermission."""
    matrix = read_matrix()
    known = {
        f"{one.content_type.app_label}.{one.codename}": one
        for one in Permission.objects.select_related("content_type")
    }
    unknown = {line.permission for line in matrix.lines} - known.keys()
    if unknown:
        raise UnknownPermission(", ".join(sorted(unknown)))
    with transaction.atomic():
        for role, name in matrix.roles.items():
            group, _ = Group.objects.get_or_create(name=name)
            group.permissions.set([known[permission] for permission in matrix.permissions_of(role)])


def write_page() -> str:
    """Return docs/roles.md."""
    matrix = read_matrix()
    return "\n".join([_INTRODUCTION, *_write_parts(matrix), *_write_hidden(matrix), ""])


def _write_parts(matrix: Matrix) -> Iterator[str]:
    yield _write_row("", matrix.roles.values(), "permission")
    yield _write_row("---", [":-:"] * len(matrix.roles), "---")
    part = ""
    for line in matrix.lines:
        if line.part != part:
            part = line.part
            yield _write_row(f"**{part}**", [""] * len(matrix.roles), "")
        ticks = ["yes" if role in line.roles else "" for role in matrix.roles]
        yield _write_row(line.what, ticks, f"`{line.permission}`")


def _write_hidden(matrix: Matrix) -> Iterator[str]:
    yield "\n## Hidden fields\n"
    yield "Not shown, not filtered or sorted by, not searched and not exported without the permission.\n"
    yield _write_row("field", ["what it is", "needs"])
    yield _write_row("---", ["---", "---"])
    for hidden in matrix.hidden:
        yield _write_row(f"`{hidden.field}`", [hidden.what, f"`{hidden.needs}`"])


def _write_row(first: str, cells: Iterable[str], *last: str) -> str:
    return f"| {' | '.join([first, *cells, *last])} |"
