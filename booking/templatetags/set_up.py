"""What a new practice still lacks before patients can book, for the front page of the admin."""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.models import AvailabilityRule, Location, Practitioner, VisitType

register = template.Library()


@dataclass(frozen=True)
class Step:
    """`address` is where it is done; "" where one before it comes first."""

    words: str
    is_done: bool
    address: str


@register.simple_tag
def list_set_up_steps() -> list[Step]:
    """Return what leads to the first booking, in order; [] where all of it is done."""
    person = Practitioner.objects.filter(is_active=True, visit_types__is_public=True).first()
    rules = AvailabilityRule.objects.exclude(valid_to__lt=timezone.localdate())
    rules = rules.filter(practitioner__is_active=True, practitioner__visit_types__is_public=True)
    hours = reverse("admin:booking_practitioner_hours", args=[person.pk]) if person else ""
    steps = [
        Step(
            words=_("Add a location, with its address"),
            is_done=Location.objects.filter(is_active=True).exists(),
            address=reverse("admin:booking_location_add"),
        ),
        Step(
            words=_("Add a visit type: a first visit, for example"),
            is_done=VisitType.objects.filter(is_public=True).exists(),
            address=reverse("admin:booking_visittype_add"),
        ),
        Step(
            words=_("Add a clinician, and tick the visit types that they offer"),
            is_done=person is not None,
            address=reverse("admin:booking_practitioner_add"),
        ),
        Step(
            words=_("Enter the weekly hours of the clinician"),
            is_done=rules.filter(location__is_active=True).exists(),
            address=hours,
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps
