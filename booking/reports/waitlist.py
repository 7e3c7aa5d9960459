"""What the waitlist brings."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.models import WaitlistEntry, WaitlistOffer
from booking.reports.span import Span
from booking.reports.table import Table, percent, spell_month

Status = WaitlistOffer.Status


def read(span: Span) -> Table:
    """Wishes are counted wherever the offers are asked for: a wish has no place."""
    zone = timezone.get_default_timezone()
    begin = datetime.combine(span.first, time(), zone)
    end = datetime.combine(span.last + timedelta(days=1), time(), zone)
    wishes = WaitlistEntry.objects.filter(created_at__gte=begin, created_at__lt=end)
    offers = WaitlistOffer.objects.filter(offered_at__gte=begin, offered_at__lt=end)
    if span.location is not None:
        offers = offers.filter(location=span.location)
    if span.visit_type is not None:
        wishes = wishes.filter(visit_type=span.visit_type)
        offers = offers.filter(entry__visit_type=span.visit_type)
    monthly: dict[date, Counter[str]] = defaultdict(Counter)
    for row in _by_month(wishes, "created_at", zone).annotate(wishes=Count("pk")):
        monthly[row["month"].date()]["wishes"] += row["wishes"]
    ends = {status.value: Count("pk", filter=Q(status=status)) for status in Status}
    filled = Sum("entry__visit_type__duration", filter=Q(status=Status.ACCEPTED))
    for row in _by_month(offers, "offered_at", zone).annotate(offers=Count("pk"), filled=filled, **ends):
        found = {name: row[name] or 0 for name in ("offers", "filled", *ends)}
        monthly[row["month"].date()].update(found)
    rows = []
    for month, found in sorted(monthly.items()):
        told = [
            found[status] for status in (Status.ACCEPTED, Status.PASSED, Status.EXPIRED, Status.WITHDRAWN)
        ]
        share = percent(found[Status.ACCEPTED], found["offers"] - found[Status.OPEN])
        hours = round(found["filled"] / 60, 1)
        rows.append([spell_month(month), found["wishes"], found["offers"], *told, share, hours])
    points = [
        (spell_month(month), round(found["filled"] / 60, 1)) for month, found in sorted(monthly.items())
    ]
    columns = [
        _("Month"),
        _("New wishes"),
        _("Offers"),
        _("Accepted"),
        _("Not wanted"),
        _("No answer"),
        _("Taken back"),
        _("Accepted, %"),
        _("Hours filled"),
    ]
    return Table(columns=columns, rows=rows, points=points, unit=_("Hours filled"))


def _by_month(rows: "QuerySet[Any]", field: str, zone: Any) -> Any:
    return rows.order_by().annotate(month=TruncMonth(field, tzinfo=zone)).values("month")
