"""Everything that is kept of one patient, in one file that they can read and a program too."""

from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone
from phonenumber_field.phonenumber import PhoneNumber

from audit.models import Entry
from audit.writes import describe
from booking.models import Patient
from booking.privacy.inventory import DECISIONS, find_related, list_records, list_rows
from booking.scope import CLINICAL_FIELDS

LEFT_OUT = "What the patient said about their health, which is for those who may read answers"


def export_patient(*, patient: Patient, with_answers: bool) -> dict[str, Any]:
    """Return all of a patient, ready for JSON, and record that it was given out.

    Names of fields and choices are those that staff see. Without `with_answers` what tells of health
    is left out, and the file says so.
    """
    records = list_records(patient)
    told = {
        str(apps.get_model(label)._meta.verbose_name_plural).capitalize(): [
            _tell_row(row, inner=decision.inner, with_answers=with_answers)
            for row in list_rows(label, records).order_by("pk")
        ]
        for label, decision in reversed(DECISIONS.items())
        if decision.is_exported
    }
    Entry.objects.create(
        action=Entry.Action.ACCESS,
        kind=Entry.Kind.EXPORTED,
        page="patient-export",
        detail="whole record" if with_answers else "record without answers",
        **describe(patient),
    )
    about = {
        "practice": settings.CLINIC["name"],
        "record": patient.pk,
        "exported_at": timezone.now().isoformat(timespec="seconds"),
        "left_out": [] if with_answers else [LEFT_OUT],
    }
    return {"about": about, "records": told}


def _tell_row(row: models.Model, *, inner: frozenset[str], with_answers: bool) -> dict[str, Any]:
    fields = [*row._meta.concrete_fields, *row._meta.many_to_many]
    return {
        _name(one): _tell(row, one)
        for one in fields
        if one.name not in inner
        and (with_answers or f"{row._meta.label_lower}.{one.name}" not in CLINICAL_FIELDS)
    }


def _name(one: "models.Field[Any, Any]") -> str:
    return "Number" if one.primary_key else str(one.verbose_name).capitalize()


def _tell(row: models.Model, one: "models.Field[Any, Any]") -> Any:
    if isinstance(one, models.ManyToManyField):
        return sorted(str(other) for other in getattr(row, one.name).all())
    if isinstance(one, models.ForeignKey):
        # A record of the same file by its number, whatever else by its name.
        number = getattr(row, one.attname)
        if number is None or one.related_model in find_related():
            return number
        return str(getattr(row, one.name))
    value = getattr(row, one.name)
    if one.choices and value not in (None, ""):
        return str(getattr(row, f"get_{one.name}_display")())
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, PhoneNumber) else value
