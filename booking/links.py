"""Links in mails: the secret addresses of a visit and of a wish, and the one that only stops reminders."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from booking.availability import recall_set_up
from booking.models import Appointment, ManageLink, StopLink, WaitlistEntry, WishLink

# After the visit a link still says what happened, for a day; then it is unknown.
LIFE_AFTER_VISIT = timedelta(hours=24)

# Stands where a token would, in a mail that is only looked at. No token is so short.
PLACEHOLDER = "the-patients-own-link"

# Bound to its purpose: the same text hashed for anything else is not a manage link.
_PURPOSE = "manage-visit:"
_STOP_PURPOSE = "stop-reminders:"
_WISH_PURPOSE = "waitlist-wish:"


def hash_token(token: str, *, purpose: str = _PURPOSE) -> str:
    return hashlib.sha256(f"{purpose}{token}".encode()).hexdigest()


def issue(appointment: Appointment) -> str:
    """Make one more link for the visit and return its token. Only a hash is kept."""
    token = secrets.token_urlsafe(32)
    ManageLink.objects.create(appointment=appointment, token_hash=hash_token(token))
    return token


def find(token: str) -> Appointment | None:
    """Return the visit behind a token; None for wrong, revoked and expired alike."""
    link = ManageLink.objects.filter(token_hash=hash_token(token), revoked_at__isnull=True)
    return _find_living(link.values_list("appointment", flat=True).first())


def _find_living(pk: int | None) -> Appointment | None:
    """Return the visit with its parts, unless its links have ended.

    By its key, and with what is known of the set-up: a join of eight takes PostgreSQL long to plan.
    """
    if pk is None:
        return None
    living = Appointment.objects.filter(pk=pk, end__gt=timezone.now() - LIFE_AFTER_VISIT)
    visit = living.select_related("room", "patient", "related_person").first()
    if visit is not None:
        recall_set_up(first_day=timezone.localdate()).fill_in(visit)
    return visit


def revoke_all(appointment: Appointment) -> None:
    """End every link of the visit, as a move does."""
    appointment.manage_links.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())


def make_url(token: str, *, language: str) -> str:
    """Return the absolute address of the manage page in `language`, a code of settings.LANGUAGES."""
    with translation.override(language):
        return settings.PUBLIC_URL + reverse("visits:visit", args=[token])


def issue_stop(appointment: Appointment) -> str:
    """Make a link that stops the reminders of the visit's contact, and return its token.

    A move does not end it: whoever finds an old reminder may stop the next ones all the same.
    """
    token = secrets.token_urlsafe(32)
    token_hash = hash_token(token, purpose=_STOP_PURPOSE)
    StopLink.objects.create(appointment=appointment, token_hash=token_hash)
    return token


def find_to_stop(token: str) -> Appointment | None:
    """Return the visit whose contact may stop reminders by this token; None for wrong and expired alike."""
    link = StopLink.objects.filter(token_hash=hash_token(token, purpose=_STOP_PURPOSE))
    return _find_living(link.values_list("appointment", flat=True).first())


def make_stop_url(token: str, *, language: str) -> str:
    """Return the absolute address that stops reminders, also by a POST of a mail program (RFC 8058)."""
    with translation.override(language):
        return settings.PUBLIC_URL + reverse("visits:stop-reminders", args=[token])


def issue_wish(entry: WaitlistEntry) -> str:
    """Make one more link for the wish and return its token."""
    token = secrets.token_urlsafe(32)
    WishLink.objects.create(entry=entry, token_hash=hash_token(token, purpose=_WISH_PURPOSE))
    return token


def find_wish(token: str) -> WaitlistEntry | None:
    """Return the wish behind a token; None for wrong and expired alike.

    It lives until the day after the wish's last one.
    """
    return (
        WaitlistEntry.objects.with_parts()
        .filter(
            links__token_hash=hash_token(token, purpose=_WISH_PURPOSE),
            until__gte=timezone.localdate() - timedelta(days=1),
        )
        .first()
    )


def make_wish_url(token: str, *, language: str) -> str:
    """Return the absolute address of the wish's page."""
    with translation.override(language):
        return settings.PUBLIC_URL + reverse("visits:wish", args=[token])
