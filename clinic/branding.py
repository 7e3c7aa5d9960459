"""What every template may say about the practice."""

import re
from functools import cache
from typing import Any

import phonenumbers
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from clinic.urgency import RED_FLAGS


@cache
def phone_uri(number: str) -> str:
    """Return a phone number as tel: links need it: "(212) 555-0142" is "+12125550142".

    A short number, or one that no country has, is dialed as it stands.
    """
    try:
        parsed = phonenumbers.parse(number, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return "".join(character for character in number if character.isdigit())
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def describe_clinic() -> dict[str, str]:
    """Return settings.CLINIC in the active language, and how its phone is dialed."""
    clinic = settings.CLINIC
    hours = clinic.get(f"phone_hours_{get_language()}") or clinic["phone_hours"]
    return {
        **clinic,
        "phone_uri": phone_uri(clinic["phone"]),
        # "8 am" stays on one line.
        "phone_hours": re.sub(r"(?<=\d) (?=[ap]m\b)", "\N{NO-BREAK SPACE}", hours),
    }


def branding(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `clinic`, `public_url`, `red_flags` and `dim` (None: follow the device)."""
    return {
        "clinic": describe_clinic(),
        "public_url": settings.PUBLIC_URL,
        "red_flags": RED_FLAGS,
        "dim": read_dim(request),
    }


def read_dim(request: HttpRequest) -> bool | None:
    """Return whether somebody chose the dim colors, or the bright ones; None: neither."""
    return {"1": True, "0": False}.get(request.COOKIES.get(f"{settings.COOKIE_PREFIX}dim", ""))
