"""The verdict: what people were told, against what is written, and against the mail that arrived."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parseaddr

from django.db.models import Q
from django.utils import timezone

from booking.availability import Slot
from booking.models import Appointment
from booking.models.appointment import Status
from booking.tests.races.at_once import count_overlaps
from outbox.models import OutboxMessage, State
from storm.journal import Act, Press

# Complaints of one sort that are spelled out; the rest is counted.
SHOWN = 5
MUST_HAPPEN = ("booked", "moved", "cancelled", "arrived")
# What a page may say or fail with while something is down; anything else is an error of ours.
EXCUSED = {
    "ok",
    "refused",
    "503, busy",
    "503, no database",
    "connection refused",
    "connection broken off",
    "timeout",
}


@dataclass
class Verdict:
    visits: int = 0
    """How many there are, cancelled ones included."""
    acknowledged: int = 0
    """How many acts people were told had been done."""
    unknown: int = 0
    """Acts whose answer was lost, and which nobody asked for again."""
    overlaps: int = 0
    missing: list[str] = field(default_factory=list)
    """Visits that are not as somebody was told, or not there."""
    mails: int = 0
    """How many had to arrive."""
    lost: list[str] = field(default_factory=list)
    doubled: int = 0
    may_double: int = 0
    """How many may have been on their way when a process died that could not write down that they left."""
    complaints: list[str] = field(default_factory=list)
    """Whatever else was not as promised."""

    @property
    def is_good(self) -> bool:
        return not (self.overlaps or self.missing or self.lost or self.complaints) and (
            self.doubled <= self.may_double
        )

    def list_broken(self) -> list[str]:
        broken = [f"{self.overlaps} overlaps"] if self.overlaps else []
        for name, found in [("missing", self.missing), ("lost", self.lost), ("", self.complaints)]:
            broken += [f"{name}: {one}" if name else one for one in found[:SHOWN]]
            if len(found) > SHOWN:
                broken.append(f"{name or 'complaints'}: {len(found) - SHOWN} more")
        if self.doubled > self.may_double:
            broken.append(f"{self.doubled} mails came twice, and {self.may_double} may have")
        return broken


def judge(
    *, presses: Iterable[Press], acts: Sequence[Act], mails: Sequence[Message], may_double: int
) -> Verdict:
    """Look at all that is there now. To be called when nothing waits to be sent any more."""
    visits = list(Appointment.objects.with_parts().visits())
    verdict = Verdict(
        visits=len(visits),
        acknowledged=sum(act.outcome == "done" for act in acts),
        unknown=sum(act.outcome == "maybe" for act in acts),
        overlaps=count_overlaps(),
        may_double=may_double,
    )
    compare_visits(verdict, visits=visits, acts=acts)
    look_at_mail(verdict, visits={visit.pk: visit for visit in visits}, mails=mails)
    errors = Counter(press.outcome for press in presses)
    verdict.complaints += [
        f"{count} requests were answered {outcome}"
        for outcome, count in sorted(errors.items())
        if outcome not in EXCUSED
    ]
    return verdict


def list_unseen(acts: Iterable[Act]) -> list[str]:
    """Return what has not happened at all, and of which the storm has shown nothing."""
    happened = {act.kind for act in acts if act.outcome == "done"}
    return [f"nothing was {kind}" for kind in MUST_HAPPEN if kind not in happened]


# --- Visits ------------------------------------------------------------------------


def compare_visits(verdict: Verdict, *, visits: Sequence[Appointment], acts: Sequence[Act]) -> None:
    """Every visit is where the last word about it has it, and there is none that nobody asked for."""
    by_email: dict[str, list[Appointment]] = defaultdict(list)
    for visit in visits:
        by_email[read_email(visit)].append(visit)
    by_reference = {visit.display_reference: visit for visit in visits}
    done_to: dict[str, list[Act]] = defaultdict(list)
    asked_for = {act.email for act in acts if act.kind == "booked"}
    for act in acts:
        if act.outcome == "done" and act.reference not in by_reference:
            verdict.missing.append(f"{act.reference} was {act.kind}, and is not there")
        if act.kind != "booked":
            done_to[act.reference].append(act)
            continue
        found = by_email[act.email]
        if act.outcome == "refused" and found:
            verdict.complaints.append(f"{found[0].display_reference} was refused, and is there")
        if len(found) > 1:
            verdict.complaints.append(f"{act.email} has {len(found)} visits for one booking")
        for visit in found:
            done_to[visit.display_reference].append(act)
    for visit in visits:
        if read_email(visit) not in asked_for:
            verdict.complaints.append(f"{visit.display_reference} is there, and nobody booked it")
    for reference, all_of_it in done_to.items():
        if reference in by_reference:
            verdict.missing += explain(by_reference[reference], acts=all_of_it)


def read_email(visit: Appointment) -> str:
    return visit.contact.email if visit.contact else ""


def explain(visit: Appointment, *, acts: Iterable[Act]) -> list[str]:
    """Return what of the visit no act can have left so."""
    counted = [act for act in acts if act.outcome != "refused"]
    slot = Slot(
        start=visit.start, end=visit.end, practitioner=visit.practitioner, location=visit.location
    ).key
    slots = {act.slot for act in keep_last([act for act in counted if act.slot])}
    statuses = {act.status for act in keep_last([act for act in counted if act.status])}
    unexplained = []
    if slot not in slots:
        unexplained.append(f"{visit.display_reference} is at {slot}, and was told to be at {join(slots)}")
    if visit.status not in statuses:
        unexplained.append(
            f"{visit.display_reference} is {visit.status}, and was told to be {join(statuses)}"
        )
    return unexplained


def keep_last(acts: Sequence[Act]) -> list[Act]:
    """Return the acts of which each may have been the last: none that was done began after they had ended.

    One whose answer was lost may have been done at any time after it was asked for.
    """
    return [act for act in acts if not any(other.began > find_end(act) for other in acts if is_told(other))]


def is_told(act: Act) -> bool:
    return act.outcome == "done"


def find_end(act: Act) -> float:
    return act.ended if is_told(act) else math.inf


def join(words: Iterable[str]) -> str:
    return " or ".join(sorted(words)) or "nowhere"


# --- Mail --------------------------------------------------------------------------


def look_at_mail(verdict: Verdict, *, visits: Mapping[int, Appointment], mails: Sequence[Message]) -> None:
    """Each visit's last word was written, whatever had to leave has left, and whatever left has arrived."""
    arrived = Counter(mail["Message-ID"] for mail in mails)
    addresses = {mail["Message-ID"]: parseaddr(mail["To"])[1] for mail in mails}
    messages = list(OutboxMessage.objects.all())
    written = {
        (message.kind, message.subject_id, message.version): message
        for message in messages
        if message.recipient == "patient"
    }
    now = timezone.now()
    for message in messages:
        if message.state == State.SENT and message.message_id not in arrived:
            verdict.lost.append(f"{message} is said to have left, and has not arrived")
        elif message.state == State.DEAD:
            verdict.lost.append(f"{message} failed: {message.last_error}")
        elif message.state in (State.QUEUED, State.SENDING) and message.send_at <= now:
            verdict.lost.append(f"{message} is due, and has not left")
    for visit in visits.values():
        told = find_last_word(visit, version=visit.version, written=written)
        if told is None:
            verdict.lost.append(f"{visit.display_reference} is {visit.status}, and no mail was written of it")
        elif told.state == State.DROPPED and visit.status in (Status.BOOKED, Status.CANCELLED):
            # Who is here by now needs no mail any more.
            verdict.lost.append(f"{visit.display_reference} is {visit.status}, and its mail was dropped")
        elif told.message_id in arrived and addresses[told.message_id] != read_email(visit):
            verdict.lost.append(f"{told} went to somebody else")
    verdict.mails = sum(message.state != State.DROPPED and message.send_at <= now for message in messages)
    verdict.doubled = sum(copies - 1 for copies in arrived.values())


def find_last_word(
    visit: Appointment, *, version: int, written: Mapping[tuple[str, int, int], OutboxMessage]
) -> OutboxMessage | None:
    """Return the mail that tells how the visit stands. One brought back is booked anew.

    Where the mail of the cancellation had not left, it never does, and the word before it holds.
    """
    if visit.status == Status.CANCELLED:
        kinds = ["booking.cancelled"]
    else:
        kinds = ["booking.moved", "booking.booked"] if version else ["booking.booked"]
    found = (written.get((kind, visit.pk, version)) for kind in kinds)
    told = next((message for message in found if message), None)
    cancelled = written.get(("booking.cancelled", visit.pk, version - 1))
    if told is None and cancelled is not None and cancelled.state == State.DROPPED:
        return find_last_word(visit, version=version - 2, written=written)
    return told


def count_waiting() -> int:
    """How many mails are due, are on their way, or failed once and wait for another try."""
    is_waiting = Q(state=State.QUEUED) & (Q(send_at__lte=timezone.now()) | Q(attempts__gt=0))
    return OutboxMessage.objects.filter(is_waiting | Q(state=State.SENDING)).count()
