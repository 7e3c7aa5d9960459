"""What must hold at the end of every day, whatever happened in it."""

from collections import Counter

from django.utils import timezone

from booking.models import Appointment, WaitlistEntry, WaitlistOffer
from booking.models.appointment import Status
from booking.tests.races.at_once import count_overlaps
from outbox.models import OutboxMessage, State

# Kinds that tell the time of a visit, and may not do so once it has changed.
ABOUT_A_TIME = ("booking.booked", "booking.moved", "booking.reminder", "booking.cancelled")


class Judge:
    """Remembers what people were told, and compares."""

    def __init__(self) -> None:
        self._expected: dict[int, tuple[str, object]] = {}
        self._seen: set[int] = set()
        self._complaints: list[str] = []

    def expect(self, visit: Appointment) -> None:
        """Somebody was told this of their visit."""
        self._expected[visit.pk] = (visit.status, visit.start)

    def look_at_mail(self) -> int:
        """Look at what has just left, before anything else happens; return how many that were."""
        sent = OutboxMessage.objects.filter(state=State.SENT, sent_at__gte=timezone.now())
        new = [message for message in sent if message.pk not in self._seen]
        self._seen.update(message.pk for message in new)
        visits = Appointment.objects.in_bulk(
            [message.subject_id for message in new if message.kind in ABOUT_A_TIME]
        )
        for message in new:
            if message.kind in ABOUT_A_TIME:
                visit = visits.get(message.subject_id)
                if visit is None or visit.version != message.version:
                    self._complaints.append(f"{message.kind} left for a time that no longer holds")
            elif message.kind == "booking.waitlist_offer":
                hold = Appointment.objects.filter(pk=message.version, status=Status.PENDING)
                if not hold.filter(hold_expires_at__gt=timezone.now()).exists():
                    self._complaints.append("an offer left for a time that is not held")
        return len(new)

    def look(self) -> list[str]:
        """Return what does not hold."""
        complaints, self._complaints = self._complaints, []
        if overlaps := count_overlaps():
            complaints.append(f"{overlaps} overlaps")
        complaints += self._compare_visits()
        complaints += self._look_at_offers()
        waiting = OutboxMessage.objects.filter(state__in=[State.QUEUED, State.SENDING])
        if late := waiting.filter(send_at__lte=timezone.now()).count():
            complaints.append(f"{late} mails are due and have not left")
        if dead := OutboxMessage.objects.filter(state=State.DEAD).count():
            complaints.append(f"{dead} mails failed")
        return complaints

    def _compare_visits(self) -> list[str]:
        there = Appointment.objects.in_bulk(self._expected)
        return [
            f"visit {key} was told to be {expected}, and is not"
            for key, expected in self._expected.items()
            if key not in there or (there[key].status, there[key].start) != expected
        ]

    def _look_at_offers(self) -> list[str]:
        complaints = []
        standing = list(WaitlistOffer.objects.standing().select_related("hold", "entry"))
        times = Counter((offer.practitioner_id, offer.start) for offer in standing)
        complaints += [f"{count} offers of one time" for count in times.values() if count > 1]
        for offer in standing:
            if offer.hold is None or offer.hold.status != Status.PENDING:
                complaints.append("an offer stands without its time")
            if offer.entry.status != WaitlistEntry.Status.WAITING:
                complaints.append("an offer stands to somebody who does not wait")
        return complaints
