"""A visit booked in Spanish in a real browser, without script; and how Spanish pages look."""

import re
from typing import Any

from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import Page, expect

from booking.models import Appointment, VisitType
from booking.tests.browser.conftest import OpenPage
from booking.tests.browser.looks import Inspector
from booking.tests.browser.walk import choose_slot, fill_in, follow, press
from education.models import Article
from outbox.deliver import sweep


def see_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_from_an_english_page_by_the_switch_to_the_cancellation(
    open_page: OpenPage, visit_type: VisitType, clock: Any, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    VisitType.objects.update(name_es="Primera cita")
    for language, title in (("en", "Cramps"), ("es", "Calambres")):
        Article.objects.create(
            slug="cramps",
            language=language,
            title=title,
            summary="…",
            body="…",
            visit_type=visit_type,
            status="published",
        )
    page = open_page(width=390, java_script_enabled=False)

    page.goto("/learn/cramps/")
    follow(page, page.get_by_role("link", name="Español"))
    see_heading(page, "Calambres")
    press(page, "Ver horarios")
    choose_slot(page, 0)
    fill_in(page)
    page.fill("#id_birth_date_0", "septiembre")
    press(page, "Continuar")
    see_heading(page, "Revise y confirme su cita")

    follow(page, page.get_by_role("link", name="English"))
    see_heading(page, "Check and confirm your visit")
    expect(page.get_by_role("main")).to_contain_text("September 28, 1975")
    follow(page, page.get_by_role("link", name="Español"))
    press(page, "Confirmar la cita")
    see_heading(page, "Su cita está reservada")

    sweep()
    assert mailoutbox[-1].extra_headers["Content-Language"] == "es"
    page.goto(re.findall(r"/es/visits/[\w-]+/", str(mailoutbox[-1].body))[0])
    press(page, "cancelar")
    press(page, "Cancelar esta cita")
    see_heading(page, "Esta cita está cancelada")
    assert Appointment.objects.get().status == "cancelled"


def test_spanish_pages_look_right(open_page: OpenPage, full_practice: VisitType, clock: Any) -> None:
    page = open_page(width=390)
    look = Inspector(page)

    for address in ("/es/", "/es/book/new-patient/"):
        page.goto(address)
        look(address)
    page.goto("/es/book/new-patient/")
    choose_slot(page, 0)
    look("details")

    assert look.found == {}
