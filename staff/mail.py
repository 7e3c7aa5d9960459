"""The mails about accounts. Each makes its link when it leaves: no row and no task holds a secret."""

from collections.abc import Sequence

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from outbox import queue
from outbox.models import OutboxMessage
from outbox.registry import Superseded, is_preview
from staff import inviting
from staff.models import Invitation

PASSWORD_LINK = "staff.password_link"
# The subject of a wish for an address that nobody has: the same work, and nothing leaves.
NOBODY = 0


def queue_password_link(users: Sequence[User]) -> None:
    """Send each a link to choose a new password, at most one a minute. For nobody, do the same work."""
    minute = int(timezone.now().timestamp()) // 60
    for key in [user.pk for user in users] or [NOBODY]:
        with transaction.atomic():
            queue.enqueue(kind=PASSWORD_LINK, subject_id=key, version=minute, recipient="staff")


def compose_password_link(message: OutboxMessage) -> EmailMessage:
    user = User.objects.filter(pk=message.subject_id, is_active=True).exclude(email="").first()
    if user is None or not user.has_usable_password():
        raise Superseded
    token = inviting.PLACEHOLDER if is_preview() else default_token_generator.make_token(user)
    path = reverse(
        "account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": token}
    )
    return _write("password_link", user=user, url=settings.PUBLIC_URL + path)


def compose_invited(message: OutboxMessage) -> EmailMessage:
    open_ones = Invitation.objects.open().select_related("user")
    invitation = open_ones.filter(pk=message.subject_id, version=message.version).first()
    if invitation is None:
        raise Superseded
    try:
        url = inviting.make_url(inviting.PLACEHOLDER) if is_preview() else inviting.issue_link(invitation)
    except inviting.InvitationOver:
        raise Superseded from None
    return _write("invited", user=invitation.user, url=url)


KINDS = {PASSWORD_LINK: compose_password_link, inviting.INVITED: compose_invited}


def _write(template: str, *, user: User, url: str) -> EmailMessage:
    """A plain letter: staff get few, and know the practice."""
    values = {"name": user.get_short_name() or user.get_username(), "url": url, "clinic": settings.CLINIC}
    return EmailMessage(
        subject=" ".join(render_to_string(f"emails/staff/{template}_subject.txt", values).split()),
        body=render_to_string(f"emails/staff/{template}.txt", values).strip() + "\n",
        to=[user.email],
        reply_to=[settings.CLINIC["email"]],
    )
