"""/health/live and /health/ready: what a load balancer and a monitor read."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from clinic import views
from outbox.models import OutboxMessage


def test_live_needs_neither_database_nor_broker(client: Client) -> None:
    response = client.get("/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_when_all_parts_answer(client: Client, settings, valkey: str) -> None:
    settings.CELERY_BROKER_URL = valkey

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "broker": "ok",
        "outbox": {"oldest_due_seconds": 0, "due": 0, "dead": 0},
    }


@pytest.mark.django_db
def test_ready_without_broker_stays_in_service(client: Client, settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["broker"]) == ("degraded", "down")


@pytest.mark.django_db
def test_ready_with_late_mail_is_degraded(client: Client, settings, valkey: str) -> None:
    settings.CELERY_BROKER_URL = valkey
    OutboxMessage.objects.create(
        kind="test.note",
        subject_id=1,
        version=1,
        recipient="patient",
        send_at=timezone.now() - timedelta(minutes=10),
    )

    response = client.get("/health/ready")

    assert response.json()["status"] == "degraded"
    assert response.json()["outbox"]["oldest_due_seconds"] >= 600


def test_ready_without_database_is_out_of_service(client: Client, monkeypatch) -> None:
    def fail() -> None:
        raise DatabaseError("server closed the connection")

    monkeypatch.setattr(views, "outbox_health", fail)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"status": "down", "database": "down"}
