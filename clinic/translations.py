"""The texts that patients read, and their translations. Production needs only the .mo.

The rule: every text that goes through gettext is for patients, except in the files that STAFF_ONLY names.
A new file is for patients until it is listed there. Of models, patients see the choices and nothing else:
names of fields, help texts and errors stand in the admin. docs/adr/0017 says why staff read English.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT: Path = settings.BASE_DIR
SOURCES = (
    "templates/**/*.html",
    "templates/**/*.txt",
    *(f"{app}/**/*.py" for app in ("booking", "clinic", "education")),
)
STAFF_ONLY = (
    "*/tests/*",
    "*/migrations/*",
    "*/management/*",
    "*/admin/*",
    "*/admin.py",
    "*/apps.py",
    "*/checks.py",
    "templates/account/*",
    "templates/admin/*",
    "templates/allauth/*",
    "templates/desk/*",
    "templates/mfa/*",
    "templates/outbox/*",
    "templates/robots.txt",
    "templates/staff/*",
    "templates/emails/broke_glass/*",
    "templates/emails/staff/*",
    "templates/emails/daily_list/*",
    "templates/emails/delivery_problem/*",
    "booking/availability/*",
    "booking/away.py",
    "booking/blocking/*",
    "booking/constraints.py",
    "booking/demo/*",
    "booking/desk/*",
    "booking/duplicates.py",
    "booking/models/figures.py",
    "booking/reports/*",
    "booking/mail/samples.py",
    "booking/models/away.py",  # its choices too: only the desk shows them
    "booking/privacy/*",
    "booking/mail/staff.py",
    "booking/templatetags/set_up.py",
    "booking/views/api.py",  # for programs: its address has no language
    "education/editing/*",
    "booking/audited.py",
    "booking/scope.py",
    "education/finding/rows.py",
    "education/path/problems.py",
    "education/path/rows.py",
    "education/render.py",
    "education/sources.py",
)
MODELS = ("booking/models/*", "education/models.py")
# Choices that only staff see.
STAFF_CHOICES = {
    "ActorKind",
    "ArticleStatus",
    "Audience",
    "CameFrom",
    "CancellationReason",
    "Cause",
    "Kind",
    "PractitionerChoice",
    "Source",
    "Status",
}
# Names alone: what their arguments are is read below.
KEYWORDS: dict[str, None] = dict.fromkeys(
    (
        "_",
        "gettext",
        "gettext_lazy",
        "gettext_noop",
        "ngettext",
        "ngettext_lazy",
        "pgettext",
        "pgettext_lazy",
        "npgettext",
    )
)


@dataclass(frozen=True, slots=True)
class Text:
    """One text of one file: the msgid, its plural or "", its context or None."""

    file: str
    line: int
    msgid: str
    plural: str = ""
    context: str | None = None


def is_for_patients(file: str) -> bool:
    """Tell by its path from the root whether patients may read what stands in a file."""
    return not any(fnmatch(file, pattern) for pattern in STAFF_ONLY)


def list_files() -> list[Path]:
    found = (path for pattern in SOURCES for path in sorted(ROOT.glob(pattern)))
    return [path for path in found if is_for_patients(path.relative_to(ROOT).as_posix())]


def extract_texts() -> list[Text]:
    """Every text that patients may read, in the order of the files; one that stands twice comes twice."""
    return [text for path in list_files() for text in _extract(path)]


def _extract(path: Path) -> Iterator[Text]:
    file = path.relative_to(ROOT).as_posix()
    source = path.read_text(encoding="utf-8")
    shown: list[range] | None = None
    if path.suffix != ".py":
        # Django's own reading of a template: a text that looks like Python, with the rest blotted out.
        source = "\n".join(line.lstrip() for line in templatize(source).splitlines())
    elif any(fnmatch(file, pattern) for pattern in MODELS):
        shown = list(_find_choices(source))
    found = extract_python(BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"})
    for line, name, said, _comments in found:
        function = str(name)
        if shown is not None and not any(line in lines for lines in shown):
            continue
        parts = [said] if isinstance(said, str) else [part for part in said if part is not None]
        context = parts.pop(0) if "pgettext" in function else None
        if parts and parts[0]:
            plural = parts[1] if function.startswith(("ng", "np")) else ""
            yield Text(file=file, line=line, msgid=parts[0], plural=plural, context=context)


def _find_choices(source: str) -> Iterator[range]:
    """The lines of each class of choices that patients see."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name not in STAFF_CHOICES:
            bases = [base.attr for base in node.bases if isinstance(base, ast.Attribute)]
            if {"TextChoices", "IntegerChoices"} & set(bases):
                yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


# --- The catalog -------------------------------------------------------------------


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalog(language: str) -> Catalog:
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


def renew_catalog(language: str) -> Catalog:
    """Return the catalog with the texts of today: new ones empty, those that are gone left out.

    Files stand beside each text without line numbers, which would change with every edit.
    """
    old = read_catalog(language)
    catalog = Catalog(
        locale=language,
        project="Clinic booking",
        header_comment="# Translations of what patients read. docs/translating.md has the glossary.",
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        # Kept: the same texts shall give the same file.
        creation_date=old.creation_date,
        revision_date=old.creation_date,
        charset="utf-8",
        fuzzy=False,
    )
    for text in extract_texts():
        catalog.add(
            (text.msgid, text.plural) if text.plural else text.msgid,
            locations=[(text.file, 0)],
            context=text.context,
        )
    for message in catalog:
        kept = old.get(message.id, message.context)
        if message.id and kept is not None and isinstance(kept.id, str) == isinstance(message.id, str):
            message.string = kept.string
            message.flags |= kept.flags & {"fuzzy"}
    return catalog


def write_catalog(catalog: Catalog, path: Path) -> None:
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_by_file=True, ignore_obsolete=True, include_lineno=False)


def compile_catalog(catalog: Catalog) -> bytes:
    """Return the .mo. The same texts give the same bytes."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


# --- What is wrong with a translation --------------------------------------------------

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z](?![a-z])|\{\w*\}")
TAG = re.compile(r"</?[a-z][^>]*>")


def find_problems(catalog: Catalog) -> Iterator[tuple[Text, str]]:
    """Each text that patients would read in English, or wrongly, and what is the matter with it."""
    seen: set[tuple[str, str | None]] = set()
    for text in extract_texts():
        if (text.msgid, text.context) in seen:
            continue
        seen.add((text.msgid, text.context))
        message = catalog.get(text.msgid, text.context)
        problem = "is not in the catalog" if message is None else _find_problem(text, message)
        if problem:
            yield text, problem


def _find_problem(text: Text, message: Message) -> str:
    told = message.string
    strings = [text or "" for text in told] if isinstance(told, (list, tuple)) else [told or ""]
    if message.fuzzy:
        return "is marked fuzzy"
    if not all(strings):
        return "has no translation"
    if bool(text.plural) != isinstance(message.id, (list, tuple)):
        return "has lost or got a plural"
    for number, string in enumerate(strings):
        source = text.plural if number and text.plural else text.msgid
        # One time may be spelled out: "one minute".
        singular_may_drop = bool(text.plural) and number == 0
        wanted, got = set(PLACEHOLDER.findall(source)), set(PLACEHOLDER.findall(string))
        if got - wanted - set(PLACEHOLDER.findall(text.plural)) or (wanted - got and not singular_may_drop):
            return f"has other placeholders: {sorted(got ^ wanted)}"
        if sorted(TAG.findall(source)) != sorted(TAG.findall(string)):
            return "has other tags"
    return ""
