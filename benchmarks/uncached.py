"""The settings of the site without a cache: each answer is made anew."""

from clinic.settings import *  # noqa: F403

_NONE: dict[str, object] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
CACHES = {"default": _NONE, "pages": _NONE}
