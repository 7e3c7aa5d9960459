"""Whether the links of a text that lead outside still answer.

An editor could name any address, so the server must not become a way into the house: https on its
usual port only, and no address but a public one. The name is resolved here, each of its addresses is
judged, and the connection goes to the one that was judged: a name server that answers differently the
next time gains nothing. Each redirect is judged anew. Nothing is sent but the request line and four
headers, and no body is read.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.utils.translation import gettext as _

from education.render import find_links

MOST_LINKS = 20
MOST_REDIRECTS = 3
# Seconds for one connection, and for all links together.
TIMEOUT = 5
DEADLINE = 20
AT_ONCE = 8
HTTPS = 443
# Addresses that carry an IPv4 address, public or not (RFC 6052).
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# Some servers refuse HEAD though the page is there.
ASK_AGAIN = {
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
}
# What stays as it is in a path or query, an escape (%20) too.
SAFE = "/?%:@!$&'()*+,;=~"
MOVED = {301, 302, 303, 307, 308}
HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; link check)", "Accept": "*/*", "Connection": "close"}


class Refused(Exception):
    """The link will not be followed; says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`location` is where a redirect leads, else empty."""

    status: int
    location: str = ""


# A name → its IP addresses; and (method, host, IP address, path) → what the server answers.
Resolve = Callable[[str], list[str]]
Ask = Callable[[str, str, str, str], Answer]


def find_outer_links(body: str) -> list[str]:
    return [link for link in find_links(body) if link.lower().startswith("https://")]


def check_links(links: Sequence[str]) -> list[str]:
    """One sentence for each of the first MOST_LINKS. Takes at most DEADLINE seconds."""
    pool = ThreadPoolExecutor(AT_ONCE)
    asked = {link: pool.submit(check_link, link) for link in links[:MOST_LINKS]}
    done, _late = wait(asked.values(), timeout=DEADLINE)
    pool.shutdown(wait=False, cancel_futures=True)
    return [
        future.result() if future in done else _("%(link)s did not answer in time.") % {"link": link}
        for link, future in asked.items()
    ]


def check_link(link: str, *, resolve: Resolve | None = None, ask: Ask | None = None) -> str:
    """Follow `link` and say in a sentence what came. `resolve` and `ask` are the network."""
    address = link
    try:
        for _step in range(MOST_REDIRECTS + 1):
            answer = _try(address, resolve=resolve or resolve_name, ask=ask or ask_server)
            if answer.status not in MOVED or not answer.location:
                return _tell(link, address=address, status=answer.status)
            address = urljoin(address, answer.location)
    except Refused as refusal:
        return _("%(link)s was not followed: %(reason)s") % {"link": link, "reason": refusal}
    except TimeoutError:
        return _("%(link)s did not answer in time.") % {"link": link}
    except ssl.SSLError:
        return _("%(link)s has no valid certificate.") % {"link": link}
    except (OSError, ValueError, http.client.HTTPException):  # ValueError: a name that can be nobody's
        return _("%(link)s cannot be reached.") % {"link": link}
    return _("%(link)s leads on and on. Open it and link to where it ends.") % {"link": link}


def _tell(link: str, *, address: str, status: int) -> str:
    words = {"link": link, "status": status, "address": address}
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return _("%(link)s is gone (%(status)d).") % words
    if status >= HTTPStatus.BAD_REQUEST:
        return _("%(link)s answers with an error (%(status)d). Open it to see.") % words
    if address != link:
        return _("%(link)s has moved to %(address)s.") % words
    return _("%(link)s is there.") % words


def _try(address: str, *, resolve: Resolve, ask: Ask) -> Answer:
    target = read_address(address)
    host = str(target.hostname)
    found = resolve(host)
    if not found or not all(is_public(one) for one in found):
        raise Refused(_("it does not lead to a public address."))
    path = quote(target.path or "/", safe=SAFE)
    if target.query:
        path += f"?{quote(target.query, safe=SAFE)}"
    answer = ask("HEAD", host, found[0], path)
    return ask("GET", host, found[0], path) if answer.status in ASK_AGAIN else answer


def read_address(address: str) -> SplitResult:
    """Raises Refused for all but https on its usual port, at a name, without a password in it."""
    try:
        target = urlsplit(address)
        port = target.port or HTTPS
        host = target.hostname
    except ValueError as error:
        raise Refused(_("it is not an address.")) from error
    is_plain = host and host.isascii() and ":" not in host and "@" not in target.netloc
    if target.scheme != "https" or port != HTTPS or not is_plain:
        raise Refused(_("only plain https:// addresses are."))
    return target


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet, and to nothing nearer."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and (
        ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local or any(ip in net for net in NAT64)
    ):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def resolve_name(host: str) -> list[str]:
    """All IP addresses of `host`. Raises OSError, or ValueError for what is no name."""
    return [
        str(found[4][0])
        for found in socket.getaddrinfo(host, HTTPS, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    ]


class _Connection(http.client.HTTPSConnection):
    """Goes to the IP address it is given; the certificate must be that of the name."""

    def __init__(self, host: str, *, ip: str) -> None:
        super().__init__(host, timeout=TIMEOUT, context=ssl.create_default_context())
        self._ip = ip

    def connect(self) -> None:
        plain = socket.create_connection((self._ip, HTTPS), timeout=TIMEOUT)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)


def ask_server(method: str, host: str, ip: str, path: str) -> Answer:
    """Raises OSError or HTTPException where nothing sensible comes."""
    connection = _Connection(host, ip=ip)
    try:
        connection.request(method, path, headers=HEADERS)
        response = connection.getresponse()
        return Answer(status=response.status, location=response.getheader("Location", ""))
    finally:
        connection.close()
