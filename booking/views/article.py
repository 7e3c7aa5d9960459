"""Which article somebody came from: its short name travels from the article's button to the visit."""

from django.core.validators import slug_re
from django.http import QueryDict

# As many characters as Appointment.article has.
LONGEST = 60


def read_article(sent: QueryDict) -> str:
    """Return the short name that the address or the form gives; "" for anything that cannot be one."""
    name = sent.get("article", "")
    return name if len(name) <= LONGEST and slug_re.match(name) else ""


def add_article(address: str, article: str) -> str:
    """Return the address with the article in it; without one, the address as it is."""
    if not article:
        return address
    return f"{address}{'&' if '?' in address else '?'}article={article}"
