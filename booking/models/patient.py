"""Patients: only what a booking needs."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


class Patient(models.Model):
    """Somebody who is seen here.

    An online booking always makes a row of its own: whoever types a known email must not
    reach, learn about or change the person behind it. Staff merge duplicates.
    """

    given_name = models.CharField(_("first name"), max_length=100)
    family_name = models.CharField(_("last name"), max_length=100)
    birth_date = models.DateField(_("date of birth"))
    phone = PhoneNumberField(_("phone"), blank=True)
    phone_typed = models.CharField(_("phone as typed"), max_length=40, blank=True)
    email = models.EmailField(_("email"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        indexes = [
            models.Index(fields=["email"], name="booking_patient_email"),
            models.Index(fields=["phone"], name="booking_patient_phone"),
            models.Index(fields=["family_name", "given_name"], name="booking_patient_name"),
            models.Index(fields=["birth_date"], name="booking_patient_birth_date"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}"
