"""Who did or saw what, when and from where. No value of a patient's data stands in any row."""

from typing import Any, NoReturn, Self

from auditlog.models import AbstractLogEntry
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.constraints import AppendOnly
from audit.current import find_request, find_user, read_address


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Says early, and in words, what the database would refuse."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit trail is append-only.")

    def delete(self) -> NoReturn:
        raise TypeError("The audit trail is append-only.")


class AppendOnlyModel(models.Model):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The audit trail is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The audit trail is append-only.")


class EntryQuerySet(AppendOnlyQuerySet):
    def about_patient(self, number: int) -> Self:
        """What was done with one patient's data, lists that showed them included."""
        return self.filter(
            models.Q(patient_id=number)
            | models.Exists(Shown.objects.filter(entry=models.OuterRef("pk"), patient_id=number))
        )


class EntryManager(models.Manager.from_queryset(EntryQuerySet)):  # type: ignore[misc]
    """What django-auditlog calls when a row was written."""

    def log_create(self, instance: models.Model, force_log: bool = False, **kwargs: Any) -> "Entry | None":
        if kwargs.get("changes") is None and not force_log:
            return None
        from audit.writes import describe

        action = kwargs["action"]
        return self.create(**describe(instance), kind=KINDS[action], **kwargs)

    def log_m2m_changes(
        self,
        changed_queryset: models.QuerySet[Any],
        instance: models.Model,
        operation: str,
        field_name: str,
        **kwargs: Any,
    ) -> "Entry | None":
        """By number and not by name, whatever it is that was linked or not."""
        keys = sorted(changed_queryset.values_list("pk", flat=True))
        if not keys:
            return None
        changes = {field_name: {"operation": operation, "objects": keys}}
        return self.log_create(instance, action=Entry.Action.UPDATE, changes=changes)


class Entry(AppendOnlyModel, AbstractLogEntry):
    """One thing that somebody did: django-auditlog's log entry, with what it lacks and less of the rest.

    Whom it is about is a number and no foreign key: a patient may be erased, the entry stays.
    """

    class Kind(models.TextChoices):
        CREATED = "created", _("Created")
        CHANGED = "changed", _("Changed")
        DELETED = "deleted", _("Deleted")
        OPENED = "opened", _("Opened")
        LISTED = "listed", _("Saw in a list")
        SEARCHED = "searched", _("Searched")
        PRINTED = "printed", _("Printed")
        EXPORTED = "exported", _("Exported")
        READ_MAIL = "read_mail", _("Read an email")
        SIGNED_IN = "signed_in", _("Signed in")
        SIGNED_OUT = "signed_out", _("Signed out")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        REFUSED = "refused", _("Was refused")
        BROKE_GLASS = "broke_glass", _("Opened anyway, with a reason")

    class ActorKind(models.TextChoices):
        STAFF = "staff", _("Staff")
        VISITOR = "visitor", _("Patient")
        SYSTEM = "system", _("System")

    # Never gone: staff who leave are made inactive.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("staff member"),
    )
    # Empty where it is about a page, or about nobody known.
    content_type = models.ForeignKey(
        "contenttypes.ContentType",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("kind of record"),
    )
    object_pk = models.CharField(max_length=40, blank=True, default="")
    object_id = models.BigIntegerField(null=True, blank=True)
    object_repr = models.CharField(_("record"), max_length=200, blank=True, default="")
    action = models.PositiveSmallIntegerField(choices=AbstractLogEntry.Action.choices)
    actor_kind = models.CharField(_("by"), max_length=8, choices=ActorKind)
    kind = models.CharField(_("what"), max_length=16, choices=Kind)
    patient_id = models.BigIntegerField(_("patient"), null=True, blank=True)
    page = models.CharField(_("page"), max_length=100, blank=True, default="")
    # A day, a count, a step: never what somebody typed.
    detail = models.CharField(_("detail"), max_length=60, blank=True, default="")

    serialized_data = None
    changes_text = None
    additional_data = None
    cid = None
    remote_port = None
    actor_email = None

    objects = EntryManager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-timestamp", "-id"]
        default_permissions = ("view",)
        permissions = [("export_entry", _("Can export the audit trail"))]
        indexes = [
            models.Index(fields=["actor", "timestamp"], name="audit_entry_actor"),
            models.Index(fields=["patient_id", "timestamp"], name="audit_entry_patient"),
            models.Index(fields=["content_type", "object_id"], name="audit_entry_object"),
        ]
        constraints = [AppendOnly(name="audit_entry_append_only")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.timestamp):%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        request = find_request()
        if self.actor_id is None and not self.actor_kind:
            self.actor = find_user(request)
        if not self.actor_kind:
            self.actor_kind = self._find_actor_kind(is_in_request=request is not None)
        # Of a patient no address is kept, the privacy page says so; and their entries outlive an erasure.
        if not self.remote_addr and self.actor_kind != self.ActorKind.VISITOR:  # type: ignore[has-type]
            self.remote_addr = read_address(request)
        super().save(*args, **kwargs)

    def _find_actor_kind(self, *, is_in_request: bool) -> str:
        if self.actor_id is not None:
            return self.ActorKind.STAFF
        return self.ActorKind.VISITOR if is_in_request else self.ActorKind.SYSTEM


KINDS = {
    AbstractLogEntry.Action.CREATE: Entry.Kind.CREATED,
    AbstractLogEntry.Action.UPDATE: Entry.Kind.CHANGED,
    AbstractLogEntry.Action.DELETE: Entry.Kind.DELETED,
    AbstractLogEntry.Action.ACCESS: Entry.Kind.OPENED,
}


class Shown(AppendOnlyModel):
    """One patient whom a list showed."""

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="shown", verbose_name=_("audit entry")
    )
    patient_id = models.BigIntegerField(_("patient"), db_index=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient in a list")
        verbose_name_plural = _("patients in a list")
        default_permissions = ()
        constraints = [AppendOnly(name="audit_shown_append_only")]

    def __str__(self) -> str:
        return str(self.patient_id)


class BreakGlass(AppendOnlyModel):
    """Somebody opened a patient's data that their role does not show, for a while and with a reason."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("staff member")
    )
    patient_id = models.BigIntegerField(_("patient"), db_index=True)
    reason = models.TextField(_("reason"))
    granted_at = models.DateTimeField(_("opened"), default=timezone.now)
    expires_at = models.DateTimeField(_("until"))

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency access")
        ordering = ["-granted_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("break_glass", _("Can open a patient anyway, with a reason"))]
        indexes = [models.Index(fields=["user", "expires_at"], name="audit_break_glass_open")]
        constraints = [AppendOnly(name="audit_breakglass_append_only")]

    def __str__(self) -> str:
        return f"{self.user} {timezone.localtime(self.granted_at):%Y-%m-%d %H:%M}"
