"""How often somebody may try to sign in. Why these numbers, and why three keys: docs/adr/0018.

Each try is written down before it is judged, so that tries of the same moment, in whatever process,
count each other. Those that turn out right, and those that are refused, are taken back.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from clinic.client import client_address, find_network
from staff.models import SignInTry

WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)
# Wrong passwords for one account from one network, or from one known device.
PER_ACCOUNT_HERE = 10
# For all accounts from one network: a practice behind one address mistypes less.
PER_NETWORK = 40
# For one account from everywhere but its known devices.
PER_ACCOUNT = 60
CODES = 10
CODES_A_DAY = 50
RESETS_PER_NETWORK = 10

# Not __Host-, which would have every page of the site carry it.
DEVICE_COOKIE = "__Secure-staff_device" if settings.SESSION_COOKIE_SECURE else "staff_device"
DEVICE_LIFE = timedelta(days=180)
DEVICE_SALT = "staff.device"


@dataclass(frozen=True)
class Limit:
    kind: str
    value: str
    most: int
    window: timedelta = WINDOW

    @property
    def key(self) -> str:
        return hmac.new(
            settings.SECRET_KEY.encode(), f"{self.kind}:{self.value}".encode(), hashlib.sha256
        ).hexdigest()


class TooManyTries(ValidationError):
    def __init__(self) -> None:
        super().__init__(
            _("There were too many wrong tries. Wait 15 minutes and try again, or use your passkey."),
            code="too_many_tries",
        )


class Tries:
    """The tries that one request has written down."""

    def __init__(self, keys: list[int]) -> None:
        self.keys = keys

    def take_back(self) -> None:
        SignInTry.objects.filter(pk__in=self.keys).delete()


def count(limits: list[Limit]) -> Tries:
    """Write a try down under each limit. Raises TooManyTries where one of them is used up."""
    now = timezone.now()
    rows = [SignInTry.objects.create(kind=limit.kind, key=limit.key, at=now) for limit in limits]
    tries = Tries([row.pk for row in rows])
    for limit in limits:
        counted = SignInTry.objects.filter(kind=limit.kind, key=limit.key, at__gt=now - limit.window)
        if counted.count() > limit.most:
            tries.take_back()
            raise TooManyTries
    return tries


def count_password(request: HttpRequest, *, account: str) -> Tries:
    """Count a password for an account, whether or not there is such an account. Raises TooManyTries."""
    network = find_network(client_address(request))
    device = read_device(request, account=account)
    limits = [Limit("network", network, PER_NETWORK)]
    if device:
        limits.append(Limit("device", f"{account} {device}", PER_ACCOUNT_HERE))
    else:
        limits.append(Limit("here", f"{account} {network}", PER_ACCOUNT_HERE))
        limits.append(Limit("account", account, PER_ACCOUNT))
    return count(limits)


def count_code(user_pk: int) -> Tries:
    """Count a code of an app or a recovery code; who gets here knows the password. Raises TooManyTries."""
    return count([Limit("code", str(user_pk), CODES), Limit("code-day", str(user_pk), CODES_A_DAY, DAY)])


def count_reset(request: HttpRequest) -> Tries:
    """Count a wish for a new password. Raises TooManyTries."""
    return count([Limit("reset", find_network(client_address(request)), RESETS_PER_NETWORK)])


def remember_device(response: HttpResponse, *, account: str) -> None:
    """Let the browser say later that somebody has signed in to this account here before."""
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps([account, get_random_string(22)], salt=DEVICE_SALT),
        max_age=DEVICE_LIFE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
        path="/staff/",
    )


def read_device(request: HttpRequest, *, account: str) -> str:
    """Return the name of a device that has signed in to the account before, or nothing."""
    try:
        whose, device = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_LIFE
        )
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if whose == account else ""


def purge_tries() -> int:
    """Delete the tries that no window reaches any more. Returns how many."""
    deleted, _rows = SignInTry.objects.filter(at__lte=timezone.now() - DAY).delete()
    return deleted
