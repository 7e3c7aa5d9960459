"""Secrets in files, as containers and systemd hand them over: NAME_FILE says where NAME stands."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ENDING = "_FILE"


def read_secret_files(environment: Mapping[str, str], *, names: Sequence[str]) -> dict[str, str]:
    """Return the environment with NAME as it stands in the file that NAME_FILE names, without blank ends.

    `names` are those that may stand in a file; `*` stands for anything. Raises ImproperlyConfigured for a
    file that cannot be read or is empty, and where both NAME and NAME_FILE are set.
    """
    read = dict(environment)
    for variable, place in environment.items():
        name = variable.removesuffix(ENDING)
        if name == variable or not place or not any(fnmatch(name, pattern) for pattern in names):
            continue
        if environment.get(name):
            raise ImproperlyConfigured(f"Set {name} or {variable}, not both.")
        try:
            text = Path(place).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise ImproperlyConfigured(f"Set {variable} to a file of text that can be read.") from None
        if not text:
            raise ImproperlyConfigured(f"Put the value of {name} into the file that {variable} names.")
        read[name] = text
        del read[variable]
    return read
