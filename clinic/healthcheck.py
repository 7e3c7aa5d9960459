"""Asks the web process of this container whether it lives; for the health check of compose."""

import http.client
import os
import sys


def main() -> int:
    """0 when the site answers. A redirect to HTTPS is an answer; a host that is not allowed is none."""
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    site = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
    site.request("GET", "/health/live", headers={"Host": name})
    return 0 if site.getresponse().status < 400 else 1


if __name__ == "__main__":
    sys.exit(main())
