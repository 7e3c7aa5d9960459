"""Who is asking: the client's address, as far as it can be trusted."""

import hashlib
import hmac
import ipaddress

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
    """Return a keyed hash of the client's network, fit to be stored: 64 hex characters."""
    network = find_network(client_address(request))
    return hmac.new(
        settings.SECRET_KEY.encode(), f"client-address:{network}".encode(), hashlib.sha256
    ).hexdigest()


def find_network(address: str) -> str:
    """Return what one household or office has: an IPv4 address, or the /64 of an IPv6 address.

    Every host with IPv6 has a /64 to itself: limits by single address would be none.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
