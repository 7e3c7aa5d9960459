"""A clinician is away: plan what becomes of each visit, hold the proposals, send all at once, or undo it.

The only writer of absences. A plan is rows from the first click: whoever closes the browser finds it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from booking import actions, availability, scope
from booking.actions import Actor, NotAllowed, Refused
from booking.actions.rearranging import DRAFT_STANDS, release_held
from booking.availability import Slot
from booking.availability.caught import find_caught
from booking.blocking import BlockedTime, BlockGone, block_time, remove_block
from booking.models import (
    Absence,
    Appointment,
    AvailabilityException,
    Practitioner,
    PractitionerChoice,
    Rearrangement,
)
from booking.models.appointment import Status
from booking.writing import BookingError, lock_practitioners, writing
from outbox import queue
from outbox.models import OutboxMessage, State

AWAY = "booking.away"

# Whoever asked for a clinician waits so long for the same one; everybody else so long.
WAITS_FOR_OWN, WAITS_FOR_ANY = timedelta(days=28), timedelta(days=7)
# No time is proposed that comes sooner, and none is held until later than so long before it begins.
SOONEST, LAST_ANSWER = timedelta(hours=3), timedelta(hours=2)
# A visit that is so near is called about, and not only written to.
NEAR = timedelta(hours=24)
MOST_OPTIONS = 12


class ProposalsLost(BookingError):
    """Times that the plan proposes are held no longer; nothing was sent."""


@writing
def plan_absence(
    *,
    practitioner: Practitioner,
    time: BlockedTime | None = None,
    block: AvailabilityException | None = None,
    by: Actor,
) -> Absence:
    """Block the time, or take a block that is there, and make a plan for the visits in it.

    A block that has a plan which is not sent gives that plan, with the visits that it has caught since.
    Raises BlockGone, DayTooFar, Busy.
    """
    lock_practitioners([practitioner.pk])
    made_block = block is None
    if block is None:
        assert time is not None
        fields = {f"block__{name}": value for name, value in time.as_fields().items() if name != "note"}
        drafts = Absence.objects.filter(
            practitioner=practitioner, status=Absence.Status.DRAFT, made_block=True
        )
        pressed_before = drafts.filter(**fields).first()
        if pressed_before is not None:
            return pressed_before
        [block] = block_time(practitioners=[practitioner], block=time)
    elif not AvailabilityException.objects.filter(pk=block.pk, practitioner=practitioner).exists():
        raise BlockGone
    standing = Absence.objects.filter(block=block, status=Absence.Status.DRAFT).first()
    absence = standing or Absence.objects.create(
        practitioner=practitioner,
        block=block,
        made_block=made_block,
        span=block.describe_span(),
        by=by.user,
    )
    # In a plan that is not sent, also what is left where it is may still be chosen otherwise.
    is_planned = Q(pk__in=Rearrangement.objects.unsettled()) | Q(absence__status=Absence.Status.DRAFT)
    planned = Rearrangement.objects.filter(is_planned).exclude(absence__status=Absence.Status.UNDONE)
    elsewhere = set(planned.values_list("appointment", flat=True))
    Rearrangement.objects.bulk_create(
        Rearrangement(
            absence=absence,
            appointment=one.visit,
            version=one.visit.version,
            way=Rearrangement.Way.PROPOSE,
        )
        for one in find_caught(now=timezone.now())
        if block in one.closings and one.visit.pk not in elsewhere
    )
    return absence


def find_proposals(*, absence: Absence, by: Actor) -> None:
    """Hold a time for each visit that has none and should: the first visit chooses first.

    Each in a transaction of its own. Cut off in between, it goes on where it stopped. A visit for which there
    is no time is left to the patient to choose.
    """
    for row in list_rows(Rearrangement.objects.unsettled().filter(absence=absence)):
        if row.way != Rearrangement.Way.PROPOSE or row.held is not None:
            continue
        for slot in _choose(list_options(row.appointment, user=by.user), visit=row.appointment):
            try:
                actions.propose(
                    rearrangement=row,
                    practitioner=slot.practitioner,
                    location=slot.location,
                    start=slot.start,
                    by=by,
                )
            except Refused:
                continue
            break
        else:
            set_way(rearrangement=row, way=Rearrangement.Way.CHOOSE)


@dataclass(frozen=True)
class Options:
    """Open times for a visit, the soonest first: with its own clinician, and with others."""

    own: list[Slot]
    other: list[Slot]


def list_options(visit: Appointment, *, user: Any) -> Options:
    """Return what could be proposed: at the visit's own place, or where there is nothing, elsewhere.

    Later with its own clinician, with others also earlier; in calendars that `user` may change, or in all.
    """
    calendar = availability.read_horizon(visit_type=visit.visit_type, ignoring=visit)
    earliest = timezone.now() + SOONEST
    slots = [
        slot
        for slot in calendar.slots()
        if slot.start >= earliest and (user is None or scope.may_see_calendar(user, slot.practitioner))
    ]
    if not visit.visit_type.is_telehealth:
        slots = [slot for slot in slots if slot.location == visit.location] or slots
    own = visit.practitioner
    return Options(
        own=[slot for slot in slots if slot.practitioner == own and slot.start > visit.start][:MOST_OPTIONS],
        other=[slot for slot in slots if slot.practitioner != own][:MOST_OPTIONS],
    )


def _choose(options: Options, *, visit: Appointment) -> list[Slot]:
    """Return the times in the order in which to try them.

    With the same clinician if that is soon enough, later for those who asked for that one; else the soonest.
    """
    asked = visit.practitioner_choice in (PractitionerChoice.NAMED, PractitionerChoice.SAME)
    latest = visit.start + (WAITS_FOR_OWN if asked else WAITS_FOR_ANY)
    soon = [slot for slot in options.own if slot.start <= latest]
    later = [slot for slot in options.own if slot.start > latest]
    return [*soon, *options.other, *later]


@writing
def set_way(*, rearrangement: Rearrangement, way: str) -> Rearrangement:
    """Let the patient choose, call them, or leave the visit: what was held is given back.

    Raises NotAllowed (the plan was sent or undone), Busy.
    """
    [current] = _lock_rows(Rearrangement.objects.filter(pk=rearrangement.pk))
    if current.absence.status != Absence.Status.DRAFT:
        raise NotAllowed
    release_held([current], now=timezone.now())
    current.way, current.hold = way, None
    current.save(update_fields=["way", "hold"])
    return current


@writing
def keep_held(*, absence: Absence) -> None:
    """Begin the hours anew for which the plan's times are held. Raises Busy."""
    rows = _lock_rows(Rearrangement.objects.filter(absence=absence))
    if rows and rows[0].absence.status == Absence.Status.DRAFT:
        held = Appointment.objects.filter(rearrangement__in=rows, status=Status.PENDING)
        held.update(hold_expires_at=timezone.now() + DRAFT_STANDS)


@writing
def send(*, absence: Absence) -> int | None:
    """Write to all at once who have an address; return to how many. Sending twice sends once: None.

    From then on the held times stand AWAY_ANSWER_HOURS, reminders of the old time do not leave, and patients
    may change or cancel whatever the cut-off. Raises NotAllowed (undone, or the time is no longer blocked),
    ProposalsLost, Busy.
    """
    # Nobody opens the time again meanwhile.
    lock_practitioners([absence.practitioner_id])
    rows = _lock_rows(Rearrangement.objects.filter(absence=absence))
    current = Absence.objects.select_for_update(no_key=True, of=("self",)).get(pk=absence.pk)
    if current.status == Absence.Status.SENT:
        return None
    if current.status == Absence.Status.UNDONE or current.block_id is None:
        raise NotAllowed
    now = timezone.now()
    unsettled = Rearrangement.objects.unsettled().filter(absence=absence)
    waiting = set(unsettled.values_list("pk", flat=True))
    caught = {one.visit.pk for one in find_caught(now=now) if current.block in one.closings}
    chosen = [row for row in rows if row.pk in waiting and row.appointment_id in caught]
    if any(row.way == Rearrangement.Way.PROPOSE and row.held is None for row in chosen):
        raise ProposalsLost
    release_held([row for row in rows if row not in chosen], now=now)
    current.status, current.sent_at = Absence.Status.SENT, now
    current.save(update_fields=["status", "sent_at"])
    told = 0
    for row in chosen:
        visit = row.appointment
        if row.held is not None:
            until = max(now + timedelta(hours=1), min(now + answer_time(), row.held.start - LAST_ANSWER))
            Appointment.objects.filter(pk=row.held.pk).update(hold_expires_at=until)
        if row.way != Rearrangement.Way.CALL and visit.contact is not None and visit.contact.email:
            # Of this plan: an earlier one may have asked about the same version of the visit.
            recipient = name_recipient(current)
            queue.enqueue(kind=AWAY, subject_id=visit.pk, version=visit.version, recipient=recipient)
            told += 1
    return told


@writing
def undo(*, absence: Absence, by: Actor) -> Absence:
    """Give back what is held, and the clinician's time where it was blocked by the plan. Twice is as once.

    Raises NotAllowed (it was sent), Busy.
    """
    lock_practitioners([absence.practitioner_id])
    rows = _lock_rows(Rearrangement.objects.filter(absence=absence))
    current = Absence.objects.select_for_update(no_key=True, of=("self",)).get(pk=absence.pk)
    if current.status == Absence.Status.UNDONE:
        return current
    if current.status == Absence.Status.SENT:
        raise NotAllowed
    release_held(rows, now=timezone.now())
    block = current.block
    current.status = Absence.Status.UNDONE
    current.save(update_fields=["status"])
    if block is not None and current.made_block:
        remove_block(block=block, by=by)
    return current


def list_rows(rows: "QuerySet[Rearrangement]") -> "QuerySet[Rearrangement]":
    """Return these visits of plans, by their start, with all that the pages show."""
    return rows.select_related(
        "absence",
        "appointment__visit_type",
        "appointment__practitioner",
        "appointment__location",
        "appointment__patient",
        "appointment__related_person",
        "hold__visit_type",
        "hold__practitioner",
        "hold__location",
    ).order_by("appointment__start", "pk")


def find_asked(visit: Appointment) -> Rearrangement | None:
    """Return what the patient of a visit is asked because its clinician is away.

    Nearly always nothing, and each look at a visit asks: what stands around it is read only where it is.
    """
    return Rearrangement.objects.asked().filter(appointment=visit).order_by("-pk").first()


def name_recipient(absence: Absence) -> str:
    """Return the recipient of a plan's mails in the outbox: one a plan and visit."""
    return f"patient-{absence.pk}"


def answer_time() -> timedelta:
    return timedelta(hours=settings.AWAY_ANSWER_HOURS)


def needs_call(row: Rearrangement, *, undelivered: Iterable[int]) -> bool:
    """Tell whether staff have to call about an unsettled visit of a plan that was sent.

    `undelivered` are the keys of visits whose mail about it has failed.
    """
    visit, now = row.appointment, timezone.now()
    has_mail = visit.contact is not None and bool(visit.contact.email)
    sent_at = row.absence.sent_at
    is_silent = sent_at is not None and sent_at + answer_time() <= now
    return (
        row.way == Rearrangement.Way.CALL
        or row.call_asked_at is not None
        or not has_mail
        or visit.pk in set(undelivered)
        or is_silent
        or visit.start <= now + NEAR
    )


def list_undelivered(rows: Iterable[Rearrangement]) -> set[int]:
    """Return the keys of those visits whose mail about the absence failed or came back."""
    chosen = list(rows)
    failed = OutboxMessage.objects.filter(
        kind=AWAY,
        subject_id__in=[row.appointment_id for row in chosen],
        recipient__in={name_recipient(row.absence) for row in chosen},
    )
    return set(
        failed.filter(Q(state=State.DEAD) | Q(state=State.STOPPED)).values_list("subject_id", flat=True)
    )


def _lock_rows(rows: "QuerySet[Rearrangement]") -> list[Rearrangement]:
    """Lock the visits and the held times of these rows, then the rows, all in the order of their keys."""
    keys = rows.values_list("appointment", "hold")
    visits = {key for pair in keys for key in pair if key is not None}
    list(
        Appointment.objects.select_for_update(no_key=True)
        .filter(pk__in=visits)
        .order_by("pk")
        .values_list("pk")
    )
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    parts = ("absence", "hold", "appointment__patient", "appointment__related_person")
    return list(rows.select_related(*parts).order_by("pk"))
