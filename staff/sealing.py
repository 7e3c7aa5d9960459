"""What has to be read back, and must not be readable in the database: the secrets behind one-time codes."""

import secrets
from base64 import b32encode, urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_PURPOSE = "staff-sealing:"


def seal(text: str) -> str:
    return _make_keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text; something random where no key of ours fits, as without the fallback of a replaced key.

    Never an empty text or a fixed one: it stands for a secret, and anybody could reckon codes from that.
    Whoever it belongs to must set up the second step anew.
    """
    try:
        return _make_keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return b32encode(secrets.token_bytes(20)).decode()


def _make_keys() -> MultiFernet:
    """The first key seals; with each of SECRET_KEY_FALLBACKS what it sealed can still be read."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        Fernet(urlsafe_b64encode(sha256(f"{_PURPOSE}{key}".encode()).digest())) for key in keys
    )
