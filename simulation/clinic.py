"""The days of a clinic: who calls, who comes, who is ill, and what the desk, the waitlist and the mail do."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import time_machine
from django.utils import timezone

from booking import actions, availability, away, offering, waiting
from booking.actions import Actor, BookingError
from booking.blocking import BlockedTime
from booking.models import (
    Appointment,
    AvailabilityRule,
    CancellationReason,
    Location,
    Practitioner,
    Rearrangement,
    VisitType,
    WaitlistOffer,
)
from booking.models.appointment import Status
from outbox import deliver
from simulation.judge import Judge
from simulation.people import (
    ACCEPTS,
    ANSWERS,
    CANCELS,
    FALLS_ILL,
    MOVES,
    PATIENCE,
    STAYS_AWAY,
    TAKES_PROPOSAL,
    WANTS_EARLIER,
    Person,
    count_arrivals,
)

ZONE = ZoneInfo("America/New_York")
FIRST_DAY = date(2026, 9, 14)  # a Monday; the clocks change within sixty clinic days
OPENS, CLOSES = time(8), time(18)
STEP = timedelta(minutes=30)
HOURS = ((time(9), time(12)), (time(13), time(17)))
CLINICIANS = 3
LENGTH = 60
HORIZON = 28


@dataclass
class Outcome:
    has_waitlist: bool
    visits: int = 0
    open_minutes: int = 0
    used_minutes: int = 0
    mails: int = 0
    offers: int = 0
    accepted: int = 0
    passed: int = 0
    expired: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def chair_use(self) -> float:
        """Time with a patient in it, of the time in which somebody was there to see them."""
        return self.used_minutes / self.open_minutes if self.open_minutes else 0.0


def simulate(*, days: int, seed: int, has_waitlist: bool) -> Outcome:
    """Run so many clinic days in an empty database."""
    with time_machine.travel(datetime.combine(FIRST_DAY, OPENS, ZONE), tick=False) as clock:
        clinic = Clinic(seed=seed, has_waitlist=has_waitlist)
        for day in _list_days(days):
            clinic.live_through(day, clock=clock)
        return clinic.sum_up()


def _list_days(count: int) -> Iterator[date]:
    day = FIRST_DAY
    while count:
        if day.weekday() < 5:
            yield day
            count -= 1
        day += timedelta(days=1)


class Clinic:
    def __init__(self, *, seed: int, has_waitlist: bool) -> None:
        self.seed = seed
        self.outcome = Outcome(has_waitlist=has_waitlist)
        self.judge = Judge()
        self.people: dict[int, Person] = {}
        self.numbers = iter(range(1, 10_000))
        self.location = Location.objects.create(
            name="Alder Street",
            slug="alder-street",
            line1="418 Alder Street",
            city="New York",
            state="NY",
            postal_code="10016",
            time_zone=ZONE.key,
        )
        self.visit_type = VisitType.objects.create(
            name="Visit",
            slug="visit",
            summary="A visit.",
            duration=LENGTH,
            start_step=LENGTH,
            minimum_notice=24 * 60,
            booking_horizon=HORIZON,
            change_cutoff=24 * 60,
        )
        self.practitioners = [self._hire(number) for number in range(CLINICIANS)]

    def _hire(self, number: int) -> Practitioner:
        person = Practitioner.objects.create(
            slug=f"clinician-{number}", given_name="Clinician", family_name=f"No {number}"
        )
        person.visit_types.add(self.visit_type)
        AvailabilityRule.objects.bulk_create(
            AvailabilityRule(
                practitioner=person,
                location=self.location,
                weekday=weekday,
                starts_at=starts,
                ends_at=ends,
            )
            for weekday in range(5)
            for starts, ends in HOURS
        )
        return person

    # --- A day -------------------------------------------------------------------

    def live_through(self, day: date, *, clock: time_machine.Traveller) -> None:
        dice = random.Random(f"{self.seed}/{day}")
        clock.move_to(datetime.combine(day, OPENS, ZONE))
        ill = [person for person in self.practitioners if dice.random() < FALLS_ILL]
        for person in ill:
            self._stay_home(person, day)
        changes = self._plan_changes(day)
        at = datetime.combine(day, OPENS, ZONE)
        while at.time() < CLOSES:
            clock.move_to(at)
            for _ in range(count_arrivals(dice)):
                self._arrive()
            for visit_id in changes.pop(at, []):
                self._change(visit_id)
            self._answer_offers()
            self._work_in_the_background()
            at += STEP
        self._end(day, ill=ill)
        self._work_in_the_background()
        self.outcome.complaints += [f"{day}: {complaint}" for complaint in self.judge.look()]

    def _work_in_the_background(self) -> None:
        """What beat starts: freed time is offered, and mail leaves."""
        if self.outcome.has_waitlist:
            offering.offer_freed_times()
        while deliver.sweep(seconds=3600):
            pass
        self.outcome.mails += self.judge.look_at_mail()

    # --- Patients -----------------------------------------------------------------

    def _arrive(self) -> None:
        """Somebody wants a visit: the soonest there is, or a place on the waitlist."""
        person = Person.make(seed=self.seed, number=next(self.numbers))
        soonest = availability.find_soonest(visit_type=self.visit_type, count=1)
        until = timezone.localdate() + timedelta(days=HORIZON)
        if not soonest:
            entry = waiting.join_waitlist(
                visit_type=self.visit_type,
                patient=person.details,
                related=None,
                wish=person.make_wish(until=until),
                consent_wording="I agree.",
            )
            self.people[entry.patient_id] = person
            return
        [slot] = soonest
        hold = actions.hold(
            visit_type=self.visit_type,
            practitioner=slot.practitioner,
            location=slot.location,
            start=slot.start,
            holder=f"browser-{person.number}",
            holder_address=f"address-{person.number}",
            by=Actor.patient(),
        )
        visit = actions.book(hold=hold, patient=person.details, by=Actor.patient())
        assert visit.patient_id is not None
        self.people[visit.patient_id] = person
        self.judge.expect(visit)
        if visit.start - timezone.now() > PATIENCE and person.throws(WANTS_EARLIER):
            last = waiting.find_last_day_before(visit)
            waiting.ask_for_earlier(appointment=visit, wish=person.make_wish(until=last))

    def _plan_changes(self, day: date) -> dict[datetime, list[int]]:
        """Choose whose minds change today, and when."""
        plan: dict[datetime, list[int]] = {}
        steps = int((CLOSES.hour - OPENS.hour) * 60 * 60 / STEP.total_seconds())
        visits = Appointment.objects.upcoming(now=timezone.now()).order_by("patient")
        for visit in visits.only("pk", "patient"):
            person = self.people[visit.patient_id or 0]
            if person.throws(CANCELS + MOVES):
                at = datetime.combine(day, OPENS, ZONE) + person.dice.randrange(steps) * STEP
                plan.setdefault(at, []).append(visit.pk)
        return plan

    def _change(self, visit_id: int) -> None:
        """Cancel or move, online or, where it is too late for that, by phone."""
        visit = Appointment.objects.with_parts().get(pk=visit_id)
        person = self.people[visit.patient_id or 0]
        if visit.status != Status.BOOKED or visit.start <= timezone.now():
            return
        is_late = visit.start - timedelta(minutes=self.visit_type.change_cutoff) <= timezone.now()
        by = Actor.staff(None) if is_late else Actor.patient()
        if person.throws(MOVES / (CANCELS + MOVES)) and self._move(visit, by=by):
            return
        reason = CancellationReason.PATIENT
        self.judge.expect(actions.cancel(appointment=visit, reason=reason, by=by))

    def _move(self, visit: Appointment, *, by: Actor, after: date | None = None) -> bool:
        """Move to the soonest time, at another day than its own. False: there is none."""
        own_day = visit.local_start.date()
        for slot in availability.read_horizon(visit_type=self.visit_type, ignoring=visit).slots():
            if slot.local_start.date() in (own_day, after):
                continue
            moved = actions.move(
                appointment=visit,
                practitioner=slot.practitioner,
                location=slot.location,
                start=slot.start,
                by=by,
            )
            self.judge.expect(moved)
            return True
        return False

    def _answer_offers(self) -> None:
        offers = WaitlistOffer.objects.standing().select_related("hold", "entry").order_by("pk")
        for offer in offers:
            person = self.people[offer.entry.patient_id]
            if not person.throws(ANSWERS):
                continue
            try:
                if person.throws(ACCEPTS):
                    self.judge.expect(actions.accept_offer(offer=offer, by=Actor.patient()))
                else:
                    actions.pass_offer(offer=offer)
            except BookingError:
                # Too late: their minutes were over, and the time has gone on.
                continue

    # --- The desk ------------------------------------------------------------------

    def _stay_home(self, person: Practitioner, day: date) -> None:
        """A clinician is ill: the plan for the day is sent at once; each patient answers, or is called."""
        desk = Actor.staff(None)
        ill = BlockedTime(kind="closed", first_day=day, last_day=day, note="Ill")
        absence = away.plan_absence(practitioner=person, time=ill, by=desk)
        away.find_proposals(absence=absence, by=desk)
        away.send(absence=absence)
        for row in away.list_rows(Rearrangement.objects.asked().filter(absence=absence)):
            visit = row.appointment
            if row.held is not None and self.people[visit.patient_id or 0].throws(TAKES_PROPOSAL):
                self.judge.expect(actions.accept_proposal(rearrangement=row, by=Actor.patient()))
            elif not self._move(visit, by=desk, after=day):
                reason = CancellationReason.PRACTICE
                self.judge.expect(actions.cancel(appointment=visit, reason=reason, by=desk))

    def _end(self, day: date, *, ill: list[Practitioner]) -> None:
        """Those who came were seen; the others are noted. What the chairs were used for is counted."""
        minutes = sum((ends.hour - starts.hour) * 60 for starts, ends in HOURS)
        self.outcome.open_minutes += minutes * (len(self.practitioners) - len(ill))
        midnight = datetime.combine(day, time(), ZONE).astimezone(UTC)
        visits = Appointment.objects.with_parts().filter(
            status=Status.BOOKED, start__gte=midnight, start__lt=midnight + timedelta(days=1)
        )
        for visit in visits.order_by("patient"):
            if self.people[visit.patient_id or 0].throws(STAYS_AWAY):
                self.judge.expect(actions.mark_noshow(appointment=visit, by=Actor.staff(None)))
                continue
            arrived = actions.arrive(appointment=visit, by=Actor.staff(None))
            seen = actions.check_in(appointment=arrived, by=Actor.staff(None))
            self.judge.expect(actions.fulfil(appointment=seen, by=Actor.staff(None)))
            self.outcome.visits += 1
            self.outcome.used_minutes += LENGTH

    def sum_up(self) -> Outcome:
        made = WaitlistOffer.objects.all()
        self.outcome.offers = made.count()
        self.outcome.accepted = made.filter(status=WaitlistOffer.Status.ACCEPTED).count()
        self.outcome.passed = made.filter(status=WaitlistOffer.Status.PASSED).count()
        self.outcome.expired = made.filter(status=WaitlistOffer.Status.EXPIRED).count()
        return self.outcome
