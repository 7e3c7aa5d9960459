"""The slip on which a caller's visit is written: who, what, when and why, in any order.

What may be one visit, a series of it, or the two visits of a chain.

One form holds all of it, and each button sends all of it: nothing is kept on the server between two
of them, and nothing of a patient stands in an address.
"""

from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from booking.admin.forms import CallerForm
from booking.availability import SlotChoice
from booking.desk import pairs, planning, times
from booking.desk.who import WhoComes
from booking.models import Chain, VisitType
from booking.models.history import AppointmentEvent

# Before the key of a chain, where a visit type's own stands for itself.
CHAIN = "chain-"
LONGEST_WHY = AppointmentEvent._meta.get_field("note").max_length


@dataclass(frozen=True)
class Slip(WhoComes):
    """What is written on the slip so far."""

    # --- What and when ----------------------------------------------------------------

    @cached_property
    def visit_types(self) -> list[VisitType]:
        return list(VisitType.objects.all())

    @cached_property
    def visit_type(self) -> VisitType | None:
        key = self.sent.get("visit_type", "")
        return next((one for one in self.visit_types if str(one.pk) == key), None)

    @cached_property
    def chains(self) -> list[Chain]:
        return list(Chain.objects.filter(is_active=True).select_related("first", "second"))

    @cached_property
    def chain(self) -> Chain | None:
        key = self.sent.get("visit_type", "")
        return next((one for one in self.chains if f"{CHAIN}{one.pk}" == key), None)

    @cached_property
    def pair(self) -> pairs.ChosenPair | None:
        """The two visits of the chain that were chosen, free or not."""
        key = self.sent.get("pick_pair") or self.sent.get("pair", "")
        if self.chain is None or not key or "drop_pair" in self.sent:
            return None
        try:
            return pairs.read_pair(key, user=self.user, chain=self.chain, patient=self.patient)
        except ValueError:
            return None

    @cached_property
    def pair_listing(self) -> pairs.PairListing | None:
        if self.chain is None or self.pair is not None:
            return None
        return pairs.list_pairs(self.sent, user=self.user, chain=self.chain, patient=self.patient)

    @property
    def is_series(self) -> bool:
        return "series" in self.sent and "drop_series" not in self.sent and self.chain is None

    @cached_property
    def series(self) -> planning.SeriesForm:
        return planning.SeriesForm(self.sent if "series-times" in self.sent else None)

    @cached_property
    def plan(self) -> planning.Plan | None:
        """The dates after the first, once the first and the rhythm are known."""
        if not self.is_series or self.time is None or self.visit_type is None or not self.series.is_valid():
            return None
        return planning.make_plan(
            self.sent,
            form=self.series,
            first=self.time,
            visit_type=self.visit_type,
            patient=self.patient,
            user=self.user,
        )

    @property
    def asks_why(self) -> bool:
        """Whether a rule of the practice speaks against a time that may be taken all the same."""
        first = self.chosen is not None and bool(self.chosen.concerns) and self.chosen.is_possible
        return first or (self.plan is not None and self.plan.asks_why)

    @cached_property
    def other(self) -> times.OtherTimeForm:
        """Any other time, by its parts."""
        return times.OtherTimeForm(self.sent if "check_other" in self.sent else None, user=self.user)

    @cached_property
    def time(self) -> SlotChoice | None:
        """The time that was chosen, free or not; a cell of the board tells one before the type is known."""
        if "drop_slot" in self.sent:
            return None
        if self.other.is_bound:
            return self.other.choose() if self.other.is_valid() else None
        try:
            return times.read_slot(self.sent.get("pick_slot") or self.sent.get("slot", ""), user=self.user)
        except ValueError:
            return None

    @property
    def is_unreadable(self) -> bool:
        """Whether a time was sent that names none."""
        sent = self.sent.get("pick_slot") or self.sent.get("slot")
        return bool(sent) and self.time is None and "drop_slot" not in self.sent and not self.other.is_bound

    @cached_property
    def chosen(self) -> times.Chosen | None:
        """The time with what speaks against it, once the type is known."""
        if self.time is None or self.visit_type is None:
            return None
        slot = times.make_slot(self.time, visit_type=self.visit_type)
        return times.consider(slot, user=self.user, visit_type=self.visit_type, patient=self.patient)

    @cached_property
    def openings(self) -> times.Openings | None:
        if self.visit_type is None or self.time is not None:
            return None
        return times.list_openings(
            self.sent, user=self.user, visit_type=self.visit_type, patient=self.patient
        )

    # --- What else ----------------------------------------------------------------------

    @cached_property
    def notes(self) -> CallerForm:
        return CallerForm(
            self.sent if "has_notes" in self.sent else None,
            visit_type=self.chain.first if self.chain else self.visit_type,
            also=self.chain.second if self.chain else None,
            patient=self.patient,
        )

    @property
    def why(self) -> str:
        """Why rules are set aside."""
        return " ".join(self.sent.get("why", "").replace("\0", " ").split())[:LONGEST_WHY]

    # --- Ready? -------------------------------------------------------------------------

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody pressed “Book”: only then is told what is wrong."""
        return "book" in self.sent

    @cached_property
    def problems(self) -> list[str]:
        """What is missing or wrong, in the order of the page."""
        found = self.find_problems_of_who()
        found += self._find_problems_of_pair() if self.chain is not None else self._find_problems_of_time()
        if not self.notes.is_valid():
            found.append(_("Look again at what the caller says."))
        return found

    def _find_problems_of_pair(self) -> list[str]:
        if self.pair is None:
            return [_("Choose the times.")]
        return [] if self.pair.is_possible else [_("Choose other times.")]

    def _find_problems_of_time(self) -> list[str]:
        found = []
        if self.visit_type is None:
            found.append(_("Choose the type of visit."))
        if self.time is None:
            found.append(_("Choose a time."))
        if self.chosen is not None and self.chosen.concerns:
            shown = times.read_set_aside(self.sent.getlist("anyway"))
            if not self.chosen.is_possible:
                found.append(_("Choose another time."))
            elif not shown.issuperset(self.chosen.codes):
                found.append(_("Read what speaks against this time, and write why you book it all the same."))
            elif not self.why:
                found.append(_("Write why you book this time all the same."))
        if self.is_series and not self.series.is_valid():
            found.append(_("Say how often, and how many visits there are."))
        if self.plan is not None:
            found += self.plan.find_problems(self.sent)
            if self.plan.asks_why and not self.why and not (self.chosen and self.chosen.concerns):
                found.append(_("Write why you book this time all the same."))
        return found
