"""An entry in words: what happened to what, and where it was seen."""

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.models import Entry
from audit.writes import name_detail

# Where staff see patients, by the names of the addresses. One that is missing is told by its name.
PAGES = {
    "admin:audit_entry_change": gettext_lazy("audit trail"),
    "admin:audit_entry_changelist": gettext_lazy("audit trail"),
    "admin:audit_entry_export": gettext_lazy("audit trail"),
    "admin:autocomplete": gettext_lazy("picker"),
    "admin:booking_appointment_change": gettext_lazy("record of a visit"),
    "admin:booking_appointment_changelist": gettext_lazy("list of visits"),
    "admin:booking_appointment_history": gettext_lazy("change history of a visit"),
    "admin:booking_patient_change": gettext_lazy("record of a patient"),
    "admin:booking_patient_changelist": gettext_lazy("list of patients"),
    "admin:booking_patient_history": gettext_lazy("change history of a patient"),
    "admin:booking_patient_merge": gettext_lazy("two patients compared"),
    "admin:booking_waitlistentry_change": gettext_lazy("waitlist entry"),
    "admin:booking_waitlistentry_changelist": gettext_lazy("waitlist"),
    "admin:outbox_outboxmessage_preview": gettext_lazy("email as it leaves"),
    "desk:book": gettext_lazy("desk, booking"),
    "desk:cancel": gettext_lazy("desk, cancelling"),
    "desk:caught": gettext_lazy("desk, visits in closed time"),
    "desk:confirmation": gettext_lazy("printed confirmation"),
    "desk:day": gettext_lazy("desk, day"),
    "desk:find": gettext_lazy("desk, search"),
    "desk:move": gettext_lazy("desk, moving"),
    "desk:print": gettext_lazy("printed list"),
    "desk:visit": gettext_lazy("desk, visit"),
}


def name_page(entry: Entry) -> str:
    return str(PAGES.get(entry.page, entry.page))


def name_actor(entry: Entry) -> str:
    """Return who it was: a member of staff by name, or what else acts here."""
    if entry.actor is not None:
        return entry.actor.get_full_name() or entry.actor.get_username()
    if entry.kind == Entry.Kind.SIGN_IN_FAILED:
        return _("Unknown")
    return str(entry.get_actor_kind_display())


def name_record(entry: Entry) -> str:
    """Return what it is about: “appointment K7M-4RT”, “patient 12”."""
    if entry.content_type is None:
        return ""
    kind = _name_kind(entry.content_type)
    return f"{kind} {entry.object_repr or entry.object_pk}".strip()


def spell_fields(entry: Entry) -> str:
    """Return the names of the fields that a change touched, with the values that the trail keeps."""
    if entry.kind != Entry.Kind.CHANGED or not isinstance(entry.changes, dict):
        return ""
    return ", ".join(_spell_field(entry, name, change) for name, change in sorted(entry.changes.items()))


def spell_detail(entry: Entry, *, shown: int) -> str:
    """Return what else there is to say: fields, the step, the day, how many patients."""
    patients = ngettext("%(count)d patient", "%(count)d patients", shown) % {"count": shown}
    if entry.kind == Entry.Kind.SEARCHED:
        found = _("%(found)s found") % {"found": entry.detail}
        return f"{found}, {patients}" if shown else found
    parts = [spell_fields(entry), name_detail(entry), patients if shown else ""]
    return ", ".join(filter(None, parts))


def _name_kind(content_type: ContentType) -> str:
    model = content_type.model_class()
    return str(model._meta.verbose_name) if model is not None else content_type.model


def _spell_field(entry: Entry, name: str, change: object) -> str:
    model = entry.content_type.model_class() if entry.content_type is not None else None
    try:
        field = model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        field = None
    label = str(getattr(field, "verbose_name", name))
    if isinstance(change, dict):
        count = len(change.get("objects", []))
        return f"{label} ({'+' if change.get('operation') == 'add' else '−'}{count})"
    if isinstance(change, list) and any(change):
        before, after = ("–" if value in ("", "None") else value for value in change)
        return f"{label} ({before} → {after})"
    return label
