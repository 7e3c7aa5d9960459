"""What beat starts, and how often; seconds.

A task that waited longer than it `expires` is dropped: the next one does the same.
"""

from typing import Any

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-outbox": {"task": "outbox.tasks.sweep_outbox_task", "schedule": 5.0, "options": {"expires": 5}},
    "purge-outbox": {
        "task": "outbox.tasks.purge_outbox_task",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # That beat and worker live, for /health/ready.
    "show-pulse": {"task": "clinic.tasks.show_pulse_task", "schedule": 30.0, "options": {"expires": 30}},
    # Typed answers of people who never booked wait in sessions.
    "clear-sessions": {
        "task": "clinic.tasks.clear_sessions_task",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "purge-stale-holds": {
        "task": "booking.tasks.purge_stale_holds_task",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "purge-freed-times": {
        "task": "booking.tasks.purge_freed_times_task",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # Asked often, so that no start of beat skips a day; each asks the database whether it is done.
    "record-access-figures": {
        "task": "booking.tasks.record_access_figures_task",
        "schedule": 1800.0,
        "options": {"expires": 1800},
    },
    # Freed time goes to the waitlist, and an offer without an answer to the next one.
    "offer-freed-times": {
        "task": "booking.tasks.offer_freed_times_task",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    # Asked often, so that no start of beat skips a morning; each asks the database what is due.
    "purge-old-records": {
        "task": "booking.tasks.purge_old_records_task",
        "schedule": 6 * 3600.0,
        "options": {"expires": 3600},
    },
    "queue-daily-lists": {
        "task": "booking.tasks.queue_daily_lists_task",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "report-failed-mail": {
        "task": "booking.tasks.report_failed_mail_task",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "purge-sign-in-tries": {
        "task": "staff.tasks.purge_tries_task",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "purge-attempts": {
        "task": "booking.tasks.purge_attempts_task",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}
