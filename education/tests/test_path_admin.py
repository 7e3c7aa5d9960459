"""Staff read and edit the questions; what would leave a patient without a safe end is refused."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import VisitType
from education.models import Article, PathChoice, PathQuestion
from education.tests.path import TO_VISIT, answer, read, ship

pytestmark = pytest.mark.django_db
LIST = "admin:education_pathquestion_changelist"
ADD = "admin:education_pathquestion_add"
CHANGE = "admin:education_pathquestion_change"
DELETE = "admin:education_pathquestion_delete"
PATHS = "admin:education_pathquestion_paths"


@pytest.fixture(autouse=True)
def shipped(db: None) -> None:
    ship()


def make_form(question: PathQuestion | None = None, *more: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What a browser sends: the question as it is, each of its answers, and `more` of them."""
    rows: list[dict[str, Any]] = [
        {
            "id": choice.pk,
            "wording": choice.wording,
            "wording_es": choice.wording_es,
            "position": choice.position,
            "leads_to": choice.leads_to,
            "next_question": choice.next_question_id or "",
            "article": choice.article,
            "visit_type": choice.visit_type_id or "",
        }
        for choice in (question.choices.all() if question else [])
    ]
    form: dict[str, Any] = {
        "choices-INITIAL_FORMS": len(rows),
        "choices-TOTAL_FORMS": len(rows) + len(more),
    }
    for number, row in enumerate([*rows, *more]):
        empty = {
            "id": "",
            "wording_es": "",
            "position": 50,
            "next_question": "",
            "article": "",
            "visit_type": "",
        }
        form |= {f"choices-{number}-{name}": value for name, value in {**empty, **row}.items()}
        form[f"choices-{number}-question"] = question.pk if question else ""
    if question:
        form |= {
            "wording": question.wording,
            "wording_es": question.wording_es,
            "position": question.position,
        }
    return form | fields


def save(client: Client, slug: str, *more: dict[str, Any], **fields: Any) -> Any:
    question = PathQuestion.objects.get(slug=slug)
    return client.post(reverse(CHANGE, args=[question.pk]), make_form(question, *more, **fields))


def new_answer(leads_to: str, **fields: Any) -> dict[str, Any]:
    return {"wording": "Ours", "leads_to": leads_to, **fields}


def test_saving_untouched_is_no_edit(editor_client: Client):
    response = save(editor_client, "cramp")

    assert response.status_code == 302
    assert "These questions are those of the content file" in read_page(editor_client, LIST)


def test_another_wording_is_what_patients_read(editor_client: Client, client: Client):
    save(editor_client, "cramp", wording="When do you have the cramp?")

    assert "When do you have the cramp?" in read(answer(client, ["none", "cramp"]))
    assert "These questions were changed here" in read_page(editor_client, LIST)


def test_new_answer_gets_a_short_name_and_is_asked(editor_client: Client, client: Client):
    visit_type = VisitType.objects.get(slug="new-patient")

    response = save(editor_client, "cramp", new_answer("visit", visit_type=visit_type.pk))

    assert response.status_code == 302
    assert PathChoice.objects.get(wording="Ours").slug == "ours"
    assert "We would like to see you" in read(answer(client, ["none", "cramp", "ours"]))


def test_two_new_answers_of_the_same_words_get_two_short_names(editor_client: Client):
    save(editor_client, "cramp", new_answer("phone"), new_answer("phone"))

    assert set(PathChoice.objects.filter(wording="Ours").values_list("slug", flat=True)) == {"ours", "ours-2"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"leads_to": "question"}, "Choose a question where an answer leads to one"),
        ({"leads_to": "article"}, "choose the article to read"),
        ({"leads_to": "visit"}, "choose the visit to book"),
        ({"leads_to": "article", "article": "nonsense"}, "Select a valid choice"),
        ({"leads_to": "nowhere"}, "Select a valid choice"),
    ],
)
def test_answer_that_leads_nowhere_is_refused(editor_client: Client, fields: dict[str, str], told: str):
    response = save(editor_client, "cramp", {"wording": "Ours", **fields})

    assert response.status_code == 200
    assert told in response.text
    assert not PathChoice.objects.filter(wording="Ours").exists()


def test_answer_that_leads_back_is_refused(editor_client: Client):
    like = PathQuestion.objects.get(slug="like")

    response = save(editor_client, "cramp", new_answer("question", next_question=like.pk))

    assert "comes back on its own path" in response.text
    assert not PathChoice.objects.filter(wording="Ours").exists()


def test_fifth_question_is_refused(editor_client: Client):
    legs = PathQuestion.objects.get(slug="legs")

    response = save(editor_client, "how-long", new_answer("question", next_question=legs.pk))

    assert "has more than 4 questions" in response.text


def test_article_that_is_not_published_is_refused(editor_client: Client):
    Article.objects.filter(slug="relief-at-home").update(status="draft")

    response = save(editor_client, "legs", new_answer("article", article="relief-at-home"))

    assert "the article “relief-at-home” is not published" in response.text


def test_visit_that_is_not_online_is_refused(editor_client: Client):
    hidden = VisitType.objects.create(slug="hidden", name="Hidden", duration=20, is_public=False)

    response = save(editor_client, "legs", new_answer("visit", visit_type=hidden.pk))

    assert "“Hidden” cannot be booked online" in response.text


def test_whoever_should_call_now_is_offered_no_visit(editor_client: Client):
    visit_type = VisitType.objects.get(slug="new-patient")

    response = save(editor_client, "legs", new_answer("911", visit_type=visit_type.pk))

    assert "offered no visit" in response.text


def test_last_two_answers_cannot_be_removed(editor_client: Client):
    form = {f"choices-{number}-DELETE": "on" for number in range(5)}

    response = save(editor_client, "cramp", **form)

    assert "needs at least two answers" in response.text
    assert PathChoice.objects.filter(question__slug="cramp").count() == 6


def test_what_is_wrong_elsewhere_keeps_nobody_from_mending_this(editor_client: Client):
    Article.objects.filter(slug__in=["relief-at-home", "prevent-spasms"]).update(status="withdrawn")
    rest = list(PathChoice.objects.filter(question__slug="cramp").values_list("slug", flat=True)).index(
        "rest"
    )

    refused = save(editor_client, "cramp")
    mended = save(editor_client, "cramp", **{f"choices-{rest}-article": "muscle-spasms"})

    assert "“relief-at-home” is not published" in refused.text
    assert mended.status_code == 302


def test_new_question_waits_until_an_answer_leads_to_it(editor_client: Client):
    form = make_form(
        None, new_answer("phone"), new_answer("911"), wording="Ours?", wording_es="", position=90
    )

    response = editor_client.post(reverse(ADD), {**form, "slug": "ours"})

    assert response.status_code == 302
    told = read_page(editor_client, PATHS)
    assert "No path leads to these questions: Ours?" in told
    assert "No Spanish words yet" in told


def test_new_question_is_not_asked_first(editor_client: Client):
    form = editor_client.get(reverse(ADD)).text

    assert 'name="position" value="80"' in form
    assert form.count('name="choices-2-wording"') == 1  # room for answers without script


def test_empty_answer_that_nobody_filled_in_is_none(editor_client: Client):
    empty = {"wording": "", "leads_to": "visit", "position": 990}

    response = save(editor_client, "cramp", empty)

    assert response.status_code == 302
    assert PathChoice.objects.filter(question__slug="cramp").count() == 6


def test_question_that_is_led_to_cannot_be_deleted(editor_client: Client):
    for slug in ("like", "cramp"):
        question = PathQuestion.objects.get(slug=slug)
        assert editor_client.post(reverse(DELETE, args=[question.pk]), {"post": "yes"}).status_code == 403

    assert PathQuestion.objects.count() == 7


def test_question_that_nothing_leads_to_can_be_deleted(editor_client: Client):
    ours = PathQuestion.objects.create(slug="ours", wording="Ours?", position=90)

    editor_client.post(reverse(DELETE, args=[ours.pk]), {"post": "yes"})

    assert not PathQuestion.objects.filter(slug="ours").exists()


def test_several_cannot_be_deleted_at_once(editor_client: Client):
    keys = list(PathQuestion.objects.values_list("pk", flat=True))

    editor_client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": keys, "post": "yes"})

    assert PathQuestion.objects.count() == 7


# --- Every path on one page ------------------------------------------------------


def read_page(client: Client, name: str) -> str:
    return read(client.get(reverse(name)))


def test_every_path_is_listed_with_its_end(editor_client: Client):
    page = editor_client.get(reverse(PATHS))

    told = read(page)
    assert "No, none of these → Which of these is most like yours? A tight, painful cramp → When does" in told
    assert "¿Cuál de estas se parece más a lo suyo?" in told
    assert "Call 911 now" in told
    assert "Book a visit; article: When to see a neurologist; visit: Visit new-patient" in told
    assert "Some paths do not end" not in told


def test_what_became_unsafe_later_is_told_and_patients_get_the_phone(editor_client: Client, client: Client):
    VisitType.objects.filter(slug="new-patient").update(is_public=False)

    for name in (LIST, PATHS):
        assert "“Visit new-patient” cannot be booked online" in read_page(editor_client, name)
    assert "(instead of: Book a visit)" in read_page(editor_client, PATHS)
    assert "Please call us today" in read(answer(client, TO_VISIT))


def test_list_asks_the_database_as_often_for_many_as_for_few(editor_client: Client):
    counts = []

    for more in (0, 3):
        for number in range(more):
            PathQuestion.objects.create(slug=f"more-{number}", wording="More?", position=90)
        with CaptureQueriesContext(connection) as queries:
            editor_client.get(reverse(LIST))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_empty_pages_say_what_is_missing(editor_client: Client):
    PathChoice.objects.all().delete()
    PathQuestion.objects.all().delete()

    assert "There is no question yet" in read_page(editor_client, LIST)
    assert "There is no question yet" in read_page(editor_client, PATHS)


def test_paths_are_for_those_who_may_see_the_questions():
    client = Client()
    client.force_login(User.objects.create(username="other", is_staff=True))

    assert client.get(reverse(PATHS)).status_code == 403
