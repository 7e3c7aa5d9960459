"""The third next opening, written down day by day: what is open now says nothing of what was open then."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.availability import read_horizon
from booking.models import AccessFigure, VisitType
from booking.reports.span import Span
from booking.reports.table import Table, find_percentile, spell_week

THIRD = 3


def record_figures(*, now: datetime | None = None) -> int:
    """Write today's figures, of each type that patients can book, everywhere and at each place.

    Once a day, by the practice's clock; whoever comes second finds them. Returns how many were written.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    if AccessFigure.objects.filter(day=today).exists():
        return 0
    figures = []
    for visit_type in VisitType.objects.filter(is_public=True):
        calendar = read_horizon(visit_type=visit_type, now=now)
        for place in [None, *calendar.locations]:
            asked = calendar if place is None else calendar.narrow(location=place)
            first = asked.soonest(count=THIRD)
            ahead = None
            if len(first) == THIRD:
                # Where it is still the evening before: none is less than today.
                ahead = max(0, (first[-1].local_start.date() - today).days)
            figures.append(AccessFigure(day=today, visit_type=visit_type, location=place, days_ahead=ahead))
    # Two at once both find none.
    return len(AccessFigure.objects.bulk_create(figures, ignore_conflicts=True))


def read(span: Span) -> Table:
    figures = AccessFigure.objects.filter(
        day__gte=span.first, day__lte=span.last, location=span.location
    ).order_by("day")
    if span.visit_type is not None:
        figures = figures.filter(visit_type=span.visit_type)
    counts: dict[tuple[date, str], Counter[int]] = defaultdict(Counter)
    none: Counter[tuple[date, str]] = Counter()
    weekly: dict[date, Counter[int]] = defaultdict(Counter)
    named = figures.annotate(name=F("visit_type__name")).values_list("day", "name", "days_ahead")
    for day, name, ahead in named:
        monday = day - timedelta(days=day.weekday())
        if ahead is None:
            none[monday, name] += 1
        else:
            counts[monday, name][ahead] += 1
            weekly[monday][ahead] += 1
    half = Fraction(1, 2)
    rows = [
        [spell_week(monday), name, find_percentile(counts[monday, name], half), none[monday, name]]
        for monday, name in sorted({*counts, *none})
    ]
    points = [
        (spell_week(monday).split(",")[0], find_percentile(found, half))
        for monday, found in sorted(weekly.items())
    ]
    columns = [_("Week from"), _("Visit type"), _("Median days"), _("Days without three")]
    return Table(columns=columns, rows=rows, points=points, unit=_("Median days, all types"))
