"""The floor behind gunicorn: `gunicorn benchmarks.floor_site`, with the settings of the site beside it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 (after the settings)
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402

from clinic.stack import keep_room  # noqa: E402

settings.ROOT_URLCONF, settings.MIDDLEWARE = "benchmarks.floor", []
application = keep_room(WSGIHandler())
