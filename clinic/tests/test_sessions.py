"""A session that cannot be saved: because the database went away, or because somebody has ended it."""

from typing import Any, NoReturn

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.test import Client

from booking.models import Location, Practitioner, VisitType
from booking.tests.views.walk import DETAILS, hold, read
from clinic.sessions import SessionStore


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_database_that_goes_away_as_the_session_is_saved_is_nobodys_bad_request(
    client: Client,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    hold(client, visit_type=visit_type, practitioner=practitioner, location=location)
    client.raise_request_exception = False

    def fail(*_args: Any, **_more: Any) -> NoReturn:
        raise error("the connection is closed")

    monkeypatch.setattr(Session, "save", fail)
    response = client.post("/book/details/", DETAILS)

    assert response.status_code == 503
    assert "press the button again" in read(response)
    assert response["Retry-After"]


def test_session_that_was_ended_meanwhile_stays_ended(db: None) -> None:
    session = SessionStore()
    session["booking"] = {}
    session.save()

    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        session.save()
    assert not Session.objects.exists()
