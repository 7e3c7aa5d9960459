"""Whose patients and visits somebody of the staff may see, and how much of them: the one place that says so.

Every page of the admin and of the desk asks here, by permission and never by the name of a role;
`staff/roles.toml` says which role has which. Whoever may see some visits, but not every visit, sees
their own: those with the clinician that their account belongs to, and the patients of these. For an
hour they also see a patient whom they opened with a reason, and that patient's visits (`audit.break_glass`).
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from audit.break_glass import list_open
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Patient,
    Practitioner,
    Rearrangement,
    VisitGroup,
    WaitlistEntry,
    WaitlistOffer,
)
from booking.models.appointment import AppointmentQuerySet, Status
from booking.models.patient import PatientQuerySet
from booking.models.waitlist import WaitlistQuerySet

EVERY_VISIT = "booking.view_every_visit"
ANSWERS = "booking.read_answers"
OVERRIDE = "booking.override_rules"
EXPORT = "booking.export_appointment"
REPORTS = "booking.view_reports"

# What a patient says of their health, or what tells of it. Hidden from whoever may not read answers.
CLINICAL_FIELDS = frozenset(
    {
        "booking.appointment.reason",
        "booking.appointment.article",
        "booking.appointment.came_from",
        "booking.intakeanswer.answer",
    }
)


def sees_every_visit(user: Any) -> bool:
    return bool(user.has_perm(EVERY_VISIT))


def may_read_answers(user: Any) -> bool:
    """Say whether they may read CLINICAL_FIELDS."""
    return bool(user.has_perm(ANSWERS))


def may_override(user: Any) -> bool:
    """Say whether they may set the practice's own rules aside for a visit."""
    return bool(user.has_perm(OVERRIDE))


def visible_visits(user: Any) -> AppointmentQuerySet:
    visits = Appointment.objects.all()
    if sees_every_visit(user):
        return visits
    return visits.filter(Q(practitioner__user=user.pk) | Q(patient__in=list_open(user)))


def visible_groups(user: Any) -> "QuerySet[VisitGroup]":
    """Visits booked as one, where they may see each of them: a mail about them tells of all."""
    groups = VisitGroup.objects.all()
    if sees_every_visit(user):
        return groups
    every = Appointment.objects.filter(group=OuterRef("pk"))
    hidden = every.exclude(pk__in=visible_visits(user).values("pk"))
    return groups.filter(Exists(every), ~Exists(hidden))


def may_change_visit(user: Any, visit: Appointment) -> bool:
    """Say of a visit that they see whether they may change it too, without a query.

    What was opened with a reason is for looking: moved into one's own calendar, it would stay in sight.
    """
    return may_see_calendar(user, visit.practitioner)


def may_see_calendar(user: Any, practitioner: Practitioner) -> bool:
    """Say of a row that is read already whether it is one of `visible_practitioners`, without a query."""
    return sees_every_visit(user) or (user.pk is not None and practitioner.user_id == user.pk)


def visible_patients(user: Any) -> PatientQuerySet:
    patients = Patient.objects.all()
    if sees_every_visit(user):
        return patients
    # Whoever was entered in error was never theirs.
    own = Appointment.objects.filter(practitioner__user=user.pk).exclude(status=Status.ENTERED_IN_ERROR)
    return patients.filter(Exists(own.filter(patient=OuterRef("pk"))) | Q(pk__in=list_open(user)))


def visible_wishes(user: Any) -> WaitlistQuerySet:
    """Wishes of visible patients, unless it is a visit with somebody else that they want earlier."""
    wishes = WaitlistEntry.objects.all()
    if sees_every_visit(user):
        return wishes
    own = Q(appointment__isnull=True) | Q(appointment__in=visible_visits(user).values("pk"))
    return wishes.filter(own, patient__in=visible_patients(user).values("pk"))


def visible_offers(user: Any) -> "QuerySet[WaitlistOffer]":
    """Times of `visible_practitioners` that were offered to `visible_wishes`."""
    offers = WaitlistOffer.objects.all()
    if sees_every_visit(user):
        return offers
    return offers.filter(practitioner__user=user.pk, entry__in=visible_wishes(user).values("pk"))


def visible_rearrangements(user: Any) -> "QuerySet[Rearrangement]":
    """Visits of `visible_absences`, unless a visit is with somebody else by now."""
    rows = Rearrangement.objects.filter(absence__in=visible_absences(user).values("pk"))
    return rows if sees_every_visit(user) else rows.filter(appointment__in=visible_visits(user).values("pk"))


def visible_practitioners(user: Any) -> "QuerySet[Practitioner]":
    """Those whose calendar they may see and change."""
    people = Practitioner.objects.all()
    return people if sees_every_visit(user) else people.filter(user=user.pk)


def visible_absences(user: Any) -> "QuerySet[Absence]":
    """Plans for the absences of `visible_practitioners`."""
    absences = Absence.objects.all()
    return absences if sees_every_visit(user) else absences.filter(practitioner__user=user.pk)


def visible_blocks(user: Any) -> "QuerySet[AvailabilityException]":
    """Blocked and extra time of `visible_practitioners`."""
    blocks = AvailabilityException.objects.all()
    return blocks if sees_every_visit(user) else blocks.filter(practitioner__user=user.pk)
