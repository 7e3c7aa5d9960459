"""Every page behind the login, as everybody: the matrix says what is shown, and nothing else is."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from booking import scope
from booking.tests import practice
from staff.roles import read_matrix
from staff.tests.pages import PATIENT, WITH_SIDES, Page, find_page, list_pages
from staff.tests.scene import ANONYMOUS, PEOPLE, PERSONAS, PHONES, SAID, Scene

SIDES = ("own", "foreign")
# Of so many random letters some spell a mark now and then.
CSRF_TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")
# Where one of these is, no name may be: browsers, proxies and logs keep addresses.
ADDRESSES = re.compile(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"')


@pytest.mark.parametrize("persona", PERSONAS)
def test_each_page_answers_as_the_matrix_says(client: Client, scene: Scene, persona: str) -> None:
    if persona != ANONYMOUS:
        client.force_login(scene.users[persona])

    wrong = [problem for name, page in PAGES for problem in visit_page(client, scene, persona, name, page)]

    assert not wrong, "\n".join(wrong)


def test_somebody_has_thought_of_each_page() -> None:
    unknown = [
        name for name, _route in list_pages() if name and name != "admin:app_list" and not find_page(name)
    ]

    assert unknown == []


PAGES = [
    (name, page)
    for name in dict.fromkeys(name for name, _route in list_pages())
    if name and (page := find_page(name)) is not None
]


def visit_page(client: Client, scene: Scene, persona: str, name: str, page: Page) -> Iterator[str]:
    """GET and POST the page for both sides, undo what it did, and yield what was not as expected."""
    may = read_matrix().permissions_of(persona)
    for side in SIDES if page.has_sides else SIDES[:1]:
        address = make_address(scene, name, page, side)
        for method, extra, wanted in (
            ("get", page.query, page.get),
            ("post", page.data, page.post),
        ):
            needs = (*page.needs, *(page.post_needs if method == "post" else ()))
            expected = expect(persona, page, wanted, is_allowed=may.issuperset(needs))
            if is_out_of_sight(may, page, persona, side):
                expected = {302} if persona == ANONYMOUS else {403, 404, 405}
            response = ask(client, method, address, fill_in(scene, extra, side))
            # The stock pages say of a row that does not exist that it does not, on the index.
            is_unknown = 404 in expected and response.headers.get("Location") == reverse("admin:index")
            if response.status_code not in expected and not is_unknown:
                yield f"{method} {name} {side}: {response.status_code}, not {sorted(expected)}"
            yield from (f"{method} {name} {side}: {leak}" for leak in find_leaks(response, may))


def expect(persona: str, page: Page, wanted: frozenset[int], *, is_allowed: bool) -> set[int]:
    if persona == ANONYMOUS:
        return set(wanted) if page.is_open else {302}
    if is_allowed:
        return set(wanted)
    # A page for one method only may say so first.
    return {403, 405} if 405 in wanted or 405 in page.get else {403}


def is_out_of_sight(may: frozenset[str], page: Page, persona: str, side: str) -> bool:
    if page.of not in WITH_SIDES or page.is_for_all_sides or scope.EVERY_VISIT in may:
        return False
    return side == "foreign" or persona != "practitioner"


def make_address(scene: Scene, name: str, page: Page, side: str) -> str:
    if name == "admin:booking_patient_merge":
        others = {"own": "foreign", "foreign": "own"}
        return reverse(name, args=[scene.pk(PATIENT, side), scene.pk(PATIENT, others[side])])
    if name == "admin:view_on_site":
        return reverse(name, args=[1, 1])
    if name == "admin:education_article_version":
        article = scene.rows[page.of]["all"]
        return reverse(name, args=[article.pk, article.history.get().pk])
    return reverse(name.removeprefix(":"), args=[scene.pk(page.of, side)] if page.of else [])


def fill_in(scene: Scene, fields: dict[str, Any], side: str) -> dict[str, Any]:
    names = {model.split(".")[1]: scene.pk(model, side) for model in scene.rows}
    slot = f"{practice.at('11:00'):%Y-%m-%dT%H:%MZ}/dr-{side}/midtown"
    return {
        key: value.format(**names, slot=slot, part_of_name=PEOPLE[side][:5]) for key, value in fields.items()
    }


def ask(
    client: Client, method: str, address: str, fields: dict[str, Any], *, secure: bool = False
) -> HttpResponse:
    # Signing out takes the cookie away too.
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(address, fields, secure=secure)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def find_leaks(response: HttpResponse, may: frozenset[str]) -> Iterator[str]:
    """Yield what the answer shows and somebody who may only that much must not read."""
    body = response.getvalue().decode() if response.streaming else response.content.decode()
    body = CSRF_TOKEN.sub("", body)
    hidden: list[str] = []
    if scope.ANSWERS not in may:
        hidden += SAID.values()
    if scope.EVERY_VISIT not in may:
        hidden += (PEOPLE["foreign"], PHONES["foreign"], SAID["foreign"])
    if "booking.view_patient" not in may:
        hidden += (*PEOPLE.values(), *PHONES.values())
    yield from (f"shows {mark}" for mark in dict.fromkeys(hidden) if mark.lower() in body.lower())
    for address in (*ADDRESSES.findall(body), response.headers.get("Location", "")):
        names = [mark for mark in (*PEOPLE.values(), *SAID.values()) if mark.lower() in address.lower()]
        if names and not address.startswith(("mailto:", "tel:")):
            yield f"has {names[0]} in the address {address}"
