"""The second step of signing in: a session that has not taken it is nobody's.

A passkey is both steps at once: the device asks for a finger, a face or a PIN.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import urlencode

from staff.models import UsedCode

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
PASSED = "staff_second_factor"
OWN = ("/staff/", "/admin/", "/inbox/")
# What somebody needs to set up a second step, or to leave.
ALLOWED = {
    "staff:second-step",
    "staff:stay",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_logout",
    "account_reauthenticate",
    "admin:logout",
    "admin:jsi18n",
}


def require_second_factor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Middleware. Whoever has signed in by one step alone is led to the second, and is nobody elsewhere."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not settings.STAFF_SECOND_FACTOR or not request.user.is_authenticated or has_passed(request):
            return get_response(request)
        path = request.path_info
        if is_set_up(request.user):
            # Signed in by a way that knows no second step: from the start, please.
            request.user = AnonymousUser()
        elif path.startswith(OWN) and _name(path) not in ALLOWED:
            there = request.get_full_path() if request.method == "GET" else reverse("admin:index")
            return HttpResponseRedirect(f"{reverse('staff:second-step')}?{urlencode({'next': there})}")
        elif _name(path) not in ALLOWED:
            request.user = AnonymousUser()
        return get_response(request)

    return middleware


def has_passed(request: HttpRequest) -> bool:
    """Whether this session has taken the second step, or has just set it up."""
    if request.session.get(PASSED) == request.user.pk:
        return True
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def is_set_up(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def has_other_factor(authenticator: Authenticator) -> bool:
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS)
    return others.exclude(pk=authenticator.pk).exists()


def spend_code(user: User, *, secret: str, code: str) -> bool:
    """Use up the half minute of an app's code and all before it. False: it was used already.

    One conditional UPDATE: of two that come at once, one is refused.
    """
    steps = [step for step in yield_hotp_counters_from_time() if _matches(secret, step, code)]
    if not steps:
        return False
    UsedCode.objects.get_or_create(user=user)
    newest = max(steps)
    return bool(UsedCode.objects.filter(user=user, step__lt=newest).update(step=newest))


def connect() -> None:
    authenticator_added.connect(_note_set_up, dispatch_uid="staff.second_factor")


def _note_set_up(*, request: HttpRequest, user: Any, authenticator: Authenticator, **_more: Any) -> None:
    if authenticator.type in FACTORS:
        request.session[PASSED] = user.pk


def _matches(secret: str, step: int, code: str) -> bool:
    return format_hotp_value(hotp_value(secret, step)) == "".join(code.split())


def _name(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""
