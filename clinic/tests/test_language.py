"""Two languages: the address decides, the switch keeps the page, and nothing else has a say."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from django.urls import LocalePrefixPattern, NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from booking import links
from booking.models import Appointment, Location, Practitioner, VisitType
from booking.tests.views import walk
from education.models import Article

SWITCH = re.compile(
    r'<a class="language" href="([^"]*)" lang="(\w+)" hreflang="(\w+)"><span[^>]*>([^<]*)</span></a>'
)
ALTERNATE = re.compile(r'<link rel="alternate" hreflang="([\w-]+)" href="([^"]+)">')


def list_pages() -> list[str]:
    """The names of all pages whose address has a language."""
    roots = [part for part in get_resolver().url_patterns if isinstance(part.pattern, LocalePrefixPattern)]
    return [name for root in roots for name in _list_names(root, "")]


def _list_names(resolver: URLResolver, namespace: str) -> Iterator[str]:
    for part in resolver.url_patterns:
        if isinstance(part, URLPattern):
            yield f"{namespace}{part.name}"
        else:
            yield from _list_names(part, f"{namespace}{part.namespace}:")


@pytest.fixture
def article(db: None) -> Article:
    """One in both languages; returns the English one."""
    for language, title in (("es", "Calambres"), ("en", "Cramps")):
        article = Article.objects.create(
            slug="cramps", language=language, title=title, summary="…", body="…", status="published"
        )
    return article


@pytest.fixture
def find_page(visit: Appointment, article: Article) -> Any:
    """Return the address of a page by its name, about `visit`, its type or the article."""

    def find(name: str, *, language: str) -> str:
        slug = article.slug if name.startswith("learn:") else visit.visit_type.slug
        token = (links.issue_stop if name == "visits:stop-reminders" else links.issue)(visit)
        for arguments in ({}, {"slug": slug}, {"token": token}):
            with translation.override(language), suppress(NoReverseMatch):
                return reverse(name, kwargs=arguments)
        raise LookupError(f"Say here how {name} is reached.")

    return find


@pytest.mark.parametrize("name", list_pages())
def test_switch_keeps_the_page(
    client: Client,
    visit: Appointment,
    practitioner: Practitioner,
    location: Location,
    visit_type: VisitType,
    find_page: Any,
    name: str,
):
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="14:00")
    address = find_page(name, language="en")

    english = client.get(address, {"article": "cramps"})
    spanish = client.get(f"/es{address}", {"article": "cramps"})

    assert spanish.status_code == english.status_code
    if spanish.headers.get("Location"):
        assert spanish["Location"].startswith("/es/")
    if english.status_code == 200 and english["Content-Type"].startswith("text/html"):
        asked = "?article=cramps"
        assert SWITCH.findall(english.content.decode()) == [(f"/es{address}{asked}", "es", "es", "Español")]
        assert SWITCH.findall(spanish.content.decode()) == [(f"{address}{asked}", "en", "en", "English")]
        assert '<html lang="en">' in english.content.decode()
        assert '<html lang="es">' in spanish.content.decode()


@pytest.mark.parametrize("name", list_pages())
def test_a_spanish_page_leads_to_spanish_pages(
    client: Client,
    visit: Appointment,
    practitioner: Practitioner,
    location: Location,
    visit_type: VisitType,
    find_page: Any,
    name: str,
):
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="14:00")

    page = client.get(find_page(name, language="es")).content.decode()

    ways = set(re.findall(r'(?:href|action|formaction|hx-\w+)="(/[^"]*)"', SWITCH.sub("", page)))
    assert {way for way in ways if not way.startswith(("/es/", "/static/", "/dim/"))} == set()


# --- What search engines read -------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/privacy/", "/learn/", "/learn/cramps/", "/book/", "/book/new-patient/"]
)
def test_a_public_page_names_its_versions(client: Client, visit: Appointment, article: Article, path: str):
    english, spanish = client.get(path), client.get(f"/es{path}?day=2026-12-01")

    site = "http://127.0.0.1:8000"
    versions = [("en", site + path), ("es", f"{site}/es{path}"), ("x-default", site + path)]
    assert sorted(ALTERNATE.findall(english.content.decode())) == versions
    assert sorted(ALTERNATE.findall(spanish.content.decode())) == versions


def test_a_personal_page_names_none(client: Client, visit: Appointment):
    token = links.issue(visit)

    for path in (f"/visits/{token}/", f"/es/visits/{token}/", "/visits/find/", "/es/visits/x/"):
        assert ALTERNATE.findall(client.get(path).content.decode()) == []


# --- Articles in one language ---------------------------------------------------------


def test_an_article_that_is_not_in_spanish_is_offered_in_english(client: Client, article: Article):
    Article.objects.filter(language="es").delete()

    response = client.get("/es/learn/cramps/")
    page = response.content.decode()

    assert response.status_code == 404
    assert "Este artículo todavía no está en español" in page
    assert '<a href="/learn/cramps/" lang="en" hreflang="en">Cramps</a>' in page
    assert SWITCH.findall(page) == [("/learn/cramps/", "en", "en", "English")]
    assert ALTERNATE.findall(page) == []


def test_an_english_article_without_a_spanish_one_has_no_switch(client: Client, article: Article):
    Article.objects.filter(language="es").update(status="draft")

    page = client.get("/learn/cramps/").content.decode()

    assert SWITCH.findall(page) == []
    assert ALTERNATE.findall(page) == []


def test_an_article_that_is_nowhere_is_not_found(client: Client, article: Article):
    Article.objects.update(status="draft")

    assert client.get("/es/learn/cramps/").status_code == 404


# --- Errors -----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "language"), [("/es/nowhere/", "es"), ("/nowhere/", "en"), ("/es/learn/x/", "es")]
)
def test_a_page_that_is_not_there_says_so_in_the_language_of_the_address(
    client: Client, path: str, language: str
):
    response = client.get(path)

    assert response.status_code == 404
    assert response["Content-Language"] == language
    assert f'<html lang="{language}">' in response.content.decode()
    assert ("No encontramos esta página" in response.content.decode()) == (language == "es")
    assert len(SWITCH.findall(response.content.decode())) == 1


@pytest.mark.django_db
def test_a_form_that_lost_its_cookie_and_a_broken_cookie_are_answered_in_spanish():
    client = Client(enforce_csrf_checks=True)

    lost = client.post("/es/visits/find/", {"reference": "K7M4RT"})
    broken = client.get("/es/", headers={"cookie": "sessionid=a\x00b"})

    assert lost.status_code == 403
    assert "Por favor, inténtelo de nuevo" in lost.content.decode()
    assert broken.status_code == 400
    assert "No pudimos leer esa solicitud" in broken.content.decode()


@pytest.mark.django_db
def test_an_error_of_ours_is_answered_in_spanish(monkeypatch: pytest.MonkeyPatch):
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("clinic.views.find_soonest", lambda **_: 1 / 0)
    monkeypatch.setattr("clinic.views.FIRST_VISIT", "first")
    VisitType.objects.create(name="First", slug="first", duration=20)

    response = client.get("/es/")

    assert response.status_code == 500
    assert "Algo falló de nuestro lado" in response.content.decode()
    assert SWITCH.findall(response.content.decode()) == [("/", "en", "en", "English")]


def test_a_refused_time_is_said_in_spanish_and_the_switch_leads_to_the_times(
    client: Client, visit: Appointment, visit_type: VisitType, practitioner: Practitioner, location: Location
):
    taken = walk.make_key(visit.start, practitioner, location)

    response = client.post("/es/book/new-patient/hold/", {"slot": taken})
    page = response.content.decode()

    assert response.status_code == 409
    assert "Otra persona acaba de tomar esa hora." in page
    assert SWITCH.findall(page) == [("/book/new-patient/", "en", "en", "English")]


# --- Nothing else has a say ---------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/es/", "/learn/", "/api/availability/new-patient/"])
def test_neither_browser_nor_cookie_changes_the_language(client: Client, visit: Appointment, path: str):
    client.cookies["django_language"] = "es"

    response = client.get(path, headers={"accept-language": "es-MX"})

    assert response["Content-Language"] == ("es" if path.startswith("/es/") else "en")
    assert "Accept-Language" not in response.get("Vary", "")
    assert "django_language" not in response.cookies


def test_staff_pages_are_english(client: Client, receptionist: Any):
    client.force_login(receptionist)

    page = client.get("/admin/desk/", headers={"accept-language": "es"})

    assert page["Content-Language"] == "en"
    assert client.get("/es/admin/").status_code == 404


def test_the_language_ends_with_the_request(client: Client, db: None):
    client.get("/es/")

    assert translation.get_language() == "en"


def test_dim_keeps_the_page_and_its_language(client: Client, db: None):
    page = client.get("/es/visits/find/").content.decode()
    address = re.search(r'name="next" value="([^"]+)"', page)

    response = client.post("/dim/", {"dim": "1", "next": address and address[1]})

    assert response["Location"] == "/es/visits/find/"


@pytest.mark.parametrize("path", ["//evil.example.org/", "/%2Fevil.example.org/", "/\\evil.example.org"])
@pytest.mark.django_db
def test_the_switch_never_leaves_the_site(client: Client, path: str):
    page = client.get(path).content.decode()

    assert all(address.startswith("/") and address[1:2] not in "/\\" for address, *_ in SWITCH.findall(page))
    assert SWITCH.findall(page)


def test_a_visit_link_in_spanish_is_as_private(client: Client, visit: Appointment):
    for path in (
        f"/es/visits/{links.issue(visit)}/",
        "/es/visits/no-such-link/",
        "/es-mx/visits/no-such-link/",
    ):
        response = client.get(path)

        assert response["Cache-Control"] == "no-store, private"
        assert response["Referrer-Policy"] == "no-referrer"
