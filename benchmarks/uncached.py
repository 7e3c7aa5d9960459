"""The settings of the site without its cache: every answer is made anew."""

from clinic.settings import *  # noqa: F403

CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
