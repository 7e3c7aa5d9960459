"""Everything that is of a patient, found in the models, and what was decided about it.

A model that points at a patient, straight or over others, and stands in no decision fails a test. A new
field of a model that stands here goes out with an export and goes with an erasure by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet

from booking.models import Patient

PROJECT = ("audit", "booking", "clinic", "education", "outbox", "staff")


@dataclass(frozen=True)
class Decision:
    """What becomes of the rows of one model. `inner` tells the patient nothing: hashes and keys of ours."""

    is_erased: bool
    is_exported: bool
    why: str
    inner: frozenset[str] = frozenset()


def _of_patient(*inner: str) -> Decision:
    return Decision(is_erased=True, is_exported=True, why="It is theirs.", inner=frozenset(inner))


def _key_of_ours(why: str) -> Decision:
    return Decision(is_erased=True, is_exported=False, why=why)


def _kept(why: str) -> Decision:
    return Decision(is_erased=False, is_exported=False, why=why)


# In the order in which rows can go: what points before what is pointed at.
DECISIONS: dict[str, Decision] = {
    "booking.WishLink": _key_of_ours("The hash of a secret that was mailed."),
    "booking.WaitlistOffer": _of_patient("hold", "offered_by"),
    "booking.WaitlistEntry": _of_patient(),
    "booking.ManageLink": _key_of_ours("The hash of a secret that was mailed."),
    "booking.StopLink": _key_of_ours("The hash of a secret that was mailed."),
    "booking.IntakeAnswer": _of_patient("question", "position"),
    "booking.AppointmentEvent": _of_patient("actor", "details"),
    "booking.Rearrangement": _of_patient("absence", "hold", "version"),
    "booking.Appointment": _of_patient("uid", "holder", "holder_address", "hold_expires_at"),
    "booking.RelatedPerson": _of_patient(),
    "booking.PatientMerge": _of_patient("by", "moved"),
    "booking.Patient": _of_patient(),
    "audit.Entry": _kept("Numbers and names of fields alone; the record of who did what outlives the data."),
    "audit.Shown": _kept("A number alone, of whom a list showed."),
    "audit.BreakGlass": _kept("Who looked against the rule, and why; nothing about health stands in it."),
    "outbox.OutboxMessage": _of_patient(
        "message_id", "tracking_id", "lease_until", "last_error", "subject_id"
    ),
}


def find_related() -> dict[type[models.Model], str]:
    """Return each model of the project from which foreign keys lead to a patient, with the way: a lookup.

    Where there are several, the one with the fewest links that may be empty: an offer is its wish's, whether
    or not its held time is still there.
    """
    found: dict[type[models.Model], str] = {}
    tie = count()
    waiting: list[tuple[int, int, int, type[models.Model], str]] = [(0, 0, next(tie), Patient, "")]
    while waiting:
        loose, length, _, target, way = heappop(waiting)
        if target in found:
            continue
        found[target] = way
        for relation in target._meta.related_objects:
            model = relation.related_model
            # The table between two sides goes with either.
            if relation.many_to_many or model._meta.auto_created or model._meta.app_label not in PROJECT:
                continue
            further = "__".join(filter(None, (relation.field.name, way)))
            step = (loose + relation.field.null, length + 1, next(tie))
            heappush(waiting, (*step, model, further))
    return found


def find_numbered() -> Iterator[type[models.Model]]:
    """Yield each model that names a patient or whatever mail is about by number, without a foreign key."""
    for model in apps.get_models():
        if model._meta.app_label in PROJECT and not model._meta.auto_created:
            plain = {one.name for one in model._meta.concrete_fields if not one.is_relation}
            if plain & {"patient_id", "subject_id"}:
                yield model


def find_undecided() -> set[str]:
    """Return the names of models of a patient of which nobody has said what becomes of them."""
    return {model._meta.label for model in (*find_related(), *find_numbered())} - set(DECISIONS)


def list_records(patient: Patient) -> list[int]:
    """Return the numbers of a patient's records: this one, and those that were merged into it."""
    keys = [patient.pk]
    while more := set(Patient.objects.filter(merged_into__in=keys).values_list("pk", flat=True)) - set(keys):
        keys += sorted(more)
    return keys


def list_rows(label: str, records: Iterable[int]) -> "QuerySet[models.Model]":
    """Return the rows of one model that are of these records of a patient."""
    model = apps.get_model(label)
    records = list(records)
    if label == "outbox.OutboxMessage":
        return _list_messages(records)
    if label == "booking.PatientMerge":
        return model._default_manager.filter(Q(kept__in=records) | Q(merged__in=records))
    way = find_related()[model]
    return model._default_manager.filter(**{f"{way}__in" if way else "pk__in": records})


def _list_messages(records: list[int]) -> "QuerySet[models.Model]":
    """Mail names its subject by number; its kind says what that is."""
    from booking.mail import messages, offers, together

    visits = list_rows("booking.Appointment", records).values("pk")
    wishes = list_rows("booking.WaitlistEntry", records).values("pk")
    model = apps.get_model("outbox.OutboxMessage")
    return model._default_manager.filter(
        Q(kind__in=list(messages.KINDS), subject_id__in=visits)
        | Q(
            kind__in=list(together.KINDS),
            subject_id__in=list_rows("booking.Appointment", records).values("group"),
        )
        | Q(kind__in=list(offers.KINDS), subject_id__in=wishes)
    )
