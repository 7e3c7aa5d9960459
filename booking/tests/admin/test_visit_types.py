"""Visit types with their questions, as staff set them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, IntakeAnswer, IntakeQuestion, VisitType
from booking.tests import practice
from booking.tests.admin.conftest import open_page, send

pytestmark = pytest.mark.django_db


def save(desk: Client, visit_type: VisitType, *questions: dict[str, Any], **fields: Any) -> Any:
    """Send the page of a visit type with these questions in it."""
    kept = {
        "name": visit_type.name,
        "position": 0,
        "mode": "in_person",
        "audience": "anybody",
        "duration": 40,
        "buffer_before": 0,
        "buffer_after": 0,
        "start_step": 20,
        "minimum_notice": 0,
        "booking_horizon": 90,
        "change_cutoff": 60,
        "arrive_early": 0,
        "is_public": "on",
        "intake_questions-TOTAL_FORMS": len(questions),
        "intake_questions-INITIAL_FORMS": sum("id" in question for question in questions),
    }
    for number, question in enumerate(questions):
        asked = {"kind": "text", "position": number, "visit_type": visit_type.pk, "is_active": "on"}
        row = {**asked, **question}
        kept |= {f"intake_questions-{number}-{name}": value for name, value in row.items()}
    return send(desk, "visittype_change", visit_type.pk, **{**kept, **fields})


def test_whom_it_is_for_and_its_counterpart_are_kept(desk: Client, visit_type: VisitType):
    by_video = practice.make_visit_type(mode=VisitType.Mode.TELEHEALTH)

    save(desk, visit_type, audience="established", counterpart=by_video.pk, needs_referral="on")

    visit_type.refresh_from_db()
    assert (visit_type.audience, visit_type.counterpart, visit_type.needs_referral) == (
        VisitType.Audience.ESTABLISHED,
        by_video,
        True,
    )


def test_counterpart_in_the_same_place_is_refused_in_words(desk: Client, visit_type: VisitType):
    other = practice.make_visit_type()

    response = save(desk, visit_type, counterpart=other.pk)

    assert "That visit is in the same place." in response.content.decode()
    assert VisitType.objects.get(pk=visit_type.pk).counterpart is None


def test_questions_are_added_in_their_order(desk: Client, visit_type: VisitType):
    choice = {"wording": "Which side?", "kind": "choice", "choices": "Left\nRight", "is_required": "on"}

    save(desk, visit_type, {"wording": "Do you take a blood thinner?", "kind": "yes_no"}, choice)

    first, second = visit_type.intake_questions.all()
    assert (first.wording, first.kind, first.is_required) == (
        "Do you take a blood thinner?",
        IntakeQuestion.Kind.YES_NO,
        False,
    )
    assert (second.choice_list, second.is_required) == (["Left", "Right"], True)


@pytest.mark.parametrize("choices", ["", "Left", "Left\n\n  \nLeft"])
def test_choice_without_two_answers_is_refused_in_words(desk: Client, visit_type: VisitType, choices: str):
    response = save(desk, visit_type, {"wording": "Which side?", "kind": "choice", "choices": choices})

    assert "Write at least two answers, one on each line." in response.content.decode()
    assert not visit_type.intake_questions.exists()


@pytest.fixture
def answered(visit: Appointment) -> IntakeQuestion:
    """A question of `visit`'s type that its patient answered."""
    question = IntakeQuestion.objects.create(visit_type=visit.visit_type, wording="Since when?")
    IntakeAnswer.objects.create(
        appointment=visit, question=question, wording="Since when?", answer="Since last spring"
    )
    return question


def test_question_is_switched_off(desk: Client, answered: IntakeQuestion):
    save(desk, answered.visit_type, {"id": answered.pk, "wording": "Since when?", "is_active": ""})

    answered.refresh_from_db()
    assert not answered.is_active


def test_deleted_question_leaves_the_answer_with_its_wording(desk: Client, answered: IntakeQuestion):
    save(desk, answered.visit_type, {"id": answered.pk, "wording": "Since when?", "DELETE": "on"})

    [answer] = IntakeAnswer.objects.all()
    assert (answer.question, answer.wording, answer.answer) == (None, "Since when?", "Since last spring")


def test_pages_of_the_visit_type_show_no_answers(desk: Client, answered: IntakeQuestion):
    names = ("visittype_change", "visittype_history", "visittype_delete")
    pages = [open_page(desk, name, answered.visit_type_id).content.decode() for name in names]

    assert [page for page in pages if "last spring" in page] == []


def test_list_asks_as_often_for_three_visit_types_as_for_one(desk: Client, visit_type: VisitType):
    open_page(desk, "visittype_changelist")
    with CaptureQueriesContext(connection) as for_one:
        open_page(desk, "visittype_changelist")
    for _ in range(2):
        practice.make_visit_type(counterpart=visit_type)

    with CaptureQueriesContext(connection) as for_three:
        listed = open_page(desk, "visittype_changelist").context["cl"].result_count

    assert listed == 3
    assert len(for_three) == len(for_one)
