"""What the desk looks at: a day, a location or all, clinicians or rooms. No address is refused."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models import Location

# Rows of the database reach no further, and a date picker's slip of the finger does.
FURTHEST = timedelta(days=3 * 365)


class ChoiceForm(forms.Form):
    """The GET form above the board. Every field may be left out or be nonsense."""

    day = forms.DateField(
        label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    location = forms.ChoiceField(label=_("Location"), required=False)
    by = forms.ChoiceField(
        label=_("Columns"),
        required=False,
        choices=[("clinician", _("By clinician")), ("room", _("By room"))],
    )


@dataclass(frozen=True)
class Choice:
    """`location` is None for all of them, which needs one zone for all."""

    day: date
    today: date
    location: Location | None
    by_room: bool
    locations: tuple[Location, ...]

    @property
    def zone(self) -> ZoneInfo:
        if self.location is not None:
            return self.location.zone
        return self.locations[0].zone if self.locations else ZoneInfo(timezone.get_default_timezone_name())

    @property
    def midnight(self) -> datetime:
        return datetime.combine(self.day, time(), self.zone)

    @property
    def next_midnight(self) -> datetime:
        return datetime.combine(self.day + timedelta(days=1), time(), self.zone)

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @cached_property
    def form(self) -> ChoiceForm:
        form = ChoiceForm(
            label_suffix="",
            initial={
                "day": self.day,
                "location": self.location.pk if self.location else "",
                "by": "room" if self.by_room else "clinician",
            },
        )
        _offer(form, self.locations)
        return form

    @property
    def query(self) -> str:
        """The same choice as an address has it."""
        return self._write(self)

    def on(self, day: date) -> str:
        """The same for another day."""
        return self._write(replace(self, day=day))

    @property
    def tabs(self) -> list[tuple[str, str, bool]]:
        """Yesterday, today and tomorrow, each with its address and whether it is the day shown."""
        days = [(_("Yesterday"), -1), (_("Today"), 0), (_("Tomorrow"), 1)]
        return [
            (str(name), self.on(day := self.today + timedelta(days=ahead)), day == self.day)
            for name, ahead in days
        ]

    @property
    def day_before(self) -> str:
        return self.on(self.day - timedelta(days=1))

    @property
    def day_after(self) -> str:
        return self.on(self.day + timedelta(days=1))

    @property
    def week_query(self) -> str:
        """The week around the day, as the week's page has it in its address."""
        parts = {"week": self.day.isoformat()}
        if self.location is not None:
            parts["location"] = str(self.location.pk)
        return urlencode(parts)

    @staticmethod
    def _write(choice: "Choice") -> str:
        parts = {"day": choice.day.isoformat()}
        if choice.location is not None:
            parts["location"] = str(choice.location.pk)
        if choice.by_room:
            parts["by"] = "room"
        return urlencode(parts)


def read_choice(query: QueryDict, *, now: datetime) -> Choice:
    """Return what the address asks for; today, everywhere and by clinician where it says nothing useful."""
    locations = tuple(Location.objects.filter(is_active=True))
    form = ChoiceForm(query)
    _offer(form, locations)
    form.is_valid()
    asked = form.cleaned_data
    location = next((place for place in locations if str(place.pk) == asked.get("location")), None)
    if location is None and len({place.time_zone for place in locations}) > 1:
        # The rows of one table are of one clock.
        location = locations[0]
    choice = Choice(
        day=date.min,
        today=date.min,
        location=location,
        by_room=asked.get("by") == "room",
        locations=locations,
    )
    today = now.astimezone(choice.zone).date()
    day = asked.get("day") or today
    return replace(choice, day=day if abs(day - today) <= FURTHEST else today, today=today)


def _offer(form: ChoiceForm, locations: tuple[Location, ...]) -> None:
    field = form.fields["location"]
    assert isinstance(field, forms.ChoiceField)
    places = [(str(place.pk), place.name) for place in locations]
    one_clock = len({place.time_zone for place in locations}) <= 1
    field.choices = [("", _("All locations")), *places] if one_clock else places
