"""How many days lie between booking and the visit."""

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

from django.db.models import Count, DurationField, ExpressionWrapper, F
from django.db.models.functions import TruncDate, TruncMonth
from django.utils.translation import gettext as _

from booking.models import VisitType
from booking.models.appointment import Status
from booking.reports.span import Span
from booking.reports.table import Table, find_percentile, spell_month

MEDIAN, NINE_OF_TEN = Fraction(1, 2), Fraction(9, 10)


def read(span: Span) -> Table:
    counts: dict[tuple[date, str], Counter[int]] = defaultdict(Counter)
    everything: dict[date, Counter[int]] = defaultdict(Counter)
    # By key: joined, the names would be compared for each visit.
    names = dict(VisitType.objects.values_list("pk", "name"))
    for zone, visits in span.visits():
        days = ExpressionWrapper(
            TruncDate("start", tzinfo=zone) - TruncDate("booked_at", tzinfo=zone),
            output_field=DurationField(),
        )
        grouped = (
            visits.exclude(status=Status.CANCELLED)
            .filter(booked_at__isnull=False, booked_at__lte=F("start"))
            .annotate(month=TruncMonth("start", tzinfo=zone), days=days)
            .values("month", "visit_type", "days")
            .annotate(count=Count("pk"))
        )
        for row in grouped:
            month = row["month"].date()
            counts[month, names[row["visit_type"]]][row["days"].days] += row["count"]
            everything[month][row["days"].days] += row["count"]
    rows = [
        [
            spell_month(month),
            name,
            found.total(),
            find_percentile(found, MEDIAN),
            find_percentile(found, NINE_OF_TEN),
        ]
        for (month, name), found in sorted(counts.items())
    ]
    points = [
        (spell_month(month), find_percentile(found, MEDIAN)) for month, found in sorted(everything.items())
    ]
    columns = [_("Month"), _("Visit type"), _("Visits"), _("Median days"), _("Nine of ten within")]
    return Table(columns=columns, rows=rows, points=points, unit=_("Median days, all types"))
