"""What browsers say of pages that broke our Content-Security-Policy: a line in the log, and no more.

Anybody can send such a report, and a true one has the page's address in it, with a manage link's secret
in the path. So the log gets the name of the page, the rule, and the origin of what was refused.
"""

import json
import logging
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

logger = logging.getLogger(__name__)

# Of each process. A page that is broken is seen from one; in the database a flood would cost us more.
LINES_A_MINUTE = 30
MOST_IN_ONE = 5
LONGEST = 64 * 1024
RULES = {
    *("base-uri", "child-src", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors"),
    *("frame-src", "img-src", "manifest-src", "media-src", "object-src", "script-src", "script-src-attr"),
    *("script-src-elem", "style-src", "style-src-attr", "style-src-elem", "worker-src"),
}
_written: deque[float] = deque(maxlen=LINES_A_MINUTE)


# Without the check against forged forms: browsers send reports by themselves, without a cookie or a form.
# It asks who nobody is, and changes nothing.
@csrf_exempt
@require_POST
def take_csp_reports(request: HttpRequest) -> HttpResponse:
    """Answer 204 to whatever comes, so that nobody learns anything here."""
    if len(request.body) <= LONGEST:
        for report in _read(request.body)[:MOST_IN_ONE]:
            if _may_write():
                logger.warning("A page broke the Content-Security-Policy: %s", describe(report))
    return HttpResponse(status=204)


def describe(report: dict[str, Any]) -> str:
    """Return what of the report nobody wrote: our own names, a rule that exists, an origin."""
    rule = _find(report, "effectiveDirective", "effective-directive", "violated-directive").split(" ")[0]
    page = _find(report, "documentURL", "document-uri")
    refused = _find(report, "blockedURL", "blocked-uri")
    return f"{rule if rule in RULES else 'unknown'} on {_name_page(page)}, from {_name_origin(refused)}"


def _read(body: bytes) -> list[dict[str, Any]]:
    """Return the reports in either of the two forms that browsers use."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return []
    sent = sent if isinstance(sent, list) else [sent]
    bodies = [one.get("body", one.get("csp-report")) for one in sent if isinstance(one, dict)]
    return [report for report in bodies if isinstance(report, dict)]


def _find(report: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := report.get(name), str)), "")


def _name_page(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except (Resolver404, ValueError):
        return "an unknown page"


def _name_origin(address: str) -> str:
    """A host that somebody made up may be anything: only whether it is there is told, and how it is asked."""
    if address in ("inline", "eval", "self", "data"):
        return address
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        scheme = ""
    return f"another place by {scheme}" if scheme in ("http", "https", "data", "blob") else "somewhere"


def _may_write() -> bool:
    now = time.monotonic()
    if len(_written) == LINES_A_MINUTE and now - _written[0] < 60:
        return False
    _written.append(now)
    return True
