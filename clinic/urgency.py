"""What cannot wait for a visit: one list, for the booking pages and for the questions of the path."""

from django.utils.translation import gettext_lazy as _

RED_FLAGS = (
    _("Sudden weakness or numbness, on one side or in the face"),
    _("Trouble speaking, swallowing or breathing"),
    _("A seizure longer than 5 minutes"),
    _("A sudden, very bad headache"),
    _("Loss of bladder or bowel control, with back pain or weak legs"),
)
