"""How much of the open time is booked, week by week."""

from collections import defaultdict
from datetime import date, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q, Sum
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext as _

from booking.availability.hours import read_open_minutes
from booking.models.appointment import Status
from booking.reports.span import Span
from booking.reports.table import Table, percent, spell_week

HOUR = timedelta(hours=1)


def read(span: Span) -> Table:
    opened = read_open_minutes(first_day=span.first, last_day=span.last, location=span.location)
    booked: dict[date, timedelta] = defaultdict(timedelta)
    missed: dict[date, timedelta] = defaultdict(timedelta)
    length = ExpressionWrapper(F("end") - F("start"), output_field=DurationField())
    for zone, visits in span.visits():
        by_week = (
            visits.exclude(status=Status.CANCELLED)
            .annotate(week=TruncWeek("start", tzinfo=zone))
            .values("week")
            .annotate(booked=Sum(length), missed=Sum(length, filter=Q(status=Status.NOSHOW)))
        )
        for row in by_week:
            booked[row["week"].date()] += row["booked"]
            missed[row["week"].date()] += row["missed"] or timedelta()
    rows, points = [], []
    for monday in span.list_weeks():
        minutes = sum(opened.get(monday + timedelta(days=number), 0) for number in range(7))
        share = percent(booked[monday] / HOUR, minutes / 60)
        hours = [round(minutes / 60, 1), round(booked[monday] / HOUR, 1), round(missed[monday] / HOUR, 1)]
        rows.append([spell_week(monday), *hours, share])
        points.append((spell_week(monday).split(",")[0], share))
    columns = [_("Week from"), _("Open hours"), _("Booked hours"), _("of these missed"), _("Booked, %")]
    return Table(columns=columns, rows=rows, points=points, unit=_("Booked, %"))
