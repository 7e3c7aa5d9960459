"""Where bookings come from."""

from collections import Counter, defaultdict
from datetime import date

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from booking.models import CameFrom
from booking.reports.span import Span
from booking.reports.table import Table, percent, spell_month


def read(span: Span) -> Table:
    monthly: dict[date, Counter[str]] = defaultdict(Counter)
    for zone, visits in span.visits("booked_at"):
        grouped = (
            visits.annotate(month=TruncMonth("booked_at", tzinfo=zone))
            .values("month", "came_from")
            .annotate(count=Count("pk"))
        )
        for row in grouped:
            monthly[row["month"].date()][row["came_from"]] += row["count"]
    online = (CameFrom.DIRECT, CameFrom.ARTICLE, CameFrom.PATH)
    rows, points = [], []
    for month, found in sorted(monthly.items()):
        share = percent(sum(found[way] for way in online), found.total())
        rows.append([spell_month(month), found.total(), *(found[way] for way in CameFrom), share])
        points.append((spell_month(month), found.total()))
    columns = [
        _("Month"),
        _("Visits booked"),
        _("Booking pages"),
        _("Articles"),
        _("Questions"),
        _("Callers"),
        _("By patients online, %"),
    ]
    return Table(columns=columns, rows=rows, points=points, unit=_("Visits booked"))
