"""Pages of a running practice in a real browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from booking.models import IntakeQuestion, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.browser.tour import NOBODY, VIDEO
from education.models import Article

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(
    browser: Browser,
    live_server: LiveServer,
    location: Location,
    visit_type: VisitType,
    practitioner: Practitioner,
) -> Iterator[OpenPage]:
    """Return a function that opens an empty page of the practice, `width` pixels wide."""
    visit_type.preparation = "Bring your photo ID."
    visit_type.arrive_early = 10
    visit_type.save()
    practice.make_practitioner(
        visit_types=[visit_type],
        location=practice.make_location(name="Uptown"),
        given_name="Amara",
        family_name="Osei",
    )
    with ExitStack() as stack:

        def open_page(*, width: int, **options: Any) -> Page:
            context = browser.new_context(
                base_url=live_server.url, viewport={"width": width, "height": 844}, **options
            )
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            return context.new_page()

        yield open_page


@pytest.fixture
def full_practice(location: Location, visit_type: VisitType, practitioner: Practitioner) -> VisitType:
    """All that a practice can set up for patients to meet, with few times a day: axe reads each of them.

    Returns the first visit, which asks for everything that can be asked.
    """
    for rule in practitioner.rules.all():
        rule.ends_at = rule.starts_at.replace(hour=11)
        rule.save()
    visit_type.audience = VisitType.Audience.NEW
    visit_type.needs_referral = True
    visit_type.save()
    follow_up = practice.make_visit_type(
        name="Follow-up visit", slug="follow-up", audience=VisitType.Audience.ESTABLISHED
    )
    video = practice.make_visit_type(
        name="Video follow-up",
        slug=VIDEO,
        audience=VisitType.Audience.ESTABLISHED,
        mode=VisitType.Mode.TELEHEALTH,
        counterpart=follow_up,
    )
    talk = practice.make_visit_type(name="I am not sure", slug="talk", helps_choose=True)
    practice.make_visit_type(name="Nerve test", slug=NOBODY)
    practitioner.visit_types.add(follow_up, video, talk)
    location.directions = "The door is between the pharmacy and the bakery."
    location.access_notes = "There is an elevator."
    location.save()
    kinds = IntakeQuestion.Kind
    for kind, wording in [
        (kinds.YES_NO, "Do your legs cramp at night?"),
        (kinds.CHOICE, "How often at night?"),
        (kinds.TEXT, "What helps you?"),
    ]:
        IntakeQuestion.objects.create(
            visit_type=visit_type,
            kind=kind,
            wording=wording,
            choices="Now and then\nOften" if kind == kinds.CHOICE else "",
            is_required=kind != kinds.TEXT,
        )
    drawings = "\n\n".join(
        f"::: figure {name}\nWords under it.\n:::"
        for name in ("cramp-and-twitch", "nerve-signal", "calf-stretch", "narrow-artery")
    )
    for language, title in [("en", "Cramps"), ("es", "Calambres")]:
        Article.objects.create(
            slug="cramps",
            language=language,
            title=title,
            summary="In short.",
            body=f"## What a cramp is\n\nA muscle is tight.\n\n{drawings}",
            visit_type=visit_type,
            status="published",
        )
    return visit_type
