"""A chain on the slip: the two visits of one day are chosen as a pair, and booked as one."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking import scope
from booking.actions import Wanted
from booking.availability import Pair, SlotChoice, find_pairs, to_minutes
from booking.availability.pairs import choose_shortest
from booking.desk import times
from booking.models import Chain, Patient, Practitioner, VisitType
from booking.models.practice import LONGEST_HORIZON


class PairListingForm(forms.Form):
    """Which pairs to list. Every field may be left out."""

    first_day = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    first_with = forms.ModelChoiceField(
        Practitioner.objects.none(), label=_("First visit with"), required=False, empty_label=_("Everybody")
    )
    second_with = forms.ModelChoiceField(
        Practitioner.objects.none(), label=_("Second visit with"), required=False, empty_label=_("Everybody")
    )

    def __init__(self, data: QueryDict, *, user: Any, chain: Chain) -> None:
        super().__init__(data, label_suffix="")
        for name, visit_type in (("first_with", chain.first), ("second_with", chain.second)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            people = scope.visible_practitioners(user).filter(is_active=True, visit_types=visit_type)
            field.queryset = people


@dataclass(frozen=True, slots=True)
class Listed:
    """A pair as a button."""

    pair: Pair

    @property
    def key(self) -> str:
        return make_key(self.pair.first, self.pair.second)


@dataclass(frozen=True, slots=True)
class Half:
    """One visit of a chosen pair, with what speaks against it."""

    visit_type: VisitType
    chosen: times.Chosen


@dataclass(frozen=True, slots=True)
class ChosenPair:
    """What was chosen. `others` are the pairs with the same first visit and another second."""

    chain: Chain
    first: Half
    second: Half
    others: list[Listed]

    @property
    def halves(self) -> list[Half]:
        return [self.first, self.second]

    @property
    def key(self) -> str:
        return make_key(self.first.chosen.slot, self.second.chosen.slot)

    @property
    def is_joined(self) -> bool:
        """Whether the second follows the first as the chain has it."""
        one, other = self.first.chosen.slot, self.second.chosen.slot
        return (
            one.location == other.location
            and one.local_start.date() == other.local_start.date()
            and self.chain.link.joins(to_minutes(one.start), to_minutes(other.start))
        )

    @property
    def is_possible(self) -> bool:
        """Rules are not set aside for a pair: what breaks one is booked as two visits."""
        return self.is_joined and not any(half.chosen.concerns for half in self.halves)

    def list_wanted(self) -> list[Wanted]:
        """Return what `actions.book_together` takes."""
        return [
            Wanted(
                visit_type=half.visit_type,
                practitioner=half.chosen.slot.practitioner,
                location=half.chosen.slot.location,
                start=half.chosen.slot.start,
            )
            for half in self.halves
        ]


@dataclass(frozen=True, slots=True)
class PairListing:
    """Of each first visit the pair with the shortest wait, the soonest first."""

    form: PairListingForm
    pairs: list[Listed]
    first_day: date


def make_key(first: SlotChoice, second: SlotChoice) -> str:
    return f"{first.key}~{second.key}"


def list_pairs(query: QueryDict, *, user: Any, chain: Chain, patient: Patient | None) -> PairListing:
    """Return the first pairs within the days that are listed, from the day and for the people asked for."""
    form = PairListingForm(query, user=user, chain=chain)
    wanted = form.cleaned_data if form.is_valid() else {}
    today = timezone.localdate()
    horizon = today + timedelta(days=LONGEST_HORIZON)
    first_day = min(max(wanted.get("first_day") or today, today), horizon)
    pairs = find_pairs(
        chain=chain,
        first_day=first_day,
        last_day=first_day + timedelta(days=times.DAYS_LISTED - 1),
        first_with=wanted.get("first_with"),
        second_with=wanted.get("second_with"),
        patient=patient,
    )
    seen = [pair for pair in choose_shortest(pairs) if _may_see(user, pair)]
    return PairListing(
        form=form, pairs=[Listed(pair) for pair in seen[: times.MOST_LISTED]], first_day=first_day
    )


def read_pair(key: str, *, user: Any, chain: Chain, patient: Patient | None) -> ChosenPair:
    """Return the pair that a button names, free or not. Raises ValueError where it names none."""
    first, second = (times.read_slot(part, user=user) for part in key.split("~"))
    halves = [
        Half(
            visit_type,
            times.consider(
                times.make_slot(choice, visit_type=visit_type),
                user=user,
                visit_type=visit_type,
                patient=patient,
            ),
        )
        for visit_type, choice in ((chain.first, first), (chain.second, second))
    ]
    day = first.local_start.date()
    pairs = find_pairs(
        chain=chain,
        first_day=day,
        last_day=day,
        first_with=first.practitioner,
        location=first.location,
        patient=patient,
    )
    others = [
        Listed(pair)
        for pair in pairs
        if pair.first.start == first.start and pair.second.key != second.key and _may_see(user, pair)
    ]
    return ChosenPair(chain, halves[0], halves[1], others=others[: times.NEAREST])


def _may_see(user: Any, pair: Pair) -> bool:
    return all(scope.may_see_calendar(user, slot.practitioner) for slot in (pair.first, pair.second))
