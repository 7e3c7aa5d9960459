"""What led somebody here: the short name of an article, or that they came from the path's questions.

Both travel from the button that was pressed to the visit.
"""

from django.core.validators import slug_re
from django.http import QueryDict

from booking.models import CameFrom

# As many characters as Appointment.article has.
LONGEST = 80


def read_article(sent: QueryDict) -> str:
    """Return the short name that the address or the form gives; "" for anything that cannot be one."""
    name = sent.get("article", "")
    return name if len(name) <= LONGEST and slug_re.match(name) else ""


def add_article(address: str, article: str, *, via: str = "") -> str:
    """Return the address with the article in it, and `via`; without them, the address as it is."""
    for name, value in (("article", article), ("via", via)):
        if value:
            address += f"{'&' if '?' in address else '?'}{name}={value}"
    return address


def read_via(sent: QueryDict) -> str:
    """Return "path" for somebody whom the path's questions led here; else ""."""
    return CameFrom.PATH.value if sent.get("via") == CameFrom.PATH else ""


def tell_came_from(*, via: str, article: str) -> CameFrom:
    """Return what led to a booking. The path comes before an article: it may have named one."""
    if via:
        return CameFrom(via)
    return CameFrom.ARTICLE if article else CameFrom.DIRECT
