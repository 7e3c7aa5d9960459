"""/health/live, /health/ready and /health/metrics: what a load balancer and a monitor read."""

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


@pytest.mark.django_db
def test_metrics_tell_how_the_outbox_is_doing(client: Client) -> None:
    due = {"kind": "test.note", "version": 1, "recipient": "patient"}
    OutboxMessage.objects.create(subject_id=1, send_at=timezone.now() - timedelta(minutes=10), **due)
    OutboxMessage.objects.create(subject_id=2, state="dead", **due)

    response = client.get("/health/metrics")

    lines = response.content.decode().splitlines()
    numbers = dict(line.split(" ") for line in lines if not line.startswith("#"))
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert int(numbers["clinic_outbox_oldest_due_seconds"]) >= 600
    assert (numbers["clinic_outbox_due"], numbers["clinic_outbox_dead"]) == ("1", "1")
    assert [line.split()[1:3] for line in lines if line.startswith("# TYPE")] == [
        ["TYPE", name] for name in numbers
    ]


def test_metrics_without_database(client: Client, monkeypatch) -> None:
    def fail() -> None:
        raise DatabaseError("server closed the connection")

    monkeypatch.setattr(views, "outbox_health", fail)

    assert client.get("/health/metrics").status_code == 503
