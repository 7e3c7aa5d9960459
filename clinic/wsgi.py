import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
django.setup(set_prefix=False)

from clinic.stack import keep_room  # noqa: E402 (after the settings)
from clinic.unreadable import Handler  # noqa: E402

application = keep_room(Handler())
