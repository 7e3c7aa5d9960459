"""The practice's set-up: who does what, where and when. Read whole, and known until it changes.

It changes a few times a day and is asked in every request, so each process keeps it under the version that
the database gives it (`versions.py`). Rows that it hands out are shared between requests: read them only.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import F, QuerySet
from django.utils import timezone

from booking.availability.facts import Desk
from booking.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    Closure,
    KeptTime,
    Location,
    Practitioner,
    Room,
    VisitType,
)
from booking.versions import read_set_up_version, read_versions

# What is kept begins so many days before today: a place's day may differ, and the night is long.
DAYS_BACK = timedelta(days=2)


@dataclass(frozen=True)
class SetUp:
    """All rows that matter from `first_day` through `last_day`; None: for good."""

    first_day: date
    last_day: date | None
    visit_types: dict[int, VisitType]  # with their questions
    locations: dict[int, Location]
    people: dict[int, Practitioner]  # in their order; also those who take no appointments
    types_of: dict[int, set[int]]
    rooms_for: dict[int, list[Room]]  # by visit type; also those out of use
    rules_of: dict[int, list[AvailabilityRule]]  # also at places that are not open for booking
    exceptions_of: dict[int, list[AvailabilityException]]
    closures: list[Closure]
    kept: dict[KeptTime, set[int]]

    def find_able(self, visit_type: VisitType) -> list[int]:
        """Return who takes appointments and does this type of visit, in their order."""
        return [
            key
            for key, person in self.people.items()
            if person.is_active and visit_type.pk in self.types_of[key]
        ]

    def find_type(self, slug: str) -> VisitType | None:
        """Return the type of visit that patients can book under this name."""
        return next(
            (kind for kind in self.visit_types.values() if kind.slug == slug and kind.is_public), None
        )

    def find_person(self, slug: str) -> Practitioner | None:
        """Return the one who takes appointments and has this short name."""
        return next((one for one in self.people.values() if one.slug == slug and one.is_active), None)

    def find_location(self, slug: str) -> Location | None:
        """Return the place that is open for booking and has this short name."""
        return next((one for one in self.locations.values() if one.slug == slug and one.is_active), None)

    def fill_in(self, appointment: Appointment) -> None:
        """Give the appointment its visit type, practitioner and place, instead of a query for each."""
        for name, known in (
            ("visit_type", self.visit_types),
            ("practitioner", self.people),
            ("location", self.locations),
        ):
            part = known.get(getattr(appointment, f"{name}_id"))
            if part is not None:
                setattr(appointment, name, part)

    def find_counterpart(self, visit_type: VisitType) -> VisitType | None:
        """Return the same visit in the other place, whichever of the two names the other."""
        return next(
            (
                kind
                for kind in self.visit_types.values()
                if visit_type.pk == kind.counterpart_id or kind.pk == visit_type.counterpart_id
                if kind.is_public and kind.mode != visit_type.mode
            ),
            None,
        )

    def list_people(self, visit_type: VisitType) -> list[Practitioner]:
        return [self.people[key] for key in self.find_able(visit_type)]

    def list_desks(
        self, people: Collection[int], *, location: Location | None, first_day: date, last_day: date
    ) -> list[Desk]:
        """Return where these people have hours on these days, with the exceptions of these days."""
        return [
            desk.narrow(first_day=first_day, last_day=last_day)
            for key in people
            for desk in self._desks_of.get(key, ())
            if location in (None, desk.location) and desk.has_hours(first_day=first_day, last_day=last_day)
        ]

    def has_weekly_hours(self, first_day: date, last_day: date) -> bool:
        """Tell whether anybody has hours on one of these weekdays, in any week."""
        days = (last_day - first_day).days + 1
        return any((first_day + timedelta(days=day)).weekday() in self._weekdays for day in range(days))

    @cached_property
    def _weekdays(self) -> set[int]:
        return {rule.weekday for rules in self.rules_of.values() for rule in rules}

    @cached_property
    def _desks_of(self) -> dict[int, list[Desk]]:
        return {
            key: make_desks(person, rules=self.rules_of[key], exceptions=self.exceptions_of[key])
            for key, person in self.people.items()
        }


def make_desks(
    person: Practitioner,
    *,
    rules: Collection[AvailabilityRule],
    exceptions: Collection[AvailabilityException],
) -> list[Desk]:
    extra_places = [row.location for row in exceptions if row.kind == "extra" and row.location]
    places = {place.pk: place for place in [*(rule.location for rule in rules), *extra_places]}
    return [
        Desk(
            practitioner=person,
            location=place,
            rules=[rule for rule in rules if rule.location_id == place.pk],
            exceptions=list(exceptions),
        )
        for place in places.values()
        if place.is_active
    ]


@dataclass(frozen=True)
class _Known:
    version: str
    set_up: SetUp


_known: _Known | None = None


def know_set_up(*, first_day: date, last_day: date | None = None, version: str | None = None) -> SetUp:
    """Return the set-up of these days, or of all from `first_day` on.

    One query where it is known; none where it is known under `version`, which may be half a second old.
    """
    global _known
    known = _known
    if version is None or (known and known.version != version):
        # Of two that differ nobody knows which is the older one.
        version = read_set_up_version()
    if known and known.version == version and known.set_up.first_day <= first_day:
        return known.set_up
    oldest = timezone.localdate() - DAYS_BACK
    if version is None or first_day < oldest:
        return read_set_up(first_day=first_day, last_day=last_day)
    set_up = read_set_up(first_day=oldest, last_day=None)
    # What changed while we read may be torn: used once, as without a memory, and not kept.
    if read_set_up_version() == version:
        _known = _Known(version=version, set_up=set_up)
    return set_up


def recall_set_up(*, first_day: date) -> SetUp:
    """Return the set-up as it was within the last settings.VERSIONS_KNOWN_SECONDS, mostly without a query.

    To show, never to judge by. Inside a transaction it is that of now.
    """
    versions = read_versions(now=timezone.now())
    return know_set_up(first_day=first_day, version=versions and versions.set_up)


def read_set_up(*, first_day: date, last_day: date | None) -> SetUp:
    """Read every table of the set-up once: ten queries."""
    rules = AvailabilityRule.objects.exclude(valid_to__lt=first_day)
    exceptions = AvailabilityException.objects.filter(last_day__gte=first_day)
    closures = Closure.objects.filter(last_day__gte=first_day)
    kept = KeptTime.objects.exclude(valid_to__lt=first_day)
    if last_day is not None:
        rules = rules.exclude(valid_from__gt=last_day)
        exceptions = exceptions.filter(first_day__lte=last_day)
        closures = closures.filter(first_day__lte=last_day)
        kept = kept.exclude(valid_from__gt=last_day)
    locations = {place.pk: place for place in Location.objects.all()}
    rules_of: dict[int, list[AvailabilityRule]] = defaultdict(list)
    for rule in rules:
        if place := locations.get(rule.location_id):  # not where it was made since
            rule.location = place
            rules_of[rule.practitioner_id].append(rule)
    exceptions_of: dict[int, list[AvailabilityException]] = defaultdict(list)
    for exception in exceptions:
        exception.location = locations.get(exception.location_id or 0)
        exceptions_of[exception.practitioner_id].append(exception)
    types_of: dict[int, set[int]] = defaultdict(set)
    for person_id, type_id in Practitioner.visit_types.through.objects.values_list(
        "practitioner_id", "visittype_id"
    ):
        types_of[person_id].add(type_id)
    return SetUp(
        first_day=first_day,
        last_day=last_day,
        visit_types={kind.pk: kind for kind in VisitType.objects.prefetch_related("intake_questions")},
        locations=locations,
        people={person.pk: person for person in Practitioner.objects.all()},
        types_of=types_of,
        rooms_for=_read_rooms(),
        rules_of=rules_of,
        exceptions_of=exceptions_of,
        closures=list(closures),
        kept=list_kept_for(kept),
    )


def _read_rooms() -> dict[int, list[Room]]:
    rooms: dict[int, list[Room]] = defaultdict(list)
    # A row for each type it is for.
    for room in Room.objects.filter(visit_types__isnull=False).annotate(type_id=F("visit_types")):
        rooms[room.type_id].append(room)
    return rooms


def list_kept_for(rows: QuerySet[KeptTime]) -> dict[KeptTime, set[int]]:
    """Read kept time with the visit types it is kept for: one query."""
    kept: dict[KeptTime, set[int]] = defaultdict(set)
    # A row for each type it is kept for, and one where there is none: a join instead of a second query.
    for row in rows.annotate(kept_for=F("visit_types")):
        kept[row].update({row.kept_for} - {None})
    return kept
