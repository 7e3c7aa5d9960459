"""What a report is asked about: days, a place, a type of visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from booking.models import Appointment, Location, VisitType
from booking.models.appointment import Status

# What was entered in error never was a visit, and a hold is none yet.
NO_VISITS = (Status.PENDING, Status.ENTERED_IN_ERROR)


@dataclass(frozen=True)
class Span:
    """The local days first..last inclusive; at one location and of one visit type, or of all."""

    first: date
    last: date
    location: Location | None = None
    visit_type: VisitType | None = None

    def list_zones(self) -> list[ZoneInfo]:
        """Return the zones of the places that are asked about: a day is a day there. One query, or none."""
        if self.location is not None:
            return [self.location.zone]
        names = Location.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct()
        return [ZoneInfo(name) for name in names] or [timezone.get_default_timezone()]

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the instants [begin, end) of these days in `zone`, in UTC."""
        return (
            datetime.combine(self.first, time(), zone).astimezone(UTC),
            datetime.combine(self.last + timedelta(days=1), time(), zone).astimezone(UTC),
        )

    def visits(self, field: str = "start") -> "Iterator[tuple[ZoneInfo, QuerySet[Appointment]]]":
        """Yield the visits whose `field` lies in these days, by the zone of their place."""
        for zone in self.list_zones():
            begin, end = self.bounds(zone)
            rows = Appointment.objects.exclude(status__in=NO_VISITS).filter(
                **{f"{field}__gte": begin, f"{field}__lt": end}, location__time_zone=zone.key
            )
            if self.location is not None:
                rows = rows.filter(location=self.location)
            if self.visit_type is not None:
                rows = rows.filter(visit_type=self.visit_type)
            # Without the order of the model, which would be grouped by too.
            yield zone, rows.order_by()

    def list_weeks(self) -> list[date]:
        """Return the Mondays of the weeks that these days touch."""
        monday = self.first - timedelta(days=self.first.weekday())
        return [monday + timedelta(weeks=number) for number in range((self.last - monday).days // 7 + 1)]
