"""What would help somebody who waits: with whom, where, when, until when, how soon."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.forms.consent import CONSENT, make_consent_field
from booking.forms.fields import TypedField, read_month
from booking.forms.person import PersonForm, make_heading, make_radio_field
from booking.models import AvailabilityException, AvailabilityRule, Location, VisitType, WaitlistEntry
from booking.models.hours import Weekday
from booking.templatetags.times import full_day
from booking.waiting import Wish

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words

# How long a wish may last, in days; those beyond the booking horizon are not offered.
LASTING: dict[int, "Words"] = {
    14: _("In the next 2 weeks"),
    28: _("In the next 4 weeks"),
    90: _("In the next 3 months"),
}
USUAL_DAYS = 28
WORKING_DAYS = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)


def make_ticks_field(*, label: "Words", help_text: "Words") -> forms.MultipleChoiceField:
    """Return a choice of several, of which none has to be made."""
    return forms.MultipleChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        error_messages={
            "invalid_choice": _("One of these choices is no longer there. Please look at them again.")
        },
    )


class WishForm(forms.Form):
    """What would help, beside a visit that somebody has. What leaves no choice is not asked."""

    practitioners = make_ticks_field(
        label=_("With whom?"), help_text=_("Tick one or more. With no tick, anybody is fine.")
    )
    locations = make_ticks_field(
        label=_("Where?"), help_text=_("Tick one or more. With no tick, any place is fine.")
    )
    weekdays = make_ticks_field(
        label=_("On which days?"), help_text=_("Tick one or more. With no tick, any day is fine.")
    )
    part_of_day = make_radio_field(
        label=_("What time of day?"),
        choices=WaitlistEntry.PartOfDay.choices,
        missing=_("Choose a time of day."),
        initial=WaitlistEntry.PartOfDay.ANY,
    )
    notice = make_radio_field(
        label=_("How soon can you come?"),
        help_text=_("Sometimes a time opens late."),
        choices=WaitlistEntry.Notice.choices,
        missing=_("Choose how soon you can come."),
        initial=WaitlistEntry.Notice.ONE_DAY,
    )
    at_any_hour = forms.BooleanField(
        label=_("You may also write to me at night"),
        help_text=_("We keep a time for about an hour. Without this tick, we only write by day."),
        required=False,
    )

    wish_fields: tuple[str, ...] = (
        "practitioners",
        "locations",
        "weekdays",
        "part_of_day",
        "notice",
        "at_any_hour",
    )

    def __init__(self, *args: Any, visit_type: VisitType, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit_type = visit_type
        self._practitioners = list(visit_type.practitioners.filter(is_active=True))
        rules = list(AvailabilityRule.objects.filter(practitioner__in=self._practitioners))
        self._locations = list(
            Location.objects.filter(is_active=True, pk__in={rule.location_id for rule in rules})
        )
        self._offer("practitioners", [(person.slug, person.display_name) for person in self._practitioners])
        places = [] if visit_type.is_telehealth else self._locations
        self._offer("locations", [(place.slug, place.told.name) for place in places])
        working_days = {rule.weekday for rule in rules}.union(WORKING_DAYS, self._list_extra_days())
        self._offer("weekdays", [(str(day), Weekday(day).label) for day in sorted(working_days)])
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = self.make_layout()

    def _list_extra_days(self) -> set[int]:
        """Return the weekdays that have extra time to come: a Saturday may be sold without weekly hours."""
        extra = AvailabilityException.objects.filter(
            practitioner__in=self._practitioners,
            kind=AvailabilityException.Kind.EXTRA,
            last_day__gte=timezone.localdate(),
        )
        return {
            (row.first_day + timedelta(days=day)).weekday()
            for row in extra
            for day in range(min(7, (row.last_day - row.first_day).days + 1))
        }

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        if len(choices) > 1:
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields[name]

    def make_layout(self) -> Layout:
        return Layout(self.make_wish())

    def make_wish(self) -> Div:
        return Div(*(name for name in self.wish_fields if name in self.fields))

    def make_wish_until(self, until: date) -> Wish:
        """Return what `booking.waiting` takes. The form must be valid."""
        answers = self.cleaned_data
        return Wish(
            until=until,
            part_of_day=answers["part_of_day"],
            notice=int(answers["notice"]),
            practitioners=_keep_chosen(self._practitioners, answers.get("practitioners", [])),
            locations=_keep_chosen(self._locations, answers.get("locations", [])),
            weekdays=tuple(sorted(int(day) for day in answers["weekdays"])),
            at_any_hour=answers["at_any_hour"],
        )


def _keep_chosen(offered: Iterable[Any], slugs: list[str]) -> tuple[Any, ...]:
    return tuple(one for one in offered if one.slug in slugs)


def describe_wish(entry: WaitlistEntry) -> dict[str, Any]:
    """Return a kept wish as `initial` of the form."""
    return {
        "practitioners": [person.slug for person in entry.practitioners.all()],
        "locations": [place.slug for place in entry.locations.all()],
        "weekdays": [str(day) for day in entry.weekdays],
        "part_of_day": entry.part_of_day,
        "notice": entry.notice,
        "at_any_hour": entry.at_any_hour,
    }


class LastingWishForm(WishForm):
    """What would help somebody who has no visit yet, and until when."""

    until = make_radio_field(
        label=_("Until when would a visit help?"),
        choices=list(LASTING.items()),
        missing=_("Choose until when a visit would help."),
    )
    until_day = TypedField(
        label=_("Or until a day that you choose"),
        help_text=_("For example, December 18."),
        longest=30,
        too_long=_("Enter a day like December 18."),
        unprintable=_("Enter a day like December 18."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-tel"}),
    )

    wish_fields = (
        "practitioners",
        "locations",
        "weekdays",
        "part_of_day",
        "until",
        "until_day",
        "notice",
        "at_any_hour",
    )
    field_order = wish_fields

    def __init__(self, *args: Any, visit_type: VisitType, **kwargs: Any) -> None:
        super().__init__(*args, visit_type=visit_type, **kwargs)
        field = self.fields["until"]
        field.choices = _list_lasting(visit_type.booking_horizon)  # type: ignore[attr-defined]
        field.initial = min(USUAL_DAYS, visit_type.booking_horizon)

    def clean_until_day(self) -> date | None:
        typed = self.cleaned_data["until_day"]
        if not typed:
            return None
        today = timezone.localdate()
        last_day = today + timedelta(days=self.visit_type.booking_horizon)
        day = read_day(typed, today=today)
        if day is None:
            raise ValidationError(_("Enter a day like December 18."), code="unreadable")
        if not today <= day <= last_day:
            sentence = _("Enter a day from today to %(day)s.") % {"day": full_day(last_day)}
            raise ValidationError(sentence, code="out_of_range")
        return day

    def make_wish_of_answers(self) -> Wish:
        """Return what `booking.waiting` takes. A typed day counts more than a tick that was there."""
        answers = self.cleaned_data
        lasting = timedelta(days=int(answers["until"]))
        return self.make_wish_until(answers["until_day"] or timezone.localdate() + lasting)


class WaitlistForm(LastingWishForm, PersonForm):
    """The wish of somebody who has no visit yet, and who that is: asked for as for a booking."""

    consent = make_consent_field()

    def prepare_fields(self) -> None:
        super().prepare_fields()
        phone, email = self.fields["phone"], self.fields["email"]
        phone.help_text = _("We call it when a time opens.")
        phone.error_messages["required"] = _("Enter a phone number, so that we can tell you of a time.")
        email.help_text = _("We can also write to you when a time opens.")

    def make_layout(self) -> Layout:
        return Layout(
            self.make_guard(),
            self.make_wish(),
            Div(make_heading(_("Who comes")), self.make_who(), css_class="group"),
            self.make_contact(),
            Div(make_heading(_("Your agreement")), "consent", css_class="group"),
        )

    @property
    def consent_wording(self) -> str:
        return str(CONSENT)


def _list_lasting(horizon: int) -> list[tuple[int, "Words"]]:
    lasting = [(days, label) for days, label in LASTING.items() if days <= horizon]
    if lasting:
        return lasting
    label = ngettext("In the next %(count)d day", "In the next %(count)d days", horizon) % {"count": horizon}
    return [(horizon, label)]


def read_day(typed: str, *, today: date) -> date | None:
    """Return the day behind “December 18”, “18 Dec 2026”, “12/18” or “2026-12-18”; None for anything else.

    Without a year it is the next such day.
    """
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", typed):
        numbers = [int(part) for part in typed.split("-")]
        return _make_day(*numbers)
    months = [month for month in map(read_month, re.findall(r"[^\W\d_]+", typed)) if month]
    numbers = [int(number) for number in re.findall(r"[0-9]{1,4}", typed)]
    parts = months + numbers
    if len(months) > 1 or len(parts) not in (2, 3):
        return None
    month, day, *years = parts
    if years:
        return _make_day(years[0] if years[0] > 99 else 2000 + years[0], month, day)
    this_year = _make_day(today.year, month, day)
    return this_year if this_year and this_year >= today else _make_day(today.year + 1, month, day)


def _make_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
