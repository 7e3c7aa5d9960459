"""Which models are recorded when they are written, and what of them.

django-auditlog hears of every save and delete. Of people's data the names of the changed fields are
kept, and no value. Of the practice's set-up numbers, times, choices and links are kept too, and no
text: what somebody may type may be about somebody. `update()` and `bulk_create()` tell nobody:
`update_recorded` and `record_created` stand in for them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db import models

from audit.models import Entry

Name = Callable[[Any], str]
FindPatient = Callable[[Any], int | None]

# Django and we set these ourselves.
NEVER_TOLD = {"id", "last_login", "created_at", "updated_at", "changed_at", "date_joined"}
PLAIN_FIELDS = (
    models.BooleanField,
    models.DateField,
    models.DurationField,
    models.ForeignKey,
    models.IntegerField,
    models.TimeField,
)


@dataclass(frozen=True)
class Audited:
    name: Name | None
    find_patient: FindPatient | None
    details: Mapping[str, Any] = field(default_factory=dict)


_audited: dict[type[models.Model], Audited] = {}


def register(
    model: type[models.Model],
    *,
    find_patient: FindPatient | None = None,
    name: Name | None = None,
    links: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
    is_personal: bool = False,
    by_caller: bool = False,
) -> None:
    """Record what is done to rows of `model`; `by_caller`: somebody calls `record_write` for each.

    `find_patient` gives the number of the patient whom a row is about, and makes it personal: no
    value is kept of those, nor where `is_personal` says so. `name` is what staff know a row by, and
    tells nothing of a person. `links` are many-to-many fields. `details` has words for the details
    that the caller records.
    """
    _audited[model] = Audited(name, find_patient, details or {})
    if by_caller:
        return
    told = [one for one in model._meta.concrete_fields if one.name not in NEVER_TOLD]
    is_personal = is_personal or find_patient is not None
    auditlog.register(
        model,
        include_fields=[one.name for one in told],
        mask_fields=[one.name for one in told if is_personal or not _is_plain(one)],
        mask_callable="audit.writes.hide",
        m2m_fields=set(links),
    )


def _is_plain(one: "models.Field[Any, Any]") -> bool:
    return bool(one.choices) or isinstance(one, PLAIN_FIELDS)


def hide(value: str) -> str:
    """What stands in the place of a value: nothing."""
    return ""


def name_detail(entry: Entry) -> str:
    """Return the words for an entry's detail, or the detail itself."""
    model = entry.content_type.model_class() if entry.content_type is not None else None
    audited = _audited.get(model) if model is not None else None
    return str(audited.details.get(entry.detail, entry.detail)) if audited else entry.detail


def describe(instance: models.Model) -> dict[str, Any]:
    """Return how an entry points at a row."""
    # Not type(): the user of a request is wrapped.
    audited = _audited.get(instance._meta.model, Audited(None, None))
    return {
        "content_type": ContentType.objects.get_for_model(instance),
        "object_pk": str(instance.pk or ""),
        "object_id": instance.pk if isinstance(instance.pk, int) else None,
        "object_repr": audited.name(instance)[:200] if audited.name else "",
        "patient_id": audited.find_patient(instance) if audited.find_patient else None,
    }


def record_write(
    instance: models.Model,
    *,
    action: int = Entry.Action.UPDATE,
    fields: Iterable[str] = (),
    detail: str = "",
    **by: Any,
) -> None:
    """Record what was written past the signals. `by` may give `actor` and `actor_kind`."""
    Entry.objects.log_create(
        instance,
        action=action,
        changes={name: ["", ""] for name in fields},
        force_log=True,
        detail=detail,
        **by,
    )


def update_recorded(rows: "models.QuerySet[Any]", **changes: Any) -> None:
    """Update rows in one go, and record each."""
    changed = list(rows)
    if not changed:
        return
    rows.update(**changes)
    for row in changed:
        record_write(row, fields=changes)


def record_created(rows: Iterable[models.Model]) -> None:
    """Record rows that were made in one go."""
    for row in rows:
        record_write(row, action=Entry.Action.CREATE)
