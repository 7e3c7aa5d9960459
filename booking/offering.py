"""Freed time goes to those who wait: whose turn it is, and what of it would help them.

One sweep ends the offers that nobody answered, and makes new ones. It may run at any time, twice at once,
or never for an hour: each offer is made under its locks (`actions.offer_time`), and what was missed is
found by the next sweep, because freed time stays written down until it has passed.
"""

import copy
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from audit.writes import update_recorded
from booking import actions, availability
from booking.actions import Actor, BookingError
from booking.availability import Slot, to_minutes, to_minutes_up
from booking.engine.intervals import Interval
from booking.engine.offering import is_daytime, was_freed
from booking.engine.rules import Code
from booking.engine.states import Status
from booking.models import Appointment, FreedTime, OfferPause, VisitType, WaitlistEntry, WaitlistOffer

# Each takes its locks and writes its rows: some 50 ms.
MOST_OFFERS = 50
# How long freed time that has passed is remembered, for the reports.
REMEMBERED = timedelta(days=400)


def offer_freed_times() -> int:
    """Offer what is free to those who waited longest. Returns how many offers were made.

    Wishes whose last day is over end first, and offers that nobody answered.
    """
    now = timezone.now()
    _end_wishes(now=now)
    actions.end_offers(now=now)
    if is_paused():
        return 0
    freed = _FreedSlots(now=now)
    if not freed:
        return 0
    made = 0
    for entry in _list_turns(now=now):
        made += _offer_first(entry, freed, now=now)
        if made >= MOST_OFFERS:
            # The next sweep goes on: a task must end below its time limit.
            break
    return made


def _end_wishes(*, now: datetime) -> None:
    """Take off the list whose last day is over: they would wait for ever, and could not be erased."""
    over = WaitlistEntry.objects.waiting().filter(until__lt=timezone.localdate(now))
    update_recorded(over, status=WaitlistEntry.Status.LEFT, ended_at=now)


def find_openings(entry: WaitlistEntry, *, now: datetime | None = None) -> list[Slot]:
    """Return every free time that fits the wish, freed or open all along, for staff to offer by hand."""
    now = now or timezone.now()
    return list(_keep_fitting(entry, _read_slots(entry, now=now), now=now))


def is_paused() -> bool:
    return OfferPause.objects.filter(ended_at__isnull=True).exists()


def pause_offers(*, by: Any) -> None:
    """Offer nothing to anybody by itself until `resume_offers`. Twice is as once."""
    try:
        with transaction.atomic():
            OfferPause.objects.create(by=by)
    except IntegrityError:
        # Paused already, perhaps by somebody at this moment.
        return


def resume_offers() -> None:
    update_recorded(OfferPause.objects.filter(ended_at__isnull=True), ended_at=timezone.now())


def count_ahead(entry: WaitlistEntry) -> int:
    """Return how many wait longer for the same type of visit."""
    is_earlier = Q(created_at__lt=entry.created_at) | Q(created_at=entry.created_at, pk__lt=entry.pk)
    others = WaitlistEntry.objects.waiting().filter(until__gte=timezone.localdate(), paused_at__isnull=True)
    return others.filter(is_earlier, visit_type=entry.visit_type_id).count()


def list_places() -> dict[int, int]:
    """Return by the key of each wish that waits its place among those for the same type of visit, from 1.

    One query, and the same as `count_ahead`: who is paused stands in nobody's way.
    """
    entries = WaitlistEntry.objects.waiting().filter(until__gte=timezone.localdate())
    ahead: Counter[int] = Counter()
    places = {}
    rows = entries.order_by("created_at", "pk").values_list("pk", "visit_type_id", "paused_at")
    for pk, visit_type, paused_at in rows:
        places[pk] = ahead[visit_type] + 1
        ahead[visit_type] += paused_at is None
    return places


def purge_freed_times() -> None:
    FreedTime.objects.filter(end__lt=timezone.now() - REMEMBERED).delete()


class _FreedSlots:
    """What is open in freed time, read once for each type of visit and notice.

    It grows old while offers are made. `actions.offer_time` looks again, so an old slot costs a try.
    """

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._freed = _read_freed(now=now)
        self._read: dict[tuple[int, int], list[Slot]] = {}

    def __bool__(self) -> bool:
        return bool(self._freed)

    def list_for(self, entry: WaitlistEntry) -> list[Slot]:
        key = (entry.visit_type_id, entry.notice)
        if key not in self._read:
            slots = _read_slots(entry, now=self._now)
            freed = [slot for slot in slots if self._is_freed(slot, visit_type=entry.visit_type)]
            # What fills the gap comes first: half in it, a visit leaves time on both sides for nobody.
            freed.sort(key=lambda slot: (not self._fills(slot, visit_type=entry.visit_type), slot.start))
            self._read[key] = freed
        return self._read[key]

    def drop(self, gone: Slot) -> None:
        """Leave out what overlaps a slot that is gone: everybody after would be refused it."""
        for key, slots in self._read.items():
            self._read[key] = [
                slot
                for slot in slots
                if slot.practitioner != gone.practitioner or slot.start >= gone.end or slot.end <= gone.start
            ]

    def _is_freed(self, slot: Slot, *, visit_type: VisitType) -> bool:
        return was_freed(_measure_busy(slot, visit_type), self._freed.get(slot.practitioner.pk, []))

    def _fills(self, slot: Slot, *, visit_type: VisitType) -> bool:
        start, end = _measure_busy(slot, visit_type)
        return any(
            begins == start and end <= ends for begins, ends in self._freed.get(slot.practitioner.pk, [])
        )


def _measure_busy(slot: Slot, visit_type: VisitType) -> Interval:
    """Return the UTC minutes that a visit in this slot would take, buffers included."""
    return (
        to_minutes(slot.start) - visit_type.buffer_before,
        to_minutes(slot.end) + visit_type.buffer_after,
    )


def _read_slots(entry: WaitlistEntry, *, now: datetime) -> list[Slot]:
    visit_type = copy.copy(entry.visit_type)
    # Who waits has said how soon they can come. Patients who look for themselves see less.
    visit_type.minimum_notice = entry.notice
    return availability.read_horizon(visit_type=visit_type, now=now).slots()


def _read_freed(*, now: datetime) -> dict[int, list[Interval]]:
    """Return the freed stretches that have not passed, in UTC minutes, by practitioner."""
    freed: dict[int, list[Interval]] = defaultdict(list)
    for practitioner, start, end in FreedTime.objects.filter(end__gt=now).values_list(
        "practitioner", "start", "end"
    ):
        freed[practitioner].append((to_minutes(start), to_minutes_up(end)))
    return freed


def _list_turns(*, now: datetime) -> Iterable[WaitlistEntry]:
    """Return those who can be asked now, in their order: who waits longest comes first.

    Whoever was marked as here, or as not come, wants no earlier time, unless that is taken back. Of two
    visits that go together none is moved alone.
    """
    chained = Appointment.objects.chained().filter(group=OuterRef("appointment__group"))
    other = chained.exclude(pk=OuterRef("appointment"))
    has_use = Q(appointment__isnull=True) | (Q(appointment__status=Status.BOOKED) & ~Exists(other))
    entries = (
        WaitlistEntry.objects.waiting()
        .with_parts()
        .filter(has_use, paused_at__isnull=True, until__gte=timezone.localdate(now))
    )
    asked = WaitlistOffer.objects.standing().values("entry")
    return [
        entry
        for entry in entries.exclude(pk__in=asked).prefetch_related("offers").order_by("created_at", "pk")
        # Whom we can only call is offered a time by hand.
        if entry.contact.email and _may_be_written_to(entry, now=now)
    ]


def _may_be_written_to(entry: WaitlistEntry, *, now: datetime) -> bool:
    if entry.at_any_hour:
        return True
    zone = entry.appointment.location.zone if entry.appointment else timezone.get_default_timezone()
    return is_daytime(
        now,
        zone=zone,
        begins=time(settings.REMINDERS_FROM_HOUR),
        ends=time(settings.REMINDERS_UNTIL_HOUR),
    )


def _offer_first(entry: WaitlistEntry, freed: _FreedSlots, *, now: datetime) -> bool:
    """Offer the first freed slot that fits the wish and is news to them. Says whether there was one.

    Of a time that they did not want, or not in time, they are not offered the next twenty minutes either:
    it is the turn of somebody else.
    """
    offered = [(offer.start, offer.practitioner_id) for offer in entry.offers.all()]
    length = timedelta(minutes=entry.visit_type.duration)
    for slot in _keep_fitting(entry, freed.list_for(entry), now=now):
        if any(
            person == slot.practitioner.pk and abs(start - slot.start) < length for start, person in offered
        ):
            continue
        try:
            actions.offer_time(
                entry=entry,
                practitioner=slot.practitioner,
                location=slot.location,
                start=slot.start,
                by=Actor.system(),
            )
        except actions.Refused as error:
            # Taken since the calendar was read, unless it is this patient who is busy then.
            if {refusal.code for refusal in error.refusals} != {Code.PATIENT_BUSY}:
                freed.drop(slot)
            continue
        except BookingError:
            return False
        freed.drop(slot)
        return True
    return False


def _keep_fitting(entry: WaitlistEntry, slots: Iterable[Slot], *, now: datetime) -> Iterator[Slot]:
    wish, minutes = entry.as_wish(), to_minutes(now)
    for slot in slots:
        if wish.fits(
            start=to_minutes(slot.start),
            now=minutes,
            zone=slot.location.zone,
            practitioner=slot.practitioner.pk,
            location=slot.location.pk,
        ):
            yield slot
