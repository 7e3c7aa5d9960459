"""Open a patient anyway: for a while, with a reason, in the open."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from audit.current import find_user, read_address
from audit.models import BreakGlass, Entry
from audit.writes import describe

PERMISSION = "audit.break_glass"
LASTS = timedelta(minutes=60)


def list_open(user: Any) -> "QuerySet[Any]":
    """The same as `open_for`, as the inside of another query: `patient_id__in=list_open(user)`."""
    opened = BreakGlass.objects.filter(user_id=user.pk, expires_at__gt=timezone.now())
    return opened.order_by().values("patient_id")


def open_for(user: Any) -> set[int]:
    """Return the numbers of the patients whom the user has opened and may still see. One query."""
    return set(list_open(user).values_list("patient_id", flat=True))


def open_patient(request: HttpRequest, *, patient_id: int, reason: str) -> BreakGlass:
    """Let whoever asks see one patient for LASTS from now, and record it."""
    now = timezone.now()
    user = find_user(request)
    with transaction.atomic():
        opened: BreakGlass = BreakGlass.objects.create(
            user=user,
            patient_id=patient_id,
            reason=reason,
            granted_at=now,
            expires_at=now + LASTS,
        )
        Entry.objects.create(
            action=Entry.Action.ACCESS,
            kind=Entry.Kind.BROKE_GLASS,
            actor=user,
            remote_addr=read_address(request),
            **{**describe(opened), "patient_id": patient_id},
        )
    return opened
