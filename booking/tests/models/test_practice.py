"""Set-up data that would hide itself."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import URLPattern

from booking.models.practice import RESERVED_SLUGS
from booking.tests import practice
from booking.urls.book import urlpatterns


def test_each_page_of_its_own_is_reserved() -> None:
    routes = {str(pattern.pattern) for pattern in urlpatterns if isinstance(pattern, URLPattern)}

    own_pages = {route.strip("/") for route in routes if "<" not in route} - {""}

    assert own_pages == RESERVED_SLUGS


@pytest.mark.django_db
@pytest.mark.parametrize("slug", sorted(RESERVED_SLUGS))
def test_visit_type_cannot_take_the_address_of_a_page(slug: str) -> None:
    visit_type = practice.make_visit_type(slug=slug)

    with pytest.raises(ValidationError, match="Choose another"):
        visit_type.full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [241, 10**15])
def test_nobody_is_asked_to_come_hours_and_hours_early(minutes: int) -> None:
    """SQLite takes any number, and pages and mails would fail over it."""
    visit_type = practice.make_visit_type()
    visit_type.arrive_early = minutes

    with pytest.raises(ValidationError, match="at most 4 hours"):
        visit_type.full_clean()
