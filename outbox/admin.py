"""What staff see of the outbox: did it leave, why not, send it again."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from outbox import queue
from outbox.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(admin.ModelAdmin):
    """Read-only: rows are written with the change they tell about, and by the workers."""

    list_display = (
        "kind",
        "subject_id",
        "recipient",
        "state",
        "last_error",
        "attempts",
        "send_at",
        "sent_at",
    )
    list_filter = ("state", "kind")
    search_fields = ("=subject_id", "=message_id")
    date_hierarchy = "send_at"
    actions = ("send_again", "stop")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxMessage | None = None) -> bool:
        return False

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """For the actions. The page itself stays read-only for everybody."""
        return request.user.has_perm("outbox.change_outboxmessage")

    @admin.action(description=_("Send again"), permissions=["steer"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Queue what failed, was stopped or was sent, with fresh tries."""
        count = self.steer(request, queryset, act=queue.send_again, note="Sent again")
        done = ngettext("%d message will be sent again.", "%d messages will be sent again.", count)
        self.message_user(request, done % count)
        if count < len(queryset):
            left = _("The others wait already, are no longer needed, or left within the last minute.")
            self.message_user(request, left, messages.WARNING)

    @admin.action(description=_("Do not send"), permissions=["steer"])
    def stop(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Keep what waits or failed from ever leaving, for example after a call."""
        count = self.steer(request, queryset, act=queue.stop, note="Stopped")
        done = ngettext("%d message will not be sent.", "%d messages will not be sent.", count)
        self.message_user(request, done % count)
        if count < len(queryset):
            left = _("The others are being sent, have been sent, or are no longer needed.")
            self.message_user(request, left, messages.WARNING)

    def steer(
        self, request: HttpRequest, queryset: QuerySet[OutboxMessage], *, act: Callable[..., bool], note: str
    ) -> int:
        """Do it to each message, note who did it where it did something; gives how many those were."""
        changed = [message for message in queryset if act(message, by=request.user)]
        for message in changed:
            self.log_change(request, message, note)
        return len(changed)
