"""What staff fill in to block time and to close. A form reads and checks; `booking.blocking` writes."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking import scope
from booking.admin.words import explain_error
from booking.blocking import BlockedTime, Repeat, Scope, SeriesOverlaps, SeriesTooLong
from booking.models import AvailabilityException, Closure, Practitioner

Kind = AvailabilityException.Kind
LONGEST_KEY = 18
PAIRS = {("first_day", "last_day"), ("starts_at", "ends_at"), ("every_weeks", "until")}


def _make_date(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


def _make_seen() -> forms.CharField:
    """The mark of what the page showed: `booking.blocking` compares it with what there is."""
    return forms.CharField(required=False, widget=forms.HiddenInput)


def _make_time_widget() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class SpanForm(forms.ModelForm):
    """Days, and the hours of each. The model's own rules judge them, in their words."""

    first_day = _make_date(_("First day"))
    last_day = _make_date(_("Last day"), required=False, help_text=_("Empty: the same day."))

    class Meta:
        fields: tuple[str, ...] = ("first_day", "last_day", "starts_at", "ends_at", "location")
        widgets = {"starts_at": _make_time_widget(), "ends_at": _make_time_widget()}
        help_texts = {"starts_at": _("Both empty: the whole day."), "location": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        place = self.fields["location"]
        assert isinstance(place, forms.ModelChoiceField)
        place.empty_label = _("Every location")

    @property
    def rows(self) -> list[list[BoundField]]:
        """The fields as the page lays them out: those of a pair beside each other."""
        rows: list[list[BoundField]] = []
        for bound in self.visible_fields():
            if rows and (rows[-1][-1].name, bound.name) in PAIRS:
                rows[-1].append(bound)
            else:
                rows.append([bound])
        return rows

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if "first_day" in said and not said.get("last_day") and "last_day" not in self.errors:
            said["last_day"] = said["first_day"]
        return said


class TimeForm(SpanForm):
    """One time of a clinician."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[(Kind.CLOSED.value, _("Away: nothing can be booked")), (Kind.EXTRA.value, Kind.EXTRA.label)],
        widget=forms.RadioSelect,
        initial=Kind.CLOSED.value,
    )

    class Meta(SpanForm.Meta):
        model = AvailabilityException
        fields = ("kind", *SpanForm.Meta.fields, "note")
        help_texts = {
            **SpanForm.Meta.help_texts,
            "location": _("Extra time needs a location and both times."),
        }

    @property
    def block(self) -> BlockedTime:
        """What `booking.blocking` takes. The form must be valid."""
        names = ("kind", "first_day", "last_day", "starts_at", "ends_at", "location", "note")
        return BlockedTime(**{name: self.cleaned_data[name] for name in names})


class AwayForm(SpanForm):
    """Who is away, and when."""

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label=_("Who is away"),
        error_messages={"required": _("Choose a clinician.")},
    )

    class Meta(SpanForm.Meta):
        model = AvailabilityException
        fields = ("practitioner", *SpanForm.Meta.fields, "note")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["practitioner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = scope.visible_practitioners(user).filter(is_active=True)

    @property
    def block(self) -> BlockedTime:
        """What `booking.blocking` takes. The form must be valid."""
        names = ("first_day", "last_day", "starts_at", "ends_at", "location", "note")
        return BlockedTime(kind=Kind.CLOSED, **{name: self.cleaned_data[name] for name in names})


class PeopleField(forms.ModelMultipleChoiceField):
    """Some clinicians. A key that no row can have is none of them: SQLite cannot be asked for it."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if len(str(key)) > LONGEST_KEY:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": key}
                )
        return super().clean(value)


class BlockForm(TimeForm):
    practitioners = PeopleField(
        Practitioner.objects.none(),
        label=_("Who"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one clinician or more.")},
    )
    every_weeks = forms.IntegerField(
        label=_("Repeat every … weeks"),
        required=False,
        min_value=1,
        max_value=52,
        help_text=_("Empty: once. 1 is every week, 2 every second week."),
    )
    until = _make_date(_("Until"), required=False, help_text=_("At most two years ahead."))

    field_order = ("practitioners", "kind")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["practitioners"]
        assert isinstance(field, PeopleField)
        field.queryset = scope.visible_practitioners(user).filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("until") and not said.get("every_weeks") and "every_weeks" not in self.errors:
            self.add_error("every_weeks", _("Say every how many weeks it repeats, or leave out “Until”."))
        if said.get("every_weeks") and not said.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the last day of the series."))
        if said.get("every_weeks") and said.get("until") and said.get("last_day") and said.get("first_day"):
            _judge_series(self, Repeat(every_weeks=said["every_weeks"], until=said["until"]))
        return said

    @property
    def repeat(self) -> Repeat | None:
        """The form must be valid."""
        if not self.cleaned_data["every_weeks"]:
            return None
        return Repeat(every_weeks=self.cleaned_data["every_weeks"], until=self.cleaned_data["until"])


class RemoveForm(forms.Form):
    """What the page showed and, of a series, which of its times are meant."""

    seen = _make_seen()
    scope = forms.ChoiceField(
        label=_("Which of the series"),
        choices=[
            (Scope.ONE.value, _("This one only")),
            (Scope.FOLLOWING.value, _("This one and all after it")),
            (Scope.ALL.value, _("All of the series")),
        ],
        widget=forms.RadioSelect,
        initial=Scope.ONE.value,
        help_text=_("Days that have passed stay as they were, whatever you choose."),
    )

    def __init__(self, data: Any = None, *, seen: str, has_series: bool) -> None:
        super().__init__(data, initial={"seen": seen}, label_suffix="")
        if not has_series:
            del self.fields["scope"]

    @property
    def chosen_scope(self) -> Scope:
        return Scope(self.cleaned_data.get("scope") or Scope.ONE)


class ChangeForm(TimeForm):
    """`instance` is the time that is changed; one of a series asks for the scope, and how far it reaches."""

    seen = _make_seen()
    scope = RemoveForm.base_fields["scope"]
    until = _make_date(
        _("Series until"), required=False, help_text=_("For this one and all after it, or all of the series.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.series = self.instance.series
        if self.series is None:
            del self.fields["scope"], self.fields["until"]
        else:
            self.initial.setdefault("until", self.series.until)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if self.series is not None and said.get("first_day") and said.get("last_day"):
            until = said.get("until") or self.series.until
            if self.chosen_scope != Scope.ONE:
                _judge_series(self, Repeat(every_weeks=self.series.every_weeks, until=until))
        return said

    @property
    def chosen_scope(self) -> Scope:
        return Scope(self.cleaned_data.get("scope") or Scope.ONE)

    @property
    def chosen_until(self) -> date | None:
        return self.cleaned_data.get("until")


def _judge_series(form: TimeForm, repeat: Repeat) -> None:
    said = form.cleaned_data
    if repeat.until < said["first_day"]:
        form.add_error("until", _("The series must not end before its first day."))
        return
    try:
        repeat.list_days(said["first_day"], said["last_day"])
    except SeriesTooLong as error:
        form.add_error("until", explain_error(error))
    except SeriesOverlaps as error:
        form.add_error("last_day", explain_error(error))


class ClosureForm(SpanForm):
    class Meta(SpanForm.Meta):
        model = Closure
        fields = ("name", *SpanForm.Meta.fields)

    field_order = ("name", "location")


class ChangeClosureForm(ClosureForm):
    seen = _make_seen()


def read_initial(query: QueryDict) -> dict[str, Any]:
    """Return what an address fills in: `practitioner` (key or slug), `day`, `from`, `to`.

    Nonsense is left out.
    """
    initial: dict[str, Any] = {"first_day": timezone.localdate()}
    asked = query.getlist("practitioner")
    keys = [int(one) for one in asked if one.isascii() and one.isdecimal() and len(one) <= LONGEST_KEY]
    slugs = [one for one in asked if one.isascii() and one.isprintable()]
    if asked:
        people = Practitioner.objects.filter(Q(pk__in=keys) | Q(slug__in=slugs), is_active=True)
        initial["practitioners"] = list(people.values_list("pk", flat=True))
    fields: list[tuple[str, str, forms.Field]] = [
        ("day", "first_day", forms.DateField()),
        ("from", "starts_at", forms.TimeField()),
        ("to", "ends_at", forms.TimeField()),
    ]
    for part, name, field in fields:
        try:
            value = field.clean(query.get(part, ""))
        except ValidationError:
            continue
        initial[name] = value
    return initial
