"""The settings of the site without a cache: each answer is made anew."""

from clinic.settings import *  # noqa: F403

CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
