"""Whom to call about a visit or a wish, as every list of the desk tells it."""

from abc import ABC, abstractmethod

from django.conf import settings

from booking.admin.wishes import name_contact, read_phone
from booking.models import Appointment, WaitlistEntry
from clinic.branding import phone_uri


class ToCall(ABC):
    """Mixed into the lines of lists."""

    @property
    @abstractmethod
    def about(self) -> Appointment | WaitlistEntry:
        """What the call is about."""

    @property
    def contact(self) -> str:
        """Whom to call, where it is not the patient."""
        related = self.about.related_person
        return name_contact(related) if related else ""

    @property
    def language(self) -> str:
        """In which language they read the pages and mails, where it is not the practice's own."""
        return "" if self.about.language == settings.LANGUAGE_CODE else self.about.get_language_display()

    @property
    def phone(self) -> str:
        return read_phone(self.about.contact)

    @property
    def phone_uri(self) -> str:
        return phone_uri(self.phone)
