"""The audit trail as tests read it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry, Shown


@pytest.fixture
def desk(client: Client, receptionist: Any, clock: Any) -> Client:
    client.force_login(receptionist)
    session = client.session
    session.set_expiry(timedelta(days=7))
    session.save()
    return client


def list_entries(*, after: int = 0, **narrowed: Any) -> list[Entry]:
    return list(Entry.objects.filter(pk__gt=after, **narrowed).order_by("pk"))


def last_key() -> int:
    latest = Entry.objects.order_by("-pk").first()
    return latest.pk if latest is not None else 0


def list_shown(entry: Entry) -> set[int]:
    """The patients whom an entry is about."""
    shown = Shown.objects.filter(entry=entry).values_list("patient_id", flat=True)
    return {*shown, *filter(None, [entry.patient_id])}
