import pytest
from django.test import Client


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
