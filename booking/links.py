"""Manage links: the secret address under which a patient reaches one visit without an account."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment, ManageLink

# After the visit a link still says what happened, for a day; then it is unknown.
LIFE_AFTER_VISIT = timedelta(hours=24)

# Stands where a token would, in a mail that is only looked at. No token is so short.
PLACEHOLDER = "the-patients-own-link"

# Bound to its purpose: the same text hashed for anything else is not a manage link.
_PURPOSE = "manage-visit:"


def hash_token(token: str) -> str:
    return hashlib.sha256(f"{_PURPOSE}{token}".encode()).hexdigest()


def issue(appointment: Appointment) -> str:
    """Make one more link for the visit and return its token. Only a hash is kept."""
    token = secrets.token_urlsafe(32)
    ManageLink.objects.create(appointment=appointment, token_hash=hash_token(token))
    return token


def find(token: str) -> Appointment | None:
    """Return the visit behind a token; None for wrong, revoked and expired alike."""
    return (
        Appointment.objects.with_parts()
        .filter(
            manage_links__token_hash=hash_token(token),
            manage_links__revoked_at__isnull=True,
            end__gt=timezone.now() - LIFE_AFTER_VISIT,
        )
        .first()
    )


def revoke_all(appointment: Appointment) -> None:
    """End every link of the visit, as a move does."""
    appointment.manage_links.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())


def make_url(token: str) -> str:
    """Return the absolute address of the manage page."""
    return settings.PUBLIC_URL + reverse("visits:visit", args=[token])
