"""Step 3: who comes."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking import actions
from booking.models import Appointment, IntakeQuestion, Location, Practitioner, VisitType
from booking.tests import practice
from booking.tests.practice import at
from booking.tests.views import walk
from booking.tests.views.walk import DETAILS, make_key, read, read_slots, read_title, send_details

URL = "/book/details/"

NAME_SIGNS = "We cannot read one of the signs in this name. Please type it again, on one line."
NOTE_SIGNS = "We cannot read one of the signs here. Please type the text again."
PHONE = "Enter a phone number with its area code, like 212 555 0177."
EMAIL = "Enter an email address like name@example.com."


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_skipped_step_says_to_choose_a_time_first(client: Client, method: str) -> None:
    response = getattr(client, method)(URL, DETAILS)

    assert response.status_code == 409
    assert "Please choose a time first" in read(response)
    assert reverse("booking:visit-type") in response.content.decode()


def test_held_time_is_told_in_words(client: Client, held: Appointment) -> None:
    response = client.get(URL)

    page = read(response)
    assert "Tuesday, November 24 at 10:00 am with Dr. Lena Fischer, Midtown." in page
    assert "We hold it for you until 9:20 am. Eastern Time (New York)" in page
    assert "Hold it for 20 more minutes" in page
    assert read_title(response).startswith("Your details. Step 3 of 4")


def test_fields_help_to_fill_them_in(client: Client, held: Appointment) -> None:
    page = client.get(URL).content.decode()

    tokens = re.findall(r'autocomplete="([^"]+)"', page)
    assert [token for token in tokens if token != "off"] == [
        "name",
        "given-name",
        "family-name",
        "bday-month",
        "bday-day",
        "bday-year",
        "tel",
        "email",
    ]
    assert "checked" not in page
    assert "*" not in read(client.get(URL))
    assert "novalidate" in page


def test_optional_fields_and_the_use_of_contacts_are_told(client: Client, held: Appointment) -> None:
    page = read(client.get(URL))

    assert "Phone number We call it only if we need to move or check your visit." in page
    assert "Email (optional) For your confirmation and a link to change your visit." in page
    assert "What is the visit about? (optional) A few words are enough." in page


def test_good_details_renew_the_hold_and_lead_to_the_check(
    client: Client, held: Appointment, clock: Any
) -> None:
    clock.shift(timedelta(minutes=10))

    response = send_details(client, held)

    held.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, reverse("booking:check"))
    assert held.hold_expires_at == timezone.now() + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("given_name", "Enter the patient's first name."),
        ("family_name", "Enter the patient's last name."),
        ("birth_date_year", "The date of birth must include a year, like 1975."),
        ("phone", "Enter a phone number, so that we can reach you about this visit."),
        ("who", "Choose who the visit is for."),
        ("coverage", "Choose how the visit will be paid for. “I am not sure” is fine too."),
        ("consent", "Tick the box to agree. If you do not want to, please call us."),
    ],
)
def test_missing_answer_gets_its_sentence_in_the_summary_and_at_the_field(
    client: Client, held: Appointment, missing: str, sentence: str
) -> None:
    response = send_details(client, held, **{missing: "" if missing == "consent" else " "})

    page = read(response)
    assert response.status_code == 422
    assert read_title(response).startswith("Error: Your details. Step 3 of 4")
    assert f"There is a problem {sentence}" in page
    assert f"Error: {sentence}" in page


BAD_TEXTS = {
    "CR/LF": "Jordan\r\nBcc: everybody@example.org",
    "NUL": "Jor\0dan",
    "control": "Jor\x1b[31mdan",
    "line separator": "Jor\N{LINE SEPARATOR}dan",
}
SIGNS = {
    "given_name": NAME_SIGNS,
    "family_name": NAME_SIGNS,
    "phone": PHONE,
    "email": EMAIL,
    "access_needs": NOTE_SIGNS,
    "reason": NOTE_SIGNS,
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
@pytest.mark.parametrize("field", SIGNS)
def test_signs_that_cannot_be_kept_get_a_sentence(
    client: Client, held: Appointment, field: str, text: str
) -> None:
    response = send_details(client, held, **{field: text})

    if field in ("access_needs", "reason") and "\r\n" in text:
        # A note may run over several lines.
        assert response.status_code == 302
    else:
        assert response.status_code == 422
        assert SIGNS[field] in read(response)
        assert 'value="212 555 0177"' in response.content.decode() or field == "phone"


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("given_name", "Use at most 100 characters for a name."),
        ("family_name", "Use at most 100 characters for a name."),
        ("birth_date_month", "Enter the month of birth as a number or a name, like 9 or September."),
        ("birth_date_day", "Enter the day of birth as a number, like 28."),
        ("birth_date_year", "Enter the year of birth with four digits, like 1975."),
        ("phone", PHONE),
        ("email", "Enter an email address of at most 254 characters."),
        ("access_needs", "Say in at most 300 characters what would help you."),
        ("reason", "Say in at most 300 characters what the visit is about."),
        ("interpreter_language", "Use at most 60 characters for the language."),
    ],
)
def test_ten_kilobytes_get_a_sentence_and_keep_the_rest(
    client: Client, held: Appointment, field: str, sentence: str
) -> None:
    response = send_details(client, held, needs="interpreter", **{field: "9" * 10_000})

    assert response.status_code == 422
    assert sentence in read(response)
    assert "9" * 10_000 in response.content.decode()
    assert len(str(dict(client.session))) < 3000


ODD_TEXTS = [
    "\N{GRINNING FACE WITH SMILING EYES} Zoë",
    "<script>alert(1)</script>",
    "O'Brien",
    "{{ 7|add:7 }}",
    "李小龍",
]


ODD_NAMES = [text for text in ODD_TEXTS if "<" not in text]


@pytest.mark.parametrize(
    ("field", "text"),
    [(field, text) for field in ("given_name", "family_name") for text in ODD_NAMES]
    + [(field, text) for field in ("access_needs", "reason") for text in ODD_TEXTS],
)
def test_unusual_texts_are_taken_as_they_are_and_shown_escaped(
    client: Client, held: Appointment, field: str, text: str
) -> None:
    sent = send_details(client, held, **{field: text})

    response = client.get(sent["Location"])
    assert "<script>alert" not in response.content.decode()
    assert text in unescape(response.content.decode())


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "Pay at https://example.org",
        "WWW.example.org",
        "mallory@example.org",
        "a\\b",
    ],
)
@pytest.mark.parametrize("field", ["given_name", "family_name"])
def test_address_in_a_name_gets_a_sentence_and_is_never_mailed(
    client: Client, held: Appointment, field: str, name: str
) -> None:
    response = send_details(client, held, **{field: name})

    assert response.status_code == 422
    assert "Please type only the name, without signs like / or @." in read(response)
    assert name in unescape(response.content.decode())
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("text", ["name@localhost", "name@example"])
def test_email_without_a_real_domain_gets_a_sentence(client: Client, held: Appointment, text: str) -> None:
    response = send_details(client, held, email=text)

    assert response.status_code == 422
    assert SIGNS["email"] in read(response)


@pytest.mark.parametrize("text", ODD_TEXTS)
@pytest.mark.parametrize("field", ["phone", "email"])
def test_unusual_texts_in_contacts_get_a_sentence(
    client: Client, held: Appointment, field: str, text: str
) -> None:
    response = send_details(client, held, **{field: text})

    assert response.status_code == 422
    assert SIGNS[field] in read(response)
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("part", ["Smarch", "\N{PILE OF POO}", "\0", "-1", "<script>"])
def test_unreadable_birth_date_gets_a_sentence_and_keeps_the_other_parts(
    client: Client, held: Appointment, part: str
) -> None:
    response = send_details(client, held, birth_date_month=part)

    assert response.status_code == 422
    assert "Enter the month of birth as a number or a name, like 9 or September." in read(response)
    assert 'value="1975"' in response.content.decode()


def test_wrong_answers_are_kept_for_the_way_back(client: Client, held: Appointment) -> None:
    send_details(client, held, email="jordan@example", birth_date_month="Sept", birth_date_year="")

    page = client.get(URL).content.decode()

    assert 'value="jordan@example"' in page
    assert 'value="Sept"' in page


def test_page_of_another_tab_says_so_and_keeps_what_was_typed(
    client: Client, held: Appointment, visit_type: VisitType, practitioner: Practitioner, location: Location
) -> None:
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="11:00")

    response = send_details(client, held)

    page = read(response)
    assert response.status_code == 409
    assert "You chose another time since, in another tab or window." in page
    assert "Tuesday, November 24 at 11:00 am" in page
    assert 'value="Jordan"' in response.content.decode()


@pytest.mark.parametrize("uid", ["", "garbage", "\0", "00000000-0000-0000-0000-000000000000"])
def test_foreign_hold_is_never_used(client: Client, held: Appointment, uid: str) -> None:
    response = client.post(URL, {**DETAILS, "hold": uid})

    assert response.status_code == 409
    assert "This is the time we hold for you now." in read(response)


def test_hold_of_another_browser_opens_nothing(client: Client, held: Appointment) -> None:
    response = send_details(Client(), held)

    assert response.status_code == 409
    assert "Please choose a time first" in read(response)
    assert "November 24" not in read(response)


def test_hold_that_ran_out_is_still_good_while_the_time_is_free(
    client: Client, held: Appointment, clock: Any
) -> None:
    clock.shift(timedelta(minutes=30))

    page = read(client.get(URL))
    response = send_details(client, held)

    assert "We held this time for you until 9:20 am. It is still free." in page
    assert "Hold it for 20 more minutes" in page
    assert response["Location"] == reverse("booking:check")


def test_time_that_someone_else_took_keeps_the_answers_and_offers_the_nearest(
    client: Client, held: Appointment, clock: Any, practitioner: Practitioner, location: Location
) -> None:
    clock.shift(timedelta(minutes=30))
    actions.book_visit(
        visit_type=held.visit_type,
        practitioner=practitioner,
        location=location,
        start=held.start,
        patient=practice.make_patient(),
        by=actions.Actor.system(),
    )

    response = send_details(client, held)

    page = read(response)
    assert response.status_code == 409
    assert "Your time was not kept, and someone else may have it now. What you have typed is kept." in page
    assert read_slots(response) == [
        make_key(at(clock), practitioner, location) for clock in ("09:00", "09:20", "10:40")
    ]
    assert client.session["booking"]["answers"]["given_name"] == "Jordan"


CARER = {
    "who": "other",
    "related_name": "Sam Ellis",
    "relationship": "parent",
    "whose_contact": "mine",
}


def test_booking_for_somebody_else_asks_who_books(client: Client, held: Appointment) -> None:
    response = send_details(client, held, who="other")

    page = read(response)
    assert response.status_code == 422
    for sentence in (
        "Enter your own name, so that we know who booked.",
        "Choose what you are to the patient.",
        "Choose whose phone and email these are.",
    ):
        assert page.count(sentence) == 2
    assert 'href="#id_related_name"' in response.content.decode()
    assert 'href="#id_relationship_0"' in response.content.decode()


def test_own_data_of_the_browser_is_not_offered_for_somebody_else(client: Client, held: Appointment) -> None:
    send_details(client, held, **CARER)

    page = client.get(URL).content.decode()

    assert set(re.findall(r'autocomplete="([^"]+)"', page)) == {"off", "name"}


def test_what_is_asked_only_of_a_carer_is_ignored_for_oneself(client: Client, held: Appointment) -> None:
    response = send_details(client, held, related_name="x" * 500, relationship="garbage")

    assert response["Location"] == reverse("booking:check")


def test_every_problem_of_the_summary_leads_to_an_input(client: Client, held: Appointment) -> None:
    response = client.post(URL, {"hold": held.uid, "given_name": "", "who": "other", "needs": "interpreter"})

    html = response.content.decode()
    summary = html[html.index("error-summary") : html.index("</ul>", html.index("error-summary"))]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert len(targets) == 10
    assert set(targets) <= set(re.findall(r'<(?:input|textarea)[^>]* id="([^"]+)"', html))


def test_interpreter_needs_a_language(client: Client, held: Appointment) -> None:
    response = send_details(client, held, needs=["interpreter", "quiet"])

    assert response.status_code == 422
    assert "Enter the language, for example Spanish." in read(response)


def test_unknown_need_gets_a_sentence(client: Client, held: Appointment) -> None:
    response = send_details(client, held, needs=["massage"])

    assert response.status_code == 422
    assert "Choose only from the help on this list." in read(response)


def test_referral_is_asked_only_where_the_visit_needs_one(
    client: Client, held: Appointment, visit_type: VisitType
) -> None:
    asked_without = read(client.get(URL))
    VisitType.objects.update(needs_referral=True)

    asked_with = read(client.get(URL))
    refused = send_details(client, held)
    taken = send_details(client, held, referral="not_yet")

    assert "Has a doctor asked us to see you?" not in asked_without
    assert "Has a doctor asked us to see you?" in asked_with
    assert "Choose if a doctor has asked us to see you." in read(refused)
    assert taken["Location"] == reverse("booking:check")


def test_questions_of_the_practice_are_asked_in_their_order(
    client: Client, held: Appointment, visit_type: VisitType
) -> None:
    ask = IntakeQuestion.objects.create
    second = ask(
        visit_type=visit_type, wording="Which side?", kind="choice", choices="Left\nRight", position=2
    )
    first = ask(visit_type=visit_type, wording="Can you walk?", kind="yes_no", is_required=True, position=1)
    ask(visit_type=visit_type, wording="Do you smoke?", is_active=False)

    page = read(client.get(URL))
    refused = send_details(client, held)
    taken = send_details(client, held, **{f"intake_{first.pk}": "yes", f"intake_{second.pk}": "Right"})

    assert "Can you walk? Yes No Which side? (optional) Left Right I would rather not say" in page
    assert "Do you smoke?" not in page
    assert "Please answer “Can you walk?”" in read(refused)
    assert f'href="#id_intake_{first.pk}_0"' in refused.content.decode()
    assert taken["Location"] == reverse("booking:check")


@pytest.mark.parametrize("answer", ["Middle", "\0", "x" * 10_000])
def test_answer_that_is_not_on_offer_gets_a_sentence(
    client: Client, held: Appointment, visit_type: VisitType, answer: str
) -> None:
    question = IntakeQuestion.objects.create(
        visit_type=visit_type, wording="Which side?", kind="choice", choices="Left\nRight"
    )

    response = send_details(client, held, **{f"intake_{question.pk}": answer})

    assert response.status_code == 422
    assert "Please answer “Which side?”" in read(response)


@pytest.mark.parametrize("number", [1, 3])
def test_number_of_questions_does_not_change_the_number_of_queries(
    client: Client,
    held: Appointment,
    visit_type: VisitType,
    django_assert_num_queries: Any,
    number: int,
) -> None:
    for position in range(number):
        IntakeQuestion.objects.create(visit_type=visit_type, wording=f"Question {position}?")

    client.get(URL)  # the questions are known from now on

    with django_assert_num_queries(3):  # the session, the held time, the version of what is known
        page = client.get(URL)

    assert all(f"Question {position}?" in read(page) for position in range(number))


def test_answers_to_questions_of_another_visit_are_ignored_and_kept(
    client: Client,
    held: Appointment,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
) -> None:
    asked = IntakeQuestion.objects.create(visit_type=visit_type, wording="Can you walk?", is_required=True)
    send_details(client, held, **{f"intake_{asked.pk}": "With a stick"})
    other_type = practice.make_visit_type(slug="follow-up")
    practitioner.visit_types.add(other_type)

    walk.hold(client, visit_type=other_type, practitioner=practitioner, location=location, clock="11:00")
    other = client.get(reverse("booking:check"))
    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="11:00")
    back = client.get(reverse("booking:check"))

    assert other.status_code == 200
    assert "Can you walk?" not in read(other)
    assert "Can you walk? With a stick Change" in read(back)


def test_what_was_typed_is_forgotten_after_two_hours(client: Client, held: Appointment, clock: Any) -> None:
    send_details(client, held)

    clock.shift(timedelta(minutes=119))
    before = client.get(URL).content.decode()
    clock.shift(timedelta(minutes=2))
    after = client.get(URL).content.decode()

    assert "Jordan" in before
    assert "Jordan" not in after
    assert "Clear what I typed" not in after


def test_forgotten_answers_leave_the_session_with_the_next_step(
    client: Client,
    held: Appointment,
    clock: Any,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
) -> None:
    send_details(client, held)
    clock.shift(timedelta(hours=3))

    walk.hold(client, visit_type=visit_type, practitioner=practitioner, location=location, clock="15:00")

    assert "Jordan" not in str(dict(client.session))


def test_what_was_typed_can_be_cleared(client: Client, held: Appointment) -> None:
    fresh = read(client.get(URL))
    send_details(client, held)
    filled = read(client.get(URL))

    response = client.post(reverse("booking:clear"), follow=True)

    assert "Clear what I typed" not in fresh
    assert "We kept what you typed before. Clear what I typed" in filled
    assert "Jordan" not in response.content.decode()
    assert "Jordan" not in str(dict(client.session))
    assert "Tuesday, November 24 at 10:00 am" in read(response)


def test_looking_at_the_address_that_clears_clears_nothing(client: Client, held: Appointment) -> None:
    send_details(client, held)

    client.get(reverse("booking:clear"))

    assert "Jordan" in client.get(URL).content.decode()


def test_too_quick_press_is_asked_to_press_again_and_keeps_everything(
    client: Client, held: Appointment, clock: Any, settings: Any
) -> None:
    settings.MIN_FILL_SECONDS = 3
    started = read_started(client.get(URL))

    quick = send_details(client, held, started=started)
    clock.shift(timedelta(seconds=3))
    again = send_details(client, held, started=read_started(quick))

    assert quick.status_code == 422
    assert "That was very quick." in read(quick)
    assert "call us at (212) 555-0142." in read(quick)
    assert 'value="Jordan"' in quick.content.decode()
    assert again["Location"] == reverse("booking:check")


@pytest.mark.parametrize("started", ["", "garbage", "1:forged", "\0", "9" * 10_000])
def test_page_without_a_start_of_ours_is_asked_to_look_again(
    client: Client, held: Appointment, clock: Any, settings: Any, started: str
) -> None:
    settings.MIN_FILL_SECONDS = 3

    response = send_details(client, held, started=started)
    clock.shift(timedelta(seconds=5))
    again = send_details(client, held, started=read_started(response))

    assert "This page was open for a long time." in read(response)
    assert again["Location"] == reverse("booking:check")


def test_field_that_nobody_sees_stops_scripts_and_comes_back_empty(client: Client, held: Appointment) -> None:
    response = send_details(client, held, website="https://example.org")

    html = response.content.decode()
    assert response.status_code == 422
    assert "A hidden field was filled in" in read(response)
    assert "https://example.org" not in html
    assert "website" not in str(dict(client.session))
    assert re.search(r'<div\s+class="leave-empty"\s*>.*?name="website"', html, re.DOTALL)


def read_started(response: Any) -> str:
    found = re.search(r'name="started" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def test_page_is_kept_by_no_cache_and_no_search_engine(client: Client, held: Appointment) -> None:
    response = client.get(URL)

    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex"
