"""What a caller waits for, as staff write it down: the slip of the waitlist, and the wish beside a visit."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import scope
from booking.admin.forms import AskerForm
from booking.desk.who import WhoComes
from booking.forms.waitlist import LastingWishForm, WishForm
from booking.models import Appointment, VisitType, WaitlistEntry
from booking.models.appointment import Status
from booking.waiting import can_come_earlier, find_wish

# The patients' own page speaks to them, and has room to explain.
LABELS = {
    "practitioners": gettext_lazy("With whom (no tick: anybody)"),
    "locations": gettext_lazy("Where (no tick: any place)"),
    "weekdays": gettext_lazy("On which days (no tick: any day)"),
    "part_of_day": gettext_lazy("What time of day"),
    "until": gettext_lazy("Until when a visit would help"),
    "until_day": gettext_lazy("Or until a day, for example December 18"),
    "notice": gettext_lazy("How soon they can come"),
    "at_any_hour": gettext_lazy("They may be written to at night too"),
}
NO_NOTICE = gettext_lazy("Choose how soon they can come.")


class EarlierForm(WishForm):
    """What would help before a visit that is booked, in words for whoever asks a caller."""

    prefix = "wish"
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, field in self.fields.items():
            field.label, field.help_text = LABELS[name], ""
        self.fields["notice"].error_messages.update(required=NO_NOTICE, invalid_choice=NO_NOTICE)


class CallerWishForm(EarlierForm, LastingWishForm):
    """What would help a caller who has no visit yet, and until when."""


@dataclass(frozen=True)
class WishSlip(WhoComes):
    """Who waits for which type of visit, and what would help."""

    @cached_property
    def visit_types(self) -> list[VisitType]:
        """Those that somebody offers: for others nobody would ever be told of a time."""
        return list(VisitType.objects.filter(practitioners__is_active=True).distinct())

    @cached_property
    def visit_type(self) -> VisitType | None:
        key = self.sent.get("visit_type", "")
        return next((one for one in self.visit_types if str(one.pk) == key), None)

    @cached_property
    def wish(self) -> CallerWishForm | None:
        """What would help; who offers a type of visit, and where, hangs on the type."""
        if self.visit_type is None:
            return None
        return CallerWishForm(self.sent if "has_wish" in self.sent else None, visit_type=self.visit_type)

    @property
    def asked_about(self) -> str:
        """Whom the answers about the asker are about: for another patient they are asked anew."""
        return str(self.patient.pk) if self.patient is not None else "new"

    @cached_property
    def asker(self) -> AskerForm:
        is_said = self.is_asked_for or self.sent.get("asked_about") == self.asked_about
        return AskerForm(self.sent if is_said else None, patient=self.patient)

    # --- What the patient has already ---------------------------------------------------

    @cached_property
    def standing(self) -> WaitlistEntry | None:
        """The wish that the patient has on the list for this type of visit."""
        if self.patient is None or self.visit_type is None:
            return None
        entry = find_wish(self.patient, visit_type=self.visit_type)
        return entry and scope.visible_wishes(self.user).filter(pk=entry.pk).first()

    @cached_property
    def coming(self) -> Appointment | None:
        """The patient's next visit of this type: an earlier time for it may be what they want."""
        if self.patient is None or self.visit_type is None or self.standing is not None:
            return None
        visits = scope.visible_visits(self.user).filter(
            patient=self.patient, visit_type=self.visit_type, status=Status.BOOKED, start__gt=self.now
        )
        visit = visits.with_parts().order_by("start", "pk").first()
        if visit is None or not can_come_earlier(visit) or not scope.may_change_visit(self.user, visit):
            return None
        return visit

    # --- Ready? -------------------------------------------------------------------------

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody pressed “Put on the waitlist”: only then is told what is wrong."""
        return "keep" in self.sent

    @cached_property
    def problems(self) -> list[str]:
        """What is missing or wrong, in the order of the page. That they wait already, the writer says."""
        found = self.find_problems_of_who()
        if not self.asker.is_valid():
            found.append(_("Look again at who asks, and in which language we write."))
        if self.wish is None:
            found.append(_("Choose the type of visit."))
        elif not self.wish.is_valid():
            found.append(_("Look again at what would help."))
        return found
