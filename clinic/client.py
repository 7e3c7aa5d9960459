"""Who is asking: the client's address, as far as it can be trusted."""

import hashlib
import hmac

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address.

    X-Forwarded-For is read only from the right, by the number of proxies that are ours
    (TRUSTED_PROXIES): everything further left was written by the client.
    """
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= proxies:
            return hops[-proxies]
    return request.META.get("REMOTE_ADDR", "")


def client_key(request: HttpRequest) -> str:
    """Return a keyed hash of the address, fit to be stored: 64 hex characters."""
    return hmac.new(
        settings.SECRET_KEY.encode(), b"client-address:" + client_address(request).encode(), hashlib.sha256
    ).hexdigest()
