import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup(set_prefix=False)

from clinic.unreadable import Handler  # noqa: E402 (after the settings)

application = Handler()
