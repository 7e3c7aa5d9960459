"""Find my visit: reference and birth date, and few tries."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory

from booking.models import Appointment, Attempt, ManageLink, Patient
from booking.tests import practice
from booking.tests.views.walk import read, read_title
from booking.views.errors import answer_too_many_tries
from booking.writing import Busy
from outbox.models import OutboxMessage

URL = "/visits/find/"
BIRTH_DATE = {"birth_date_month": "9", "birth_date_day": "28", "birth_date_year": "1975"}
MISS = "We cannot find a visit with this reference and date of birth. Check both, or call us."


def find(client: Client, reference: str, *, extra: dict[str, Any] | None = None, **changes: str) -> Any:
    return client.post(URL, {"reference": reference, **BIRTH_DATE, **changes}, **(extra or {}))


def write_plain(visit: Appointment) -> str:
    return visit.reference


def write_dashed(visit: Appointment) -> str:
    return visit.display_reference.lower()


def write_spaced(visit: Appointment) -> str:
    return f" {visit.reference[:2]} {visit.reference[2:].lower()} "


@pytest.mark.parametrize("write", [write_plain, write_dashed, write_spaced])
def test_both_right_open_the_visit(client: Client, visit: Appointment, write: Any) -> None:
    response = find(client, write(visit))

    assert response.status_code == 302
    assert "10:00 am Tuesday, November 24, 2026" in read(client.get(response["Location"]))
    assert not Attempt.objects.exists()


def test_every_miss_gets_the_same_answer(client: Client, visit: Appointment, clock: Any) -> None:
    held = practice.make_patient(birth_date=visit.patient.birth_date if visit.patient else None)
    assert held.birth_date == visit.patient.birth_date  # the date alone must not help
    answers = [
        find(client, visit.reference, birth_date_year="1976"),
        find(client, "ZZZ-ZZZ"),
        find(client, "K"),
    ]
    clock.shift(timedelta(days=5))
    answers.append(find(client, visit.reference))

    assert {answer.status_code for answer in answers} == {422}
    assert all(MISS in read(answer) for answer in answers)
    assert len({read(answer) for answer in answers}) == 1
    assert read_title(answers[0]).startswith("Error: Find your appointment")


def test_what_was_typed_is_kept(client: Client, visit: Appointment) -> None:
    page = find(client, "zzz-zzz").content.decode()

    assert 'value="zzz-zzz"' in page
    assert 'value="1975"' in page


def test_sixth_miss_in_a_quarter_of_an_hour_has_to_wait(
    client: Client, visit: Appointment, clock: Any
) -> None:
    for _ in range(5):
        find(client, "ZZZ-ZZZ")
        clock.shift(timedelta(minutes=1))

    blocked = find(client, visit.reference)
    forged = find(client, visit.reference, extra={"headers": {"x-forwarded-for": "203.0.113.9"}})
    elsewhere = find(client, visit.reference, extra={"REMOTE_ADDR": "203.0.113.9"})
    clock.shift(timedelta(seconds=int(blocked["Retry-After"]) + 1))
    later = find(client, visit.reference)

    assert (blocked.status_code, forged.status_code) == (429, 429)
    assert blocked["Retry-After"] == "600"
    assert "Please wait 10 minutes and try again." in read(blocked)
    assert elsewhere.status_code == 302
    assert later.status_code == 302


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "Please wait one minute and try again."),
        (600, "Please wait 10 minutes and try again."),
        (7200, "Please wait 120 minutes and try again."),
        (7201, "Please wait 3 hours and try again."),
        (86_400, "Please wait 24 hours and try again."),
    ],
)
def test_waiting_is_told_in_minutes_or_hours(rf: RequestFactory, seconds: int, words: str) -> None:
    response = answer_too_many_tries(rf.post("/book/check/"), retry_after=seconds)

    assert (response.status_code, response["Retry-After"]) == (429, str(seconds))
    assert words in read(response)
    assert "(212) 555-0142" in read(response)
    assert 'href="/book/check/"' in response.content.decode()


def test_address_is_kept_as_a_hash_and_not_for_long(client: Client, visit: Appointment, clock: Any) -> None:
    find(client, "ZZZ-ZZZ")
    first = Attempt.objects.get()
    clock.shift(timedelta(minutes=16))

    find(client, "ZZZ-ZZZ")

    assert "127.0.0.1" not in first.key
    assert not Attempt.objects.filter(pk=first.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("", "Enter the booking reference, like K7M-4RT."),
        ("K7M\0-4RT", "A booking reference has 6 letters and numbers, like K7M-4RT."),
        ("K7M\r\n4RT", "A booking reference has 6 letters and numbers, like K7M-4RT."),
        ("x" * 10_000, "A booking reference has 6 letters and numbers, like K7M-4RT."),
        ("\N{PILE OF POO}", MISS),
        ("<script>", MISS),
        ("O'Brien", MISS),
    ],
)
def test_odd_reference_gets_a_sentence(client: Client, reference: str, sentence: str) -> None:
    response = find(client, reference)

    assert response.status_code == 422
    assert sentence in read(response)
    assert "<script>" not in response.content.decode().replace('<script src="', "")


@pytest.mark.django_db
def test_unreadable_birth_date_is_no_try(client: Client) -> None:
    response = find(client, "K7M-4RT", birth_date_day="\0")

    assert response.status_code == 422
    assert "Enter the day of birth as a number, like 28." in read(response)
    assert not Attempt.objects.exists()


def test_busy_database_keeps_what_was_typed_and_asks_to_press_again(
    client: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_busy(**request: Any) -> None:
        raise Busy

    monkeypatch.setattr("booking.views.find.find_visit", be_busy)

    response = find(client, visit.reference)

    assert response.status_code == 503
    assert "Please press the button again." in read(response)
    assert f'value="{visit.reference}"' in response.content.decode()


# --- Email me the link -------------------------------------------------------------


def ask_by_email(client: Client, reference: str, **changes: str) -> Any:
    return find(client, reference, email="1", **changes)


def list_links() -> list[int]:
    return list(OutboxMessage.objects.filter(kind="booking.link").values_list("subject_id", flat=True))


def test_right_answer_mails_the_link_to_the_address_we_have(client: Client, visit: Appointment) -> None:
    response = ask_by_email(client, visit.display_reference)

    assert (response.status_code, response["Location"]) == (302, "/visits/find/sent/")
    assert list_links() == [visit.pk]
    assert not ManageLink.objects.exists()  # it is made when the mail leaves


def test_hits_and_misses_get_the_same_answer(client: Client, visit: Appointment, clock: Any) -> None:
    answers = [
        ask_by_email(client, visit.reference),
        ask_by_email(client, "ZZZ-ZZZ"),
        ask_by_email(client, visit.reference, birth_date_year="1976"),
    ]
    Patient.objects.update(email="")
    clock.shift(timedelta(minutes=3))
    answers.append(ask_by_email(client, visit.reference))

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/visits/find/sent/")}
    assert len({answer.content for answer in answers}) == 1
    assert list_links() == [visit.pk]
    page = read(client.get(answers[0]["Location"]))
    assert "If we found a visit, its link is on the way to the email address we have for it." in page


def test_hits_count_like_misses_so_that_waiting_tells_nothing(client: Client, visit: Appointment) -> None:
    for _ in range(5):
        ask_by_email(client, visit.reference)

    assert ask_by_email(client, visit.reference).status_code == 429
    assert ask_by_email(client, "ZZZ-ZZZ").status_code == 429
    assert list_links() == [visit.pk]


def test_what_cannot_be_right_is_asked_for_again(client: Client, visit: Appointment) -> None:
    response = ask_by_email(client, "")

    assert response.status_code == 422
    assert "Enter the booking reference, like K7M-4RT." in read(response)


def test_enter_opens_the_visit_as_before(client: Client, visit: Appointment) -> None:
    page = client.get(URL).content.decode()

    # Browsers press the first button of a form.
    assert page.index("Find my appointment</button>") < page.index('name="email"')
