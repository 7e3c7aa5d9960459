"""The time and the room that a visit takes, and whose lapsed holds go for it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from booking.actions.actors import Actor
from booking.availability import LONGEST_BUSY
from booking.counting import count_refusals
from booking.engine.rules import Code, Refusal
from booking.engine.states import Status
from booking.models import Appointment, CancellationReason, Practitioner, Room, VisitType
from booking.models.appointment import HOLDING_STATUSES
from booking.writing import Refused, SlotTaken

# Given to `book_visit`: rules of the practice that staff may set aside. Overlap is never one.
SETTABLE_ASIDE = frozenset(Code) - {Code.TAKEN, Code.NO_ROOM, Code.PATIENT_BUSY}
# Kept when the time was held; filling in a form must not break them.
NOTICE = frozenset({Code.TOO_SOON, Code.TOO_FAR})


@dataclass(frozen=True, slots=True)
class Times:
    """The times that one visit takes, buffers included."""

    start: datetime
    end: datetime
    busy_start: datetime
    busy_end: datetime

    @classmethod
    def of(cls, visit_type: VisitType, start: datetime) -> "Times":
        # In UTC: arithmetic in a zone is on the wall clock, and an hour off where clocks change.
        start = start.astimezone(UTC)
        end = start + timedelta(minutes=visit_type.duration)
        return cls(
            start=start,
            end=end,
            busy_start=start - timedelta(minutes=visit_type.buffer_before),
            busy_end=end + timedelta(minutes=visit_type.buffer_after),
        )

    def as_fields(self) -> dict[str, datetime]:
        """Return the fields of the appointment that keep this."""
        return {
            "start": self.start,
            "end": self.end,
            "busy_start": self.busy_start,
            "busy_end": self.busy_end,
        }

    def overlapping(self) -> Q:
        return Q(
            busy_start__gt=self.busy_start - LONGEST_BUSY,
            busy_start__lt=self.busy_end,
            busy_end__gt=self.busy_start,
        )


def refuse(refusals: list[Refusal]) -> None:
    """Raise SlotTaken or Refused for what stands in the way, if anything does."""
    count_refusals(refusals)
    if not SETTABLE_ASIDE.issuperset(refusal.code for refusal in refusals):
        raise SlotTaken(refusals)
    if refusals:
        raise Refused(refusals)


def keep_binding(refusals: Iterable[Refusal], *, override: Collection[Code]) -> list[Refusal]:
    """Return those that staff did not set aside, or may not."""
    set_aside = SETTABLE_ASIDE.intersection(override)
    return [refusal for refusal in refusals if refusal.code not in set_aside]


def name_set_aside(refusals: Iterable[Refusal], *, by: Actor) -> dict[str, list[str]]:
    """Return what the history keeps of rules that staff set aside for a time; {} for none."""
    codes = sorted({refusal.code.value for refusal in refusals})
    return {"set_aside": codes} if codes and by.is_staff else {}


def keep_after_hold(refusals: Iterable[Refusal]) -> list[Refusal]:
    """Return those that count for a time which was held already: all but notice and horizon."""
    return [refusal for refusal in refusals if refusal.code not in NOTICE]


def take_room(
    *,
    practitioner: Practitioner,
    rooms: list[Room] | None,
    times: Times,
    now: datetime,
    besides: Collection[int] = (),
    before: int | None = None,
    released: Collection[int] = (),
) -> Room | None:
    """Make way for a visit: end the lapsed holds that it meets, and return its room. Raises SlotTaken.

    `rooms` is None where the visit needs no room. `besides` are appointments, by key, that will be gone from
    where they are; `released` are holds that are given up for it. Among equals comes the room that it had
    `before`. Inside an action only.
    """
    room, lapsed = _find_way(
        practitioner=practitioner,
        rooms=rooms,
        times=times,
        now=now,
        besides={*besides, *released},
        before=before,
    )
    end_holds(lapsed=lapsed, released=released, now=now)
    return room


def _find_way(
    *,
    practitioner: Practitioner,
    rooms: list[Room] | None,
    times: Times,
    now: datetime,
    besides: Collection[int],
    before: int | None,
) -> tuple[Room | None, list[int]]:
    """Return the room to take and the lapsed holds that must end for it. Raises SlotTaken.

    A room in which nobody has even a lapsed hold comes first: until its time is wanted, a late confirm
    still finds it.
    """
    resources = Q(practitioner=practitioner) | Q(room__in=rooms or [])
    rows = Appointment.objects.filter(resources, times.overlapping(), status__in=HOLDING_STATUSES)
    taken: set[int | None] = set()
    lapsed: list[int] = []
    lapsed_in: dict[int | None, list[int]] = defaultdict(list)
    for key, person, room_id, expires in rows.exclude(pk__in=besides).values_list(
        "pk", "practitioner", "room", "hold_expires_at"
    ):
        if expires is None or expires > now:
            taken.add(room_id)
        elif person == practitioner.pk:
            lapsed.append(key)
        else:
            lapsed_in[room_id].append(key)
    if rooms is None:
        return None, lapsed
    free = [room for room in rooms if room.pk not in taken]
    if not free:
        raise SlotTaken([Refusal(code=Code.NO_ROOM)])
    room = min(free, key=lambda room: (len(lapsed_in[room.pk]), room.pk != before))
    return room, lapsed + lapsed_in[room.pk]


def end_holds(*, lapsed: Collection[int], released: Collection[int] = (), now: datetime) -> None:
    """Give back the times of holds, by key: of those that ran out, and of those given up.

    All are locked first, in the order of their keys. Two sessions that take over each other's
    lapsed holds, each giving up its own, would deadlock otherwise.
    """
    keys = {*lapsed, *released}
    if not keys:
        return
    holds = Appointment.objects.filter(status=Status.PENDING)
    in_order = holds.filter(pk__in=keys).order_by("pk")
    list(in_order.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    for chosen, reason in (
        (holds.filter(pk__in=released), CancellationReason.HOLD_RELEASED),
        (holds.filter(pk__in=lapsed, hold_expires_at__lte=now), CancellationReason.HOLD_EXPIRED),
    ):
        chosen.update(
            status=Status.CANCELLED, cancellation_reason=reason, cancelled_at=now, hold_expires_at=None
        )


def release_proposals(visit: Appointment, *, now: datetime) -> None:
    """Give back what was held for a visit whose clinician is away, now that it goes elsewhere or nowhere."""
    held = Appointment.objects.filter(rearrangement__appointment=visit, status=Status.PENDING)
    end_holds(lapsed=[], released=list(held.values_list("pk", flat=True)), now=now)
