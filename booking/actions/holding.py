"""A time is kept for one browser while its details are typed."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from booking import availability
from booking.actions.actors import Actor
from booking.actions.errors import HoldLost, TooManyHolds
from booking.actions.placing import create_hold
from booking.actions.records import lock_hold
from booking.actions.times import Times, keep_after_hold, refuse, take_room
from booking.engine.rules import Code, Refusal
from booking.engine.states import Status
from booking.limits import HOUR, PURGED_AT_ONCE, count_attempt
from booking.models import (
    Appointment,
    Attempt,
    Location,
    Practitioner,
    Source,
    VisitType,
)
from booking.writing import Refused, lock, queue_up, writing

# More than a statement waits for a row (writing.LOCK_TIMEOUT).
LONGEST_WAIT = timedelta(seconds=10)


def _refuse_too_many_holds(*, holder_address: str, besides: Collection[int] = ()) -> None:
    living = Appointment.objects.filter(
        status=Status.PENDING, holder_address=holder_address, hold_expires_at__gt=timezone.now()
    )
    if living.exclude(pk__in=besides).count() >= settings.MAX_HOLDS_PER_ADDRESS:
        raise TooManyHolds


def hold(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    holder: str,
    holder_address: str,
    practitioner_choice: str = "",
    by: Actor,
) -> Appointment:
    """Keep a time for HOLD_MINUTES. A session (`holder`) has one hold: an older one is given up.

    `practitioner_choice` is a PractitionerChoice: why this one and no other.
    Raises Refused, SlotTaken, TooManyHolds, TooManyTries, Busy.
    """
    if not visit_type.is_public:
        raise Refused([Refusal(code=Code.NOT_BOOKABLE_ONLINE)])
    if holder_address and not by.is_staff:
        count_attempt(
            kind=Attempt.Kind.HOLD,
            key=holder_address,
            limit=settings.MAX_HOLD_TRIES_PER_HOUR,
            window=HOUR,
        )
    # Look before queueing for the lock: on a popular time nearly everybody is refused here.
    refuse(
        availability.check(
            visit_type=visit_type, practitioner=practitioner, location=location, start=start, holder=holder
        )
    )
    return _take_hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        start=start,
        holder=holder,
        holder_address=holder_address,
        practitioner_choice=practitioner_choice,
        by=by,
    )


@writing
def _take_hold(
    *,
    visit_type: VisitType,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    holder: str,
    holder_address: str,
    practitioner_choice: str,
    by: Actor,
) -> Appointment:
    queue_up(holder, holder_address)
    rooms = lock(practitioners=[practitioner.pk], visit_type=visit_type, location=location)
    now = timezone.now()
    times = Times.of(visit_type, start)
    own = list(Appointment.objects.filter(status=Status.PENDING, holder=holder))
    wanted = visit_type.pk, practitioner.pk, location.pk, times.start
    for held in own:
        is_same = (held.visit_type_id, held.practitioner_id, held.location_id, held.start) == wanted
        if is_same and held.hold_expires_at is not None and held.hold_expires_at > now:
            # A double tap: both answers must name one hold.
            return held
    # Again, now that nobody else can count the same day or take the same time.
    refuse(
        availability.check(
            visit_type=visit_type, practitioner=practitioner, location=location, start=start, holder=holder
        )
    )
    room = take_room(
        practitioner=practitioner,
        rooms=rooms,
        times=times,
        now=now,
        released=[held.pk for held in own],
    )
    _refuse_too_many_holds(holder_address=holder_address)
    return create_hold(
        visit_type=visit_type,
        practitioner=practitioner,
        location=location,
        room=room,
        times=times,
        expires_at=now + timedelta(minutes=settings.HOLD_MINUTES),
        source=Source.ONLINE,
        by=by,
        holder=holder,
        holder_address=holder_address,
        practitioner_choice=practitioner_choice,
    )


def renew_hold(*, appointment: Appointment, by: Actor) -> Appointment:
    """Start the hold's minutes anew, also after its end while nobody took the time.

    A hold that ran out counts as a new one, and its time must still be open.
    Raises HoldLost, Refused, TooManyHolds, Busy.
    """
    return _prolong(hold=appointment) or _take_up_again(appointment=appointment)


@writing
def _prolong(*, hold: Appointment) -> Appointment | None:
    """Give a living hold its minutes anew; None where it is none any more.

    In one statement, without a lock: nobody else may take the time of a living hold. One that could end while
    this waits for its row counts as ended.
    """
    now = timezone.now()
    until = now + timedelta(minutes=settings.HOLD_MINUTES)
    living = Appointment.objects.filter(
        pk=hold.pk, status=Status.PENDING, hold_expires_at__gt=now + LONGEST_WAIT
    )
    if not living.update(hold_expires_at=until, updated_at=now):
        return None
    hold.hold_expires_at = until
    return hold


@writing
def _take_up_again(*, appointment: Appointment) -> Appointment:
    queue_up(appointment.holder_address)
    lock(
        practitioners=[appointment.practitioner_id],
        visit_type=appointment.visit_type,
        location=appointment.location,
    )
    current = lock_hold(appointment)
    if current.status != Status.PENDING or current.hold_expires_at is None:
        raise HoldLost
    now = timezone.now()
    if current.hold_expires_at <= now:
        _refuse_too_many_holds(holder_address=current.holder_address, besides=[current.pk])
        refusals = availability.check(
            visit_type=current.visit_type,
            practitioner=current.practitioner,
            location=current.location,
            start=current.start,
            ignoring=current,
        )
        refuse(keep_after_hold(refusals))
    current.hold_expires_at = now + timedelta(minutes=settings.HOLD_MINUTES)
    current.save(update_fields=["hold_expires_at", "updated_at"])
    return current


def purge_stale_holds(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Delete holds that never became a visit and have been over for a while. Returns how many."""
    return sum(iter(lambda: _purge_some(older_than=older_than), 0))


@writing
def _purge_some(*, older_than: timedelta) -> int:
    over = Appointment.objects.filter(
        Q(status=Status.PENDING, hold_expires_at__lt=timezone.now() - older_than)
        | Q(status=Status.CANCELLED, cancelled_at__lt=timezone.now() - older_than),
        patient__isnull=True,
    ).order_by("pk")
    # Locked first: a delete reads, then deletes by key, and a late confirm may come between.
    locked = over[:PURGED_AT_ONCE].select_for_update(no_key=True, of=("self",))
    keys = list(locked.values_list("pk", flat=True))
    _, deleted = Appointment.objects.filter(pk__in=keys).delete()
    return deleted.get(Appointment._meta.label, 0)
