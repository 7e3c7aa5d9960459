"""What beat starts, and how often.

A task that waited until the next one is due is dropped: that one does the same.
"""

from typing import Any

HOUR = 60 * 60

# The name beat knows it by: the task, and how many seconds lie between two.
TASKS = {
    "sweep-outbox": ("outbox.tasks.sweep_outbox_task", 5),
    "purge-outbox": ("outbox.tasks.purge_outbox_task", HOUR),
    # That beat and worker live, for /health/ready.
    "show-pulse": ("clinic.tasks.show_pulse_task", 30),
    # Typed answers of people who never booked wait in sessions.
    "clear-sessions": ("clinic.tasks.clear_sessions_task", HOUR),
    "purge-stale-holds": ("booking.tasks.purge_stale_holds_task", HOUR),
    "purge-freed-times": ("booking.tasks.purge_freed_times_task", HOUR),
    # Asked often, so that no start of beat skips a day: it asks the database whether it is done.
    "record-access-figures": ("booking.tasks.record_access_figures_task", HOUR // 2),
    # Freed time goes to the waitlist, and an offer without an answer to the next one.
    "offer-freed-times": ("booking.tasks.offer_freed_times_task", 30),
    "purge-old-records": ("booking.tasks.purge_old_records_task", 6 * HOUR),
    # Asked often, so that no start of beat skips a morning: it asks the database what is due.
    "queue-daily-lists": ("booking.tasks.queue_daily_lists_task", 300),
    "report-failed-mail": ("booking.tasks.report_failed_mail_task", 300),
    "purge-sign-in-tries": ("staff.tasks.purge_tries_task", HOUR),
    "purge-attempts": ("booking.tasks.purge_attempts_task", HOUR),
}

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}
    for name, (task, seconds) in TASKS.items()
}
