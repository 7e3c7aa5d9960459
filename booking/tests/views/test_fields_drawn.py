"""Step 3: an empty field is drawn once for everybody, and asks what is asked now, in their language."""

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from booking.forms.details import DetailsForm
from booking.models import Appointment, IntakeQuestion
from booking.templatetags.drawn import asked_field
from booking.tests.views.walk import DETAILS, read

pytestmark = pytest.mark.usefixtures("clock")

URL = "/book/details/"
NOBODY = dict.fromkeys(DETAILS, "")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "typed", [{}, {"initial": {"given_name": "Ines"}}, {"data": NOBODY}, {"data": DETAILS}]
)
def test_fields_look_as_if_each_page_drew_its_own(
    held: Appointment, language: str, typed: dict[str, dict[str, str]]
) -> None:
    def make_form() -> DetailsForm:
        return DetailsForm(**typed, visit_type=held.visit_type, auto_id="a_%s")

    names = [name for name in make_form().fields if name != "started"]
    with translation.override(language):
        for _ in range(2):
            form, other = make_form(), make_form()
            drawn = {name: asked_field(form[name]) for name in names}

    with translation.override(language):
        own = {
            name: render_to_string("bootstrap5/layout/field.html", {"field": other[name]}) for name in names
        }
    assert drawn == own


def test_what_somebody_typed_is_on_no_other_page(client: Client, held: Appointment) -> None:
    client.post(URL, {**DETAILS, "hold": held.uid, "family_name": "", "given_name": "Xanthippe"})
    typed = client.get(URL).content.decode()
    client.post(reverse("booking:clear"))

    page = client.get(URL).content.decode()

    assert 'value="Xanthippe"' in typed
    assert "Xanthippe" not in page


def test_question_that_is_worded_anew_is_asked_so_at_once(client: Client, held: Appointment) -> None:
    question = IntakeQuestion.objects.create(
        visit_type=held.visit_type, wording="Do you drive?", kind=IntakeQuestion.Kind.YES_NO
    )
    before = read(client.get(URL))
    question.wording = "Do you drive a car?"
    question.save()

    page = read(client.get(URL))

    assert "Do you drive? (optional)" in before
    assert "Do you drive a car? (optional)" in page
    assert "Do you drive?" not in page
