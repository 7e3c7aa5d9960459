"""Step 1: what cannot wait, whether you were here before, and what kind of visit."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from booking.models import VisitType
from booking.tests import practice
from booking.tests.views.walk import read, read_title

URL = "/book/"
QUESTION = "Have you been seen here in the last 3 years?"


@pytest.fixture
def helper(db: None) -> VisitType:
    """Comes first by its position, and yet last on the page."""
    return practice.make_visit_type(name="First look", slug="first-look", helps_choose=True, position=0)


@pytest.fixture
def follow_up(visit_type: VisitType) -> VisitType:
    """A visit for known patients beside one for new ones and one for anybody."""
    visit_type.audience = VisitType.Audience.NEW
    visit_type.save()
    practice.make_visit_type(name="Nerve test", slug="nerve-test")
    return practice.make_visit_type(
        name="Follow-up", slug="follow-up", audience=VisitType.Audience.ESTABLISHED, position=1
    )


def read_choices(html: str) -> list[str]:
    return re.findall(r'name="visit_type".*?value="([^"]+)"', html)


def test_each_type_tells_its_length_and_place(client: Client, visit_type: VisitType) -> None:
    practice.make_visit_type(name="Video follow-up", duration=20, mode="telehealth")

    page = read(client.get(URL))

    assert "First visit 40 minutes, at the clinic" in page
    assert "Video follow-up 20 minutes, by video" in page


@pytest.mark.usefixtures("helper")
def test_not_sure_comes_last_and_nothing_is_preselected(client: Client, visit_type: VisitType) -> None:
    page = client.get(URL).content.decode()

    assert read_choices(page) == ["new-patient", "not-sure"]
    assert "checked" not in page


@pytest.mark.parametrize("query", [{}, {"seen": "yes"}])
def test_red_flags_and_phone_stand_before_the_first_choice(
    client: Client, follow_up: VisitType, query: dict[str, str]
) -> None:
    page = read(client.get(URL, query))

    choice = page.index("Follow-up" if query else QUESTION)
    assert page.index("Call 911") < choice
    assert page.index("(212) 555-0142") < choice


def test_first_page_names_every_red_flag_the_second_is_short(client: Client, follow_up: VisitType) -> None:
    first, second = read(client.get(URL)), read(client.get(URL, {"seen": "no"}))

    for sign in (
        "on one side",
        "swallowing",
        "longer than 5 minutes",
        "very bad headache",
        "bladder or bowel",
    ):
        assert sign in first
    assert "Not for emergencies. Call 911" in second
    assert "bladder" not in second


def test_red_flags_stand_on_the_types_where_nothing_is_asked_before(
    client: Client, visit_type: VisitType
) -> None:
    page = read(client.get(URL))

    assert page.index("bladder or bowel") < page.index("First visit")


def test_question_comes_first_where_types_differ_by_audience(client: Client, follow_up: VisitType) -> None:
    response = client.get(URL)

    html = response.content.decode()
    assert read_title(response).startswith("Book an appointment. Step 1 of 4")
    assert f"{QUESTION} Yes No I am not sure" in read(response)
    assert re.findall(r'href="(\?seen=\w+)"', html) == ["?seen=yes", "?seen=no"]
    assert f"{reverse('booking:not-sure')}?seen=unknown" in html
    assert read_choices(html) == []


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("yes", ["nerve-test", "follow-up", "not-sure"]),
        ("no", ["new-patient", "nerve-test", "not-sure"]),
    ],
)
@pytest.mark.usefixtures("helper")
def test_answer_lists_the_visits_for_it_and_for_anybody(
    client: Client, follow_up: VisitType, seen: str, expected: list[str]
) -> None:
    page = client.get(URL, {"seen": seen}).content.decode()

    assert sorted(read_choices(page)) == sorted(expected)
    assert read_choices(page)[-1] == "not-sure"


@pytest.mark.parametrize("seen", ["", "maybe", "\0", "<script>", "x" * 5000])
def test_garbage_for_an_answer_asks_the_question(client: Client, follow_up: VisitType, seen: str) -> None:
    response = client.get(URL, {"seen": seen})

    assert response.status_code == 200
    assert f"{QUESTION} Yes No" in read(response)


@pytest.mark.parametrize("audience", VisitType.Audience.values)
def test_one_audience_is_not_asked(client: Client, visit_type: VisitType, audience: str) -> None:
    VisitType.objects.update(audience=audience)
    # Whom the visit for those who are not sure is for makes no difference to the others.
    practice.make_visit_type(slug="first-look", helps_choose=True)

    page = client.get(URL, {"seen": "yes"}).content.decode()

    assert QUESTION not in page
    assert read_choices(page) == ["new-patient", "not-sure"]


def test_step_stands_in_the_title_and_in_words(client: Client, visit_type: VisitType) -> None:
    response = client.get(URL)

    assert read_title(response).startswith("What do you need? Step 1 of 4")
    assert "Step 1 of 4" in read(response)


@pytest.mark.parametrize("query", [{"next": "time"}, {"seen": "no", "next": "time"}, {}])
def test_choice_leads_to_its_times(client: Client, follow_up: VisitType, query: dict[str, str]) -> None:
    """An address from before the question was asked still works."""
    response = client.get(URL, {"visit_type": "new-patient", **query})

    assert (response.status_code, response["Location"]) == (
        302,
        reverse("booking:time", args=["new-patient"]),
    )


@pytest.mark.parametrize("chosen", ["not-sure", "first-look"])
@pytest.mark.usefixtures("helper")
def test_not_sure_leads_to_questions_and_keeps_what_was_answered(
    client: Client, follow_up: VisitType, chosen: str
) -> None:
    response = client.get(URL, {"seen": "yes", "visit_type": chosen, "next": "time"})

    assert (response.status_code, response["Location"]) == (302, f"{reverse('booking:not-sure')}?seen=yes")


@pytest.mark.parametrize(
    "query",
    [
        {"next": "time"},
        {"visit_type": "x" * 10_000},
        {"visit_type": "\0"},
        {"seen": "no", "next": "time"},
    ],
)
def test_no_readable_choice_gets_a_sentence(
    client: Client, follow_up: VisitType, query: dict[str, str]
) -> None:
    response = client.get(URL, query)

    assert response.status_code == 422
    assert read_title(response).startswith("Error: What do you need?")
    assert "There is a problem Choose a visit. If you are not sure" in read(response)
    assert 'href="#id_visit_type_0"' in response.content.decode()


def test_error_keeps_the_list_of_the_answer(client: Client, follow_up: VisitType) -> None:
    page = client.get(URL, {"seen": "no", "next": "time"}).content.decode()

    assert "follow-up" not in read_choices(page)
    assert 'name="seen" value="no"' in page


def test_hidden_type_is_neither_listed_nor_chosen(client: Client, visit_type: VisitType) -> None:
    practice.make_visit_type(name="For staff only", slug="staff-only", is_public=False)

    listed = read(client.get(URL))
    chosen = client.get(URL, {"visit_type": "staff-only"})

    assert "For staff only" not in listed
    assert chosen.status_code == 422


@pytest.mark.django_db
def test_practice_without_types_sends_to_the_phone(client: Client) -> None:
    page = read(client.get(URL))

    assert "Online booking is closed at the moment. Please call us to book." in page
