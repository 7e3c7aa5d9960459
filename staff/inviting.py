"""Invitations: an account that sleeps until its owner has opened a link and chosen a password."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from outbox import queue
from staff.models import Invitation

LIFE = timedelta(days=3)
INVITED = "staff.invited"
PLACEHOLDER = "link-of-the-mail"


class InvitationOver(Exception):
    """The link is unknown, too old, used or revoked; or the account was set up meanwhile."""


@transaction.atomic
def invite(
    *,
    email: str,
    first_name: str = "",
    last_name: str = "",
    groups: Iterable[Group] = (),
    by: User | None = None,
    is_superuser: bool = False,
    by_mail: bool = True,
) -> Invitation:
    """Make the sleeping account and its invitation, and queue the mail. Raises IntegrityError."""
    user = User(
        username=email,
        email=email,
        first_name=first_name,
        last_name=last_name,
        is_active=False,
        is_staff=True,
        is_superuser=is_superuser,
    )
    user.set_unusable_password()
    user.save()
    user.groups.set(groups)
    invitation = Invitation.objects.create(user=user, invited_by=by, expires_at=timezone.now() + LIFE)
    if by_mail:
        _queue(invitation)
    return invitation


@transaction.atomic
def send_again(invitation: Invitation) -> bool:
    """Mail a new link, for as long again; the old one ends. False: it was accepted meanwhile."""
    renewed = renew(invitation)
    if renewed is not None:
        _queue(renewed)
    return renewed is not None


@transaction.atomic
def renew(invitation: Invitation) -> Invitation | None:
    """Let the invitation run for as long again, without a link so far. None: it was accepted meanwhile."""
    locked = Invitation.objects.select_for_update().filter(pk=invitation.pk, accepted_at__isnull=True).first()
    if locked is None:
        return None
    locked.version += 1
    locked.token_hash = ""
    locked.revoked_at = None
    locked.expires_at = timezone.now() + LIFE
    locked.save()
    return locked


def revoke(invitation: Invitation) -> bool:
    """End the link. False: it was accepted or revoked meanwhile."""
    waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True)
    return bool(waiting.update(revoked_at=timezone.now(), token_hash=""))


def issue_link(invitation: Invitation) -> str:
    """Return a new address for the invitation; one issued before ends. Raises InvitationOver."""
    token = secrets.token_urlsafe(32)
    waiting = Invitation.objects.open().filter(pk=invitation.pk, version=invitation.version)
    if not waiting.update(token_hash=_hash(token)):
        raise InvitationOver
    return make_url(token)


def make_url(token: str) -> str:
    return settings.PUBLIC_URL + reverse("staff:invitation", args=[token])


def find(token: str) -> Invitation:
    """Raises InvitationOver, the same for every reason."""
    found = Invitation.objects.open().select_related("user").filter(token_hash=_hash(token)).first()
    if found is None:
        raise InvitationOver
    return found


@transaction.atomic
def accept(token: str, *, password: str) -> User:
    """Wake the account up. The link ends. Raises InvitationOver."""
    invitation = find(token)
    waiting = Invitation.objects.open().filter(pk=invitation.pk, token_hash=_hash(token))
    if not waiting.update(accepted_at=timezone.now(), token_hash=""):
        raise InvitationOver
    user = invitation.user
    user.set_password(password)
    user.is_active = True
    user.save(update_fields=["password", "is_active"])
    return user


def _queue(invitation: Invitation) -> None:
    queue.enqueue(kind=INVITED, subject_id=invitation.pk, version=invitation.version, recipient="staff")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
