"""A time is held for somebody on the waitlist until they answer.

The order of locks is that of all actions, and then the wish and its offer.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from booking import availability
from booking.actions.actors import Actor
from booking.actions.booking import become_visit
from booking.actions.changing import move_visit
from booking.actions.errors import NotAllowed, OfferOver
from booking.actions.placing import create_hold
from booking.actions.records import reload_locked
from booking.actions.times import (
    NOTICE,
    Times,
    end_holds,
    keep_after_hold,
    refuse,
    take_room,
)
from booking.availability import to_minutes
from booking.engine.offering import measure_answer
from booking.engine.states import Status
from booking.models import (
    Appointment,
    Location,
    Practitioner,
    Room,
    Source,
    WaitlistEntry,
    WaitlistOffer,
)
from booking.writing import Busy, SlotTaken, lock, writing
from outbox import queue

OFFER = "booking.waitlist_offer"


@writing
def offer_time(
    *,
    entry: WaitlistEntry,
    practitioner: Practitioner,
    location: Location,
    start: datetime,
    by: Actor,
) -> WaitlistOffer:
    """Hold a time for whoever waits, and tell them by mail where there is one.

    Notice and horizon do not count: the wish says how soon they can come. Nobody is offered two times
    at once, and no time is offered to two, because the hold takes it.
    Raises NotAllowed (the wish has ended, an offer of it stands, or the time is not before the visit they
    have), Refused, SlotTaken, Busy.
    """
    rooms = lock(
        practitioners=[practitioner.pk],
        visit_type=entry.visit_type,
        location=location,
        patient_id=entry.patient_id,
    )
    current = _reload_wish(entry.pk)
    if (
        current.status != WaitlistEntry.Status.WAITING
        or current.offers.standing().exists()
        or not is_earlier(start, visit=current.appointment)
    ):
        raise NotAllowed
    refusals = availability.check(
        visit_type=current.visit_type,
        practitioner=practitioner,
        location=location,
        start=start,
        patient=current.patient,
        # An earlier time may well touch that of the visit it takes the place of.
        ignoring=current.appointment,
    )
    refuse(keep_after_hold(refusals))
    now = timezone.now()
    times = Times.of(current.visit_type, start)
    room = take_room(practitioner=practitioner, rooms=rooms, times=times, now=now)
    minutes = measure_answer(
        start=to_minutes(times.start), now=to_minutes(now), longest=settings.OFFER_MINUTES
    )
    expires_at = now + timedelta(minutes=minutes)
    hold = create_hold(
        visit_type=current.visit_type,
        practitioner=practitioner,
        location=location,
        room=room,
        times=times,
        expires_at=expires_at,
        source=Source.ONLINE,
        by=by,
    )
    offer = WaitlistOffer.objects.create(
        entry=current,
        hold=hold,
        practitioner=practitioner,
        location=location,
        start=times.start,
        offered_at=now,
        expires_at=expires_at,
        offered_by=by.user,
    )
    if current.contact.email:
        queue.enqueue(kind=OFFER, subject_id=current.pk, version=hold.pk, recipient="patient")
    return offer


@writing
def accept_offer(*, offer: WaitlistOffer, by: Actor) -> Appointment:
    """Make the held time theirs. A visit that they have already moves to it, and its old time comes free.

    An offer whose minutes ran out is still good until it is passed on. Accepting twice gives the first
    result again, for as long as the visit is where it was offered. Raises OfferOver, Refused, SlotTaken,
    Busy.
    """
    entry = WaitlistEntry.objects.select_related("visit_type", "appointment").get(pk=offer.entry_id)
    before = entry.appointment
    rooms = lock(
        practitioners={offer.practitioner_id, *([before.practitioner_id] if before else [])},
        visit_type=entry.visit_type,
        location=offer.location,
        patient_id=entry.patient_id,
    )
    if before is not None:
        before = reload_locked(before)
    if offer.hold is None:
        raise OfferOver
    hold = reload_locked(offer.hold)
    entry, current = _reload_wish(entry.pk), _reload_offer(offer.pk)
    if current.status == WaitlistOffer.Status.ACCEPTED:
        return _find_accepted(current, visit=before if before is not None else hold)
    if (
        current.status != WaitlistOffer.Status.OPEN
        or entry.status != WaitlistEntry.Status.WAITING
        or hold.status != Status.PENDING
        or not is_earlier(hold.start, visit=before)
    ):
        raise OfferOver
    now = timezone.now()
    # Before the visit moves: the wish that ends here must not be cut short by it instead.
    _end_wish(entry, status=WaitlistEntry.Status.BOOKED, now=now)
    _end_offer(current, status=WaitlistOffer.Status.ACCEPTED, now=now)
    if before is not None:
        end_holds(lapsed=[], released=[hold.pk], now=now)
        return move_visit(
            appointment=before,
            practitioner=hold.practitioner,
            location=hold.location,
            start=hold.start,
            by=by,
            override=NOTICE,
            note="",
            tell=True,
        )
    return _book_held(hold, entry=entry, rooms=rooms, now=now, by=by)


def _find_accepted(offer: WaitlistOffer, *, visit: Appointment) -> Appointment:
    """Return the visit that came of an offer. Raises OfferOver where something was done to it since.

    A move ends the older links to a visit, and the wish's link must not make a new one after it.
    """
    offered = offer.practitioner_id, offer.location_id, offer.start
    if visit.status != Status.BOOKED or (visit.practitioner_id, visit.location_id, visit.start) != offered:
        raise OfferOver
    return visit


def _book_held(
    hold: Appointment, *, entry: WaitlistEntry, rooms: list[Room] | None, now: datetime, by: Actor
) -> Appointment:
    """Make the locked hold the visit of whoever waits. Raises Refused, SlotTaken."""
    # What staff have closed or changed since counts, as it does for a hold of the booking pages.
    refusals = availability.check(
        visit_type=hold.visit_type,
        practitioner=hold.practitioner,
        location=hold.location,
        start=hold.start,
        patient=entry.patient,
        ignoring=hold,
    )
    refuse(keep_after_hold(refusals))
    times = Times.of(hold.visit_type, hold.start)
    room = take_room(
        practitioner=hold.practitioner,
        rooms=rooms,
        times=times,
        now=now,
        besides=[hold.pk],
        before=hold.room_id,
    )
    return become_visit(
        hold,
        patient=entry.patient,
        related_person=entry.related_person,
        room=room,
        times=times,
        fields=_keep_consent(entry) | {"source": Source.STAFF if by.is_staff else Source.ONLINE},
        by=by,
    )


@writing
def pass_offer(*, offer: WaitlistOffer) -> WaitlistOffer:
    """Give the time back: they do not want this one, and go on waiting. Twice is as once.

    Raises OfferOver (it was accepted, ran out or was taken back), Busy.
    """
    return _give_back(offer, status=WaitlistOffer.Status.PASSED)


@writing
def withdraw_offer(*, offer: WaitlistOffer, by: Actor) -> WaitlistOffer:
    """Take an offer back, as staff do who need the time. Raises NotAllowed (patients), OfferOver, Busy."""
    if not by.is_staff:
        raise NotAllowed
    return _give_back(offer, status=WaitlistOffer.Status.WITHDRAWN)


def end_offers(*, now: datetime) -> int:
    """Pass on what nobody answered in time, and give back what nobody waits for. Returns how many ended.

    Each in a transaction of its own: one that is being answered at this moment, or stays locked, does not
    stop the others.
    """
    ended = 0
    for offer in WaitlistOffer.objects.standing().select_related("entry__appointment", "hold").order_by("pk"):
        is_over = offer.hold is None or offer.hold.status != Status.PENDING
        is_wanted = offer.entry.status == WaitlistEntry.Status.WAITING and is_earlier(
            offer.start, visit=offer.entry.appointment
        )
        if is_over or not is_wanted:
            status = WaitlistOffer.Status.WITHDRAWN
        elif offer.expires_at <= now:
            status = WaitlistOffer.Status.EXPIRED
        else:
            continue
        try:
            _end_one(offer=offer, status=status)
        except (OfferOver, SlotTaken, Busy):
            continue
        ended += 1
    return ended


@writing
def _end_one(*, offer: WaitlistOffer, status: str) -> None:
    _give_back(offer, status=status)


def _give_back(offer: WaitlistOffer, *, status: str) -> WaitlistOffer:
    now = timezone.now()
    if offer.hold_id is not None:
        # In the order of all locks: the visit, then the offer.
        list(Appointment.objects.select_for_update(no_key=True).filter(pk=offer.hold_id).values_list("pk"))
    current = _reload_offer(offer.pk)
    if current.status == status:
        return current
    if current.status != WaitlistOffer.Status.OPEN:
        raise OfferOver
    _end_offer(current, status=status, now=now)
    if current.hold_id is not None:
        end_holds(lapsed=[], released=[current.hold_id], now=now)
    return current


def is_earlier(start: datetime, *, visit: Appointment | None) -> bool:
    """Tell whether the time still helps: whoever has a visit to come wants one before it, and no second one.

    Staff may have moved the visit since, or the patient may have come.
    """
    return visit is None or (visit.status == Status.BOOKED and start < visit.start)


def _end_offer(offer: WaitlistOffer, *, status: str, now: datetime) -> None:
    offer.status, offer.ended_at = status, now
    offer.save(update_fields=["status", "ended_at"])
    queue.withdraw(kind=OFFER, subject_id=offer.entry_id)


def _end_wish(entry: WaitlistEntry, *, status: str, now: datetime) -> None:
    entry.status, entry.ended_at = status, now
    entry.save(update_fields=["status", "ended_at"])


def _reload_wish(key: int) -> WaitlistEntry:
    list(WaitlistEntry.objects.select_for_update(no_key=True).filter(pk=key).values_list("pk"))
    return WaitlistEntry.objects.select_related("patient", "related_person", "visit_type", "appointment").get(
        pk=key
    )


def _reload_offer(key: int) -> WaitlistOffer:
    return WaitlistOffer.objects.select_for_update(no_key=True, of=("self",)).get(pk=key)


def _keep_consent(entry: WaitlistEntry) -> dict[str, Any]:
    """They agreed when they asked, and were shown when to call 911 then."""
    return {
        "consented_at": entry.consented_at,
        "consent_wording": entry.consent_wording,
        "language": entry.language,
    }
