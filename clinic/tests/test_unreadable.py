from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory

from clinic.unreadable import Handler


@pytest.mark.parametrize("question", [{"q": "a\x00b"}, {"a\x00": "b"}, {"q": ["a", "\x00"]}])
def test_nul_in_a_question_to_the_admin_is_a_bad_request(
    db: None, client: Client, question: dict[str, str]
) -> None:
    assert client.get("/staff/login/", question).status_code == 400


def test_nul_in_a_cookie_is_a_bad_request(db: None, client: Client) -> None:
    """Python's cookie parser makes a NUL of the octal in quotes."""
    response = client.get("/book/details/", headers={"Cookie": 'sessionid="aaaaaaaaaa\\000bbbb"'})

    assert response.status_code == 400


def test_other_questions_are_answered(db: None, client: Client) -> None:
    assert client.get("/staff/login/", {"q": "a b\t\N{GRINNING FACE}"}).status_code == 200


def test_longer_than_any_form_of_ours_is_refused_unread(db: None, client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    response = client.post("/dim/", {"next": "/" + "a" * 1000})

    assert response.status_code == 413
    assert "Please go back one page, write less, and try again." in response.content.decode()


@pytest.mark.parametrize("length", ["", "-1", "1e9", "²"])
def test_a_length_that_is_no_number_is_no_length(db: None, client: Client, length: str) -> None:
    response = client.generic("GET", "/privacy/", CONTENT_LENGTH=length)

    assert response.status_code == 200


def test_more_fields_than_any_form_of_ours_has_are_refused(db: None, client: Client, settings: Any) -> None:
    fields = {f"field-{number}": "a" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}

    assert client.post("/dim/", fields).status_code == 400


def test_a_file_is_refused(db: None, client: Client) -> None:
    file = SimpleUploadedFile("letter.txt", b"whatever")

    assert client.post("/visits/find/", {"file": file}).status_code == 400


@pytest.mark.parametrize("charset", ["charset=a\x00b", "charset*=nope'en'a%00b", 'charset="a\x00b"'])
def test_a_content_type_that_cannot_be_read_is_a_bad_request_with_all_headers(charset: str) -> None:
    environ = {
        **RequestFactory().post("/visits/a-token/").environ,
        "CONTENT_TYPE": f"text/plain; {charset}",
    }
    handler = Handler()
    handler.load_middleware()

    response = handler.get_response(handler.request_class(environ))

    assert response.status_code == 400
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store, private"
    assert response["Referrer-Policy"] == "no-referrer"
