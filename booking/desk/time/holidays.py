"""Public holidays that are not closures yet: proposed, never entered by themselves."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import holidays

from booking.models import Closure, Location


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day and its name. `location` is None where it is a holiday at all of them."""

    day: date
    name: str
    location: Location | None

    @property
    def key(self) -> str:
        return f"{self.day.isoformat()}/{self.location.pk if self.location else ''}"

    def as_closure(self) -> Closure:
        return Closure(name=self.name[:100], first_day=self.day, last_day=self.day, location=self.location)


def suggest_holidays(*, today: date) -> list[Holiday]:
    """Return the holidays to come of this and the next year that no closure covers, by day. Two queries."""
    locations = list(Location.objects.filter(is_active=True))
    closed = list(Closure.objects.filter(last_day__gte=today, starts_at__isnull=True))
    return [
        holiday
        for holiday in _list_holidays(locations, years=(today.year, today.year + 1))
        if holiday.day >= today and not _is_entered(holiday, closed, locations)
    ]


def _list_holidays(locations: Iterable[Location], *, years: tuple[int, int]) -> list[Holiday]:
    """Return those of the states where the locations are, each day once where they all have it."""
    places = list(locations)
    of_state = {place.state: _read_state(place.state, years) for place in places}
    at: dict[tuple[date, str], list[Location]] = defaultdict(list)
    for place in places:
        for day, name in of_state[place.state].items():
            at[day, name].append(place)
    found = []
    for (day, name), here in sorted(at.items(), key=lambda one: one[0]):
        if len(here) == len(places):
            found.append(Holiday(day, name, None))
        else:
            found += [Holiday(day, name, place) for place in here]
    return found


def _read_state(state: str, years: tuple[int, int]) -> dict[date, str]:
    """Return the names by day; those of the country alone for a state that the library does not know."""
    known = state if state in holidays.country_holidays("US").subdivisions else None
    return dict(holidays.country_holidays("US", subdiv=known, years=years, language="en_US"))


def _is_entered(holiday: Holiday, closed: Iterable[Closure], locations: Iterable[Location]) -> bool:
    """Tell whether the practice is closed that whole day, or the location, or each location by itself."""
    keys = {closure.location_id for closure in closed if closure.first_day <= holiday.day <= closure.last_day}
    wanted = {holiday.location.pk} if holiday.location else {place.pk for place in locations}
    return None in keys or wanted <= keys
