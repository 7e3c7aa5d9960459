"""Patients: only what a booking needs."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


class PatientQuerySet(models.QuerySet["Patient"]):
    def current(self) -> Self:
        """Those that were not merged into another row."""
        return self.filter(merged_into__isnull=True)


class Patient(models.Model):
    """Somebody who is seen here.

    An online booking always makes a row of its own: whoever types a known email must not
    reach, learn about or change the person behind it. Staff merge duplicates: the row that was
    merged stays, empty of visits, and points at the other.
    """

    given_name = models.CharField(_("first name"), max_length=100)
    family_name = models.CharField(_("last name"), max_length=100)
    birth_date = models.DateField(_("date of birth"))
    phone = PhoneNumberField(_("phone"), blank=True)
    phone_typed = models.CharField(_("phone as typed"), max_length=40, blank=True)
    email = models.EmailField(_("email"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    # Stopped by a link in a reminder; whoever is written to stops their own. Nothing else is stopped by it.
    reminders_off_at = models.DateTimeField(
        _("wants no reminders since"), null=True, blank=True, help_text=_("Empty: reminders are sent.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name=_("merged into"),
        editable=False,
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        permissions = [
            ("export_patient", _("Can export all that is kept of a patient")),
            ("erase_patient", _("Can erase a patient for good")),
        ]
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


class RelatedPerson(models.Model):
    """Somebody who books and is called for a patient (FHIR's RelatedPerson).

    With `is_contact` the phone and the email are theirs, and the patient has none.
    """

    class Relationship(models.TextChoices):
        PARENT = "parent", _("Parent or guardian")
        PARTNER = "partner", _("Husband, wife or partner")
        CHILD = "child", _("Son or daughter")
        CAREGIVER = "caregiver", _("Caregiver")
        OTHER = "other", _("Someone else")

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="related_people", verbose_name=_("patient")
    )
    name = models.CharField(_("name"), max_length=100)
    relationship = models.CharField(_("relationship to the patient"), max_length=12, choices=Relationship)
    is_contact = models.BooleanField(
        _("is the contact"), default=False, help_text=_("Calls and mails about the visit go to this person.")
    )
    phone = PhoneNumberField(_("phone"), blank=True)
    phone_typed = models.CharField(_("phone as typed"), max_length=40, blank=True)
    email = models.EmailField(_("email"), max_length=254, blank=True)
    reminders_off_at = models.DateTimeField(
        _("wants no reminders since"), null=True, blank=True, help_text=_("Empty: reminders are sent.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("related person")
        verbose_name_plural = _("related people")
        indexes = [
            models.Index(fields=["email"], name="booking_related_email"),
            models.Index(fields=["phone"], name="booking_related_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_relationship_display()})"


class PatientMerge(models.Model):
    """That staff found two rows to be one person: which was kept, who said so, what went over."""

    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges", verbose_name=_("kept"))
    merged = models.OneToOneField(
        Patient, on_delete=models.PROTECT, related_name="merge", verbose_name=_("merged")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    # Ids only, by kind of row: {"appointments": [3, 9], "related_people": [2]}.
    moved = models.JSONField(_("moved"), default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("merge of patients")
        verbose_name_plural = _("merges of patients")

    def __str__(self) -> str:
        return f"{self.merged_id} → {self.kept_id}, {self.at:%Y-%m-%d}"
