"""Email addresses that look misspelt: mail to them is lost, and whoever typed them waits for it."""

from difflib import get_close_matches

# Where most people in the United States have their mail, as far as names go that are easily misspelt.
OFTEN_MEANT = (
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "comcast.net",
    "verizon.net",
    "sbcglobal.net",
    "bellsouth.net",
    "protonmail.com",
)
# Real ones that are nearly spelt as one of these.
REAL = {"mail.com", "ymail.com", "cloud.com"}
# One letter in nine that is missing, too many or wrong, or two that have changed places.
LIKENESS = 0.88


def suggest_address(address: str) -> str:
    """Return the address as it was probably meant; "" where nothing about its domain looks wrong."""
    mailbox, _, typed = address.rpartition("@")
    domain = typed.lower()
    # hotmail.com.mx is one of its own.
    if domain in REAL or f"{domain}.".startswith(tuple(f"{known}." for known in OFTEN_MEANT)):
        return ""
    # No domain of the world ends so.
    meant = f"{domain.removesuffix('.con')}.com" if domain.endswith(".con") else domain
    meant = next(iter(get_close_matches(meant, OFTEN_MEANT, n=1, cutoff=LIKENESS)), meant)
    return f"{mailbox}@{meant}" if meant != domain else ""
