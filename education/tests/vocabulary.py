"""schema.org's own vocabulary, version 30.0, and what of a JSON-LD block is not in it.

data/schemaorg-30.0.jsonld is an extract of schemaorg-current-https.jsonld (Apache License 2.0, © the sponsors
of schema.org): the nodes of the types and properties that our pages use, with the classes above them, and of
each node its type, label, superclasses, domains and ranges, unchanged.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "schemaorg-30.0.jsonld"
PREFIX = "https://schema.org/"
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
DATES = re.compile(r"\d{4}-\d\d-\d\d(?:T.*)?")


def read_blocks(page: str) -> list[dict[str, Any]]:
    """Everything that a page says as JSON-LD."""
    return [described for block in BLOCK.findall(page) for described in json.loads(block)]


@cache
def read_vocabulary() -> dict[str, dict[str, Any]]:
    nodes = json.loads(FILE.read_text(encoding="utf-8"))["@graph"]
    return {node["@id"].removeprefix("schema:"): node for node in nodes}


def find_wrong(described: dict[str, Any]) -> list[str]:
    """Say in sentences what the vocabulary does not know: types, properties, and values of them."""
    kind = described.get("@type", "")
    if kind not in read_vocabulary():
        return [f"there is no type {kind}"]
    wrong = []
    for name, value in described.items():
        if name.startswith("@"):
            continue
        node = read_vocabulary().get(name)
        if node is None:
            wrong.append(f"there is no property {name}")
            continue
        if not _list_above(kind) & _list_names(node.get("schema:domainIncludes")):
            wrong.append(f"{kind} has no {name}")
        ranges = _list_names(node.get("schema:rangeIncludes"))
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                wrong += find_wrong(one)
                if not _list_above(one.get("@type", "")) & ranges:
                    wrong.append(f"{name} cannot be a {one.get('@type')}")
            elif not _fits(one, ranges):
                wrong.append(f"{name} cannot be {one!r}")
    return wrong


def _fits(value: Any, ranges: set[str]) -> bool:
    if isinstance(value, bool):
        return "Boolean" in ranges
    if isinstance(value, int):
        return bool(ranges & {"Integer", "Number"})
    if value.startswith(PREFIX) and value.removeprefix(PREFIX) in read_vocabulary():
        # A member of an enumeration, by its address.
        return bool(_list_types(value.removeprefix(PREFIX)) & ranges)
    if ranges & {"Date", "DateTime"} and DATES.fullmatch(value):
        return True
    if value.startswith(("http://", "https://")):
        # What is linked is named by its address, whatever it is.
        return bool(ranges - {"Text", "Boolean", "Number", "Integer", "Date", "DateTime"}) or "Text" in ranges
    return "Text" in ranges


def _list_names(value: Any) -> set[str]:
    found = value if isinstance(value, list) else [value] if value else []
    return {one["@id"].removeprefix("schema:") for one in found}


def _list_types(name: str) -> set[str]:
    types = read_vocabulary()[name]["@type"]
    found = types if isinstance(types, list) else [types]
    return {above for one in found for above in _list_above(one.removeprefix("schema:"))}


def _list_above(kind: str) -> set[str]:
    """The type and every class above it."""
    node = read_vocabulary().get(kind)
    if node is None:
        return set()
    above = {kind}
    for parent in _list_names(node.get("rdfs:subClassOf")):
        above |= _list_above(parent)
    return above
