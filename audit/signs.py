"""Sign-ins, sign-outs and sign-ins that failed, by the password or by the code."""

from typing import Any

from allauth.mfa.signals import authentication_failed
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest

from audit.current import read_address
from audit.models import Entry
from audit.writes import describe


@receiver(user_logged_in, dispatch_uid="audit.signed_in")
def record_sign_in(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    _write(request, user, kind=Entry.Kind.SIGNED_IN)


@receiver(user_logged_out, dispatch_uid="audit.signed_out")
def record_sign_out(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    if user is not None:
        _write(request, user, kind=Entry.Kind.SIGNED_OUT)


@receiver(user_login_failed, dispatch_uid="audit.sign_in_failed")
def record_failure(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Keep whose account it was, where it is one. What was typed is not kept: it may be a password."""
    users = get_user_model()._default_manager
    typed = str(credentials.get("username") or credentials.get("email") or "")[:254]
    named = Q(username=typed) | Q(email__iexact=typed)
    user = users.filter(named).order_by("pk").first() if typed else None
    # Nobody has shown yet who they are.
    _write(request, user, kind=Entry.Kind.SIGN_IN_FAILED, actor=None, actor_kind=Entry.ActorKind.VISITOR)


@receiver(authentication_failed, dispatch_uid="audit.second_step_failed")
def record_wrong_code(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """A wrong code, or one that was used already: whoever typed it knows the password."""
    _write(request, user, kind=Entry.Kind.SIGN_IN_FAILED, actor=None, actor_kind=Entry.ActorKind.VISITOR)


def _write(request: HttpRequest | None, user: Any, *, kind: str, **by: Any) -> None:
    by = by or {"actor": user}
    about = describe(user) if user is not None else {}
    Entry.objects.create(
        kind=kind, action=Entry.Action.ACCESS, remote_addr=read_address(request), **about, **by
    )
