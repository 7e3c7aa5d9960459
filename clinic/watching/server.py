"""The metrics of this machine, for Prometheus, on a port of their own: `python -m clinic.watching.server`.

gunicorn starts it beside its workers where METRICS_BIND is set (gunicorn.conf.py). What the workers counted
stands in files; the rest is read from the database at each question.
"""

import logging
import os
import signal
from collections.abc import Iterable
from threading import Event

import django
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

RETRY_SECONDS = 5


class PartsCollector(Collector):
    """How database, broker, worker, beat and outbox are; only `clinic_up 0` without a database."""

    def collect(self) -> Iterable[Metric]:
        from django.db import DatabaseError, InterfaceError, connections

        from clinic.watching.health import read_health

        up = GaugeMetricFamily("clinic_up", "1 where the database answers.")
        try:
            health = read_health()
        except (DatabaseError, InterfaceError):
            up.add_metric([], 0)
            yield up
            return
        finally:
            # Each question comes in a thread of its own.
            connections.close_all()
        up.add_metric([], 1)
        yield up
        yield GaugeMetricFamily(
            "clinic_guards_missing",
            "Guards against overlapping visits that the database has lost.",
            value=len(health.missing_guards),
        )
        yield GaugeMetricFamily(
            "clinic_broker_up", "1 where the broker answers.", value=int(health.broker_answers)
        )
        seen = GaugeMetricFamily(
            "clinic_seen_seconds_ago",
            "When beat and worker last showed that they live; missing for never.",
            labels=["process"],
        )
        for process, age in health.ages.items():
            if age is not None:
                seen.add_metric([process], max(0.0, age.total_seconds()))
        yield seen
        yield GaugeMetricFamily(
            "clinic_outbox_oldest_due_seconds",
            "How long the longest waiting mail is due.",
            value=max(0.0, health.mail.oldest_due_age.total_seconds()),
        )
        yield GaugeMetricFamily("clinic_outbox_due", "Mails that are due now.", value=health.mail.due)
        yield GaugeMetricFamily(
            "clinic_outbox_dead",
            "Failed mails that staff have neither sent again nor stopped.",
            value=health.mail.dead,
        )


def make_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    registry.register(PartsCollector())
    return registry


def read_bind(text: str) -> tuple[str, int]:
    """Split METRICS_BIND, "host:port" or "port". Raises ValueError."""
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def main() -> None:
    """Answer until stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    host, port = read_bind(os.environ["METRICS_BIND"])
    while not stopped.is_set():
        try:
            start_http_server(port, addr=host, registry=make_registry())
            stopped.wait()
        except OSError as error:
            # The one before may take a moment to end.
            logger.warning("The metrics cannot be shown on %s:%s yet: %s.", host, port, error.strerror)
            stopped.wait(RETRY_SECONDS)


if __name__ == "__main__":
    main()
