"""Whoever asks a peer: a browser that goes nowhere but to this machine.

Load on somebody's server is not ours to make, so neither an address nor a redirect leads elsewhere.
"""

import json
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import BaseHandler, HTTPCookieProcessor, ProxyHandler, Request, build_opener

from faults.patient import Browser


def is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class OnlyLoopback(BaseHandler):
    """Sees every request before it leaves, those that a redirect asks for included."""

    def http_request(self, request: Request) -> Request:
        if not is_loopback(request.full_url):
            raise RuntimeError(f"The peer leads to {request.full_url}, which is not on this machine.")
        return request

    https_request = http_request


class Visitor(Browser):
    def __init__(self, *, site: str) -> None:
        super().__init__(site=site)
        # Without the proxy of the environment, which may be on another machine.
        self.opener = build_opener(HTTPCookieProcessor(self.cookies), ProxyHandler({}), OnlyLoopback())
        # As jQuery marks what a script asks for. No page answers otherwise because of it.
        self.opener.addheaders = [("X-Requested-With", "XMLHttpRequest")]

    def open_page(self, path: str) -> str:
        """Raises RuntimeError where no page comes."""
        answer = self.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{self.site}{path} answers {answer.status}.")
        return answer.page

    def ask_json(self, path: str, fields: dict[str, Any], *, by_post: bool = False) -> Any:
        """Ask as a page's script does. Raises RuntimeError where the answer is no JSON."""
        words, hidden = urlencode(fields), self.hidden
        answer = self.ask(path, words.encode()) if by_post else self.ask(f"{path}?{words}", None)
        self.hidden = hidden  # the page with the form is still open
        try:
            return json.loads(answer.page)
        except ValueError:
            raise RuntimeError(f"{self.site}{path} answers {answer.status}, and no JSON.") from None
