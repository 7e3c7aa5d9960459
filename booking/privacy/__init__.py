"""What is kept of a patient: given out whole, erased whole, and gone by itself when its time is over.

`inventory` finds in the models what is of a patient, and says of each what becomes of it; the other
three go by that list.
"""

from booking.privacy.erasing import Erasure, StillExpected, count_erasure, erase_patient
from booking.privacy.exporting import export_patient

__all__ = ["Erasure", "StillExpected", "count_erasure", "erase_patient", "export_patient"]
