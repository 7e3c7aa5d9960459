"""Whether mails arrive, and how soon they leave. A place or a type of visit is not asked: a mail has none."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.reports.span import Span
from booking.reports.table import Table, percent, spell_week
from outbox.models import OutboxMessage, State

IN_TIME = timedelta(minutes=1)


def read(span: Span) -> Table:
    zone = timezone.get_default_timezone()
    begin = datetime.combine(span.first, time(), zone)
    end = datetime.combine(span.last + timedelta(days=1), time(), zone)
    is_sent = Q(state=State.SENT)
    grouped = (
        # `send_at` moves with each try that fails. Rows of before there was a `due_at` have nothing better.
        OutboxMessage.objects.annotate(due=Coalesce("due_at", "send_at"))
        .filter(due__gte=begin, due__lt=end)
        .order_by()
        .annotate(week=TruncWeek("due", tzinfo=zone))
        .values("week", "kind")
        .annotate(
            sent=Count("pk", filter=is_sent),
            in_time=Count("pk", filter=is_sent & Q(sent_at__lte=F("due") + IN_TIME)),
            failed=Count("pk", filter=Q(state=State.DEAD)),
            stopped=Count("pk", filter=Q(state=State.STOPPED)),
            dropped=Count("pk", filter=Q(state=State.DROPPED)),
            waiting=Count("pk", filter=Q(state__in=[State.QUEUED, State.SENDING])),
        )
    )
    rows = []
    weekly: dict[date, Counter[str]] = defaultdict(Counter)
    for row in sorted(grouped, key=lambda row: (row["week"], row["kind"])):
        week = row["week"].date()
        weekly[week].update({name: row[name] for name in ("sent", "failed")})
        rows.append(
            [
                spell_week(week),
                row["kind"],
                row["sent"],
                percent(row["in_time"], row["sent"]),
                row["failed"],
                row["waiting"],
                row["stopped"],
                row["dropped"],
            ]
        )
    points = [
        (spell_week(week).split(",")[0], percent(found["sent"], found.total()))
        for week, found in sorted(weekly.items())
    ]
    columns = [
        _("Week from"),
        _("Kind"),
        _("Sent"),
        _("In time, %"),
        _("Failed"),
        _("Waiting"),
        _("Stopped by staff"),
        _("No longer needed"),
    ]
    return Table(columns=columns, rows=rows, points=points, unit=_("Sent and not failed, %"))
