"""/health/live and /health/ready: what a load balancer and a monitor read."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from booking.constraints import NoOverlap
from booking.models import Appointment
from clinic.models import Pulse
from clinic.watching import health
from clinic.watching.pulse import LATE, show_pulse
from outbox.models import OutboxMessage


def test_live_needs_neither_database_nor_broker(client: Client) -> None:
    response = client.get("/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.fixture
def alive(db: None) -> None:
    """Beat and worker have just been seen."""
    show_pulse(Pulse.BEAT)
    show_pulse(Pulse.WORKER)


def test_ready_when_all_parts_answer(client: Client, settings, valkey: str, alive: None) -> None:
    settings.CELERY_BROKER_URL = valkey

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "guard": "ok",
        "broker": "ok",
        "worker": "ok",
        "beat": "ok",
        "outbox": {"oldest_due_seconds": 0, "due": 0, "dead": 0},
    }


def test_ready_without_broker_stays_in_service(client: Client, settings, alive: None) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["broker"]) == ("degraded", "down")


def test_ready_with_late_mail_is_degraded(client: Client, settings, valkey: str, alive: None) -> None:
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

    monkeypatch.setattr(health, "outbox_health", fail)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"status": "down", "database": "down"}


@pytest.mark.parametrize("process", [Pulse.BEAT, Pulse.WORKER])
def test_ready_with_a_process_unseen_is_degraded(
    client: Client, settings, valkey: str, alive: None, process: str
) -> None:
    settings.CELERY_BROKER_URL = valkey
    Pulse.objects.filter(name=process).update(at=timezone.now() - LATE - timedelta(seconds=1))

    late = client.get("/health/ready")
    Pulse.objects.filter(name=process).delete()
    never = client.get("/health/ready")

    assert (late.status_code, late.json()["status"], late.json()[process]) == (200, "degraded", "late")
    assert (never.status_code, never.json()["status"], never.json()[process]) == (
        200,
        "degraded",
        "never seen",
    )


def test_ready_without_a_guard_is_out_of_service(client: Client, alive: None) -> None:
    """Nobody may book where two visits could overlap."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE booking_appointment DROP CONSTRAINT {find_guard()}"
            if connection.vendor == "postgresql"
            else f"DROP TRIGGER {find_guard()}"
        )

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert (response.json()["status"], response.json()["guard"]) == ("down", "missing")


def find_guard() -> str:
    guard = next(one for one in Appointment._meta.constraints if isinstance(one, NoOverlap))
    return guard.name if connection.vendor == "postgresql" else guard.trigger_names[0]
