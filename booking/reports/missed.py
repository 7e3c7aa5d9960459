"""How many visits were missed, and how many cancelled too late."""

from collections import Counter, defaultdict
from datetime import date, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from booking.models import CancellationReason, VisitType
from booking.models.appointment import Status
from booking.reports.span import Span
from booking.reports.table import Table, percent, spell_month


def read(span: Span) -> Table:
    late = _is_late()
    counts: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    monthly: dict[date, Counter[str]] = defaultdict(Counter)
    # By key: joined, the names would be compared for each visit.
    names = dict(VisitType.objects.values_list("pk", "name"))
    for zone, visits in span.visits():
        grouped = (
            visits.annotate(month=TruncMonth("start", tzinfo=zone))
            .values("month", "visit_type")
            .annotate(
                came=Count("pk", filter=Q(status=Status.FULFILLED)),
                missed=Count("pk", filter=Q(status=Status.NOSHOW)),
                late=Count("pk", filter=late),
            )
        )
        for row in grouped:
            found = {name: row[name] for name in ("came", "missed", "late")}
            counts[row["month"].date(), names[row["visit_type"]]].update(found)
            monthly[row["month"].date()].update(found)
    rows = [
        [
            spell_month(month),
            name,
            found["came"],
            found["missed"],
            _missed_rate(found),
            found["late"],
            percent(found["late"], found.total()),
        ]
        for (month, name), found in sorted(counts.items())
        if found.total()
    ]
    points = [(spell_month(month), _missed_rate(found)) for month, found in sorted(monthly.items())]
    columns = [
        _("Month"),
        _("Visit type"),
        _("Took place"),
        _("Missed"),
        _("Missed, %"),
        _("Cancelled late"),
        _("Late, %"),
    ]
    return Table(columns=columns, rows=rows, points=points, unit=_("Missed, %, all types"))


def _missed_rate(found: Counter[str]) -> float | None:
    return percent(found["missed"], found["came"] + found["missed"])


def _is_late() -> Q:
    """Cancelled by the patient inside the cut-off of the type: staff may, after that, on the phone."""
    is_late = Q(pk__in=[])
    for cutoff in VisitType.objects.order_by().values_list("change_cutoff", flat=True).distinct():
        is_late |= Q(
            visit_type__change_cutoff=cutoff, cancelled_at__gt=F("start") - timedelta(minutes=cutoff)
        )
    return is_late & Q(status=Status.CANCELLED, cancellation_reason=CancellationReason.PATIENT)
