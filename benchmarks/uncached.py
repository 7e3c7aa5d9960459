"""The settings of the site without a cache: each answer is made anew."""

from clinic.settings import *  # noqa: F403

NO_CACHE = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
CACHES = {name: NO_CACHE for name in CACHES}  # noqa: F405
