"""How each part is doing: for /health/ready, which machines ask, and for the metrics."""

from dataclasses import dataclass
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking.checks import find_missing_guards
from clinic.models import Pulse
from clinic.watching.pulse import is_late, read_ages
from outbox.health import OutboxHealth, outbox_health

BROKER_TIMEOUT = 1.0  # seconds
# The sweep runs every few seconds: mail that has waited this long means nobody is sending.
LATE_MAIL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Health:
    mail: OutboxHealth
    ages: dict[str, timedelta | None]
    """How long ago beat and worker were last seen; None for never."""
    missing_guards: list[str]
    """Without one of them two visits could overlap."""
    broker_answers: bool

    @property
    def is_well(self) -> bool:
        is_late_mail = self.mail.oldest_due_age >= LATE_MAIL
        return self.broker_answers and not is_late_mail and not any(map(is_late, self.ages.values()))


def read_health() -> Health:
    """Ask all parts. Raises DatabaseError or InterfaceError where the database cannot be asked."""
    return Health(
        mail=outbox_health(),
        ages=read_ages(),
        missing_guards=find_missing_guards(connection),
        broker_answers=_broker_answers(),
    )


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Say how the parts are: 503 without a database, or where it would let visits overlap.

    Without the broker, the worker or beat, or with late mail, patients can still book: "degraded" is for
    the monitor, and must not make a load balancer take every web process out of service.
    """
    try:
        health = read_health()
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "down", "database": "down"}, status=503)
    is_guarded = not health.missing_guards
    answer = {
        "status": "down" if not is_guarded else "ok" if health.is_well else "degraded",
        "database": "ok",
        "guard": "ok" if is_guarded else "missing",
        "broker": "ok" if health.broker_answers else "down",
        "worker": _describe(health.ages[Pulse.WORKER]),
        "beat": _describe(health.ages[Pulse.BEAT]),
        "outbox": {
            "oldest_due_seconds": max(0, int(health.mail.oldest_due_age.total_seconds())),
            "due": health.mail.due,
            "dead": health.mail.dead,
        },
    }
    return JsonResponse(answer, status=200 if is_guarded else 503)


def _describe(age: timedelta | None) -> str:
    return "never seen" if age is None else "late" if is_late(age) else "ok"


def _broker_answers() -> bool:
    patience = {"socket_connect_timeout": BROKER_TIMEOUT, "socket_timeout": BROKER_TIMEOUT}
    try:
        with redis.Redis.from_url(settings.CELERY_BROKER_URL, **patience) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False
