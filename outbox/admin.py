"""What staff see of the outbox: did it leave, why not, how it reads, send it again."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clinic.read_only import ReadOnlyAdmin
from outbox import addresses, queue
from outbox.deliver import describe
from outbox.frames import answer_html, framed
from outbox.inbox import Mail
from outbox.models import BadAddress, OutboxMessage, OutboxQuerySet, State
from outbox.preview import compose_preview, preview
from outbox.registry import Superseded, UnknownKind, find_kind, narrow_down
from outbox.signals import mail_read


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Read-only: rows are written with the change they tell about, and by the workers."""

    list_display = (
        "kind",
        "subject_id",
        "recipient",
        "state",
        "problem",
        "attempts",
        "send_at",
        "sent_at",
    )
    list_filter = ("state", "kind")
    search_fields = ("=subject_id", "=message_id")
    date_hierarchy = "send_at"
    actions = ("send_again", "stop", "lift")
    fields = (
        "kind",
        "subject_id",
        "version",
        "recipient",
        "state",
        "problem",
        "attempts",
        "send_at",
        "sent_at",
        "lease_until",
        "message_id",
        "tracking_id",
        "created_at",
        "updated_at",
    )
    readonly_fields = ("problem",)

    def get_queryset(self, request: HttpRequest) -> OutboxQuerySet:
        return narrow_down(OutboxMessage.objects.all(), user=request.user)

    @admin.display(description=_("last error"), ordering="last_error")
    def problem(self, message: OutboxMessage) -> str:
        return message.problem

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """For the actions. The page itself stays read-only for everybody."""
        return request.user.has_perm("outbox.change_outboxmessage")

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("outbox.delete_badaddress")

    def has_read_permission(self, request: HttpRequest, message: OutboxMessage) -> bool:
        """For the mail itself: as its kind says. One of an unknown kind is for superusers only."""
        try:
            reader = find_kind(message.kind).reader
        except UnknownKind:
            reader = ""
        return self.has_view_permission(request, message) and request.user.has_perm(reader)

    # --- What staff do -----------------------------------------------------------

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

    @admin.action(description=_("Trust the address again"), permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Let mail go again to an address that mail came back from. Nobody has to type or see it."""
        count = self.steer(request, queryset, act=trust_address, note="Trusted the address again")
        done = ngettext("%d address gets mail again.", "%d addresses get mail again.", count)
        self.message_user(request, done % count)
        if count < len(queryset):
            left = _("For the others there was nothing to lift.")
            self.message_user(request, left, messages.WARNING)

    def steer(
        self, request: HttpRequest, queryset: QuerySet[OutboxMessage], *, act: Callable[..., bool], note: str
    ) -> int:
        """Do it to each message, note who did it where it did something; gives how many those were."""
        changed = [message for message in queryset if act(message, by=request.user)]
        for message in changed:
            self.log_change(request, message, note)
        return len(changed)

    # --- Pages -------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        def name_page(route: str, view: Callable[..., Any], name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"outbox_outboxmessage_{name}")

        return [
            name_page("<int:pk>/steer/", require_POST(self.steer_view), "steer"),
            name_page("<int:pk>/preview/", require_safe(self.preview_view), "preview"),
            name_page("<int:pk>/preview/html/", require_safe(framed(self.html_view)), "html"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        message = self.get_object(request, object_id)
        context = {
            "may_read": message is not None and self.has_read_permission(request, message),
            "buttons": self.list_buttons(request, message) if message else [],
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def list_buttons(self, request: HttpRequest, message: OutboxMessage) -> list[tuple[str, str]]:
        """Return name and words of what somebody may do now, as the list's actions offer it."""
        useful = {
            "send_again": message.state in (State.DEAD, State.STOPPED, State.SENT),
            "stop": message.state in (State.QUEUED, State.DEAD),
            "lift": message.last_error in ("AddressBounced", "Bounced", "Complained"),
        }
        offered = self.get_action_choices(request, [])
        return [(name, words) for name, words in offered if useful.get(name)]

    def steer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take one of the list's actions on one message."""
        action = self.get_actions(request).get(request.POST.get("act", ""))
        if action is None:
            raise PermissionDenied
        act, *_names = action
        act(self, request, self.get_queryset(request).filter(pk=pk))
        return redirect("admin:outbox_outboxmessage_change", pk)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show every part of the mail as it would leave now."""
        message = self.get_readable(request, pk)
        mail, problem = try_preview(message)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Preview"),
            "message": message,
            "mail": mail,
            "problem": problem,
        }
        return TemplateResponse(request, "admin/outbox/outboxmessage/preview.html", context)

    def html_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML part, for the frame of the preview."""
        mail, _problem = try_preview(self.get_readable(request, pk))
        if mail is None:
            raise Http404
        return answer_html(mail.html)

    def get_readable(self, request: HttpRequest, pk: int) -> OutboxMessage:
        """Return a message for somebody who may read it, and tell those who keep a record of that."""
        message = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_read_permission(request, message):
            raise PermissionDenied
        mail_read.send(OutboxMessage, request=request, message=message)
        return message


def try_preview(message: OutboxMessage) -> tuple[Mail | None, Any]:
    """Return the mail, or None and why there is none."""
    try:
        return preview(message), ""
    except Superseded:
        return None, _("This message is no longer needed: what it tells about has changed since.")
    except Exception as error:
        # Never the text of an error: it may quote a patient.
        return None, _("This message cannot be written: %s.") % describe(error)


def trust_address(message: OutboxMessage, *, by: Any) -> bool:
    """Lift what keeps this message's address from getting mail. False: nothing does, or it goes nowhere."""
    try:
        return addresses.lift(compose_preview(message).recipients())
    except Exception:
        # What cannot be written any more has still a mark of its own, if it was the one that bounced.
        deleted, _by_model = BadAddress.objects.filter(message=message).delete()
        return bool(deleted)


@admin.register(BadAddress)
class BadAddressAdmin(ReadOnlyAdmin):
    """Deleting one means: mail may go there again. The address itself is not known here."""

    list_display = ("__str__", "reason", "at", "message_link")
    list_filter = ("reason",)
    list_select_related = ("message",)
    fields = ("reason", "at", "message_link")
    readonly_fields = ("message_link",)

    def has_delete_permission(self, request: HttpRequest, obj: BadAddress | None = None) -> bool:
        return request.user.has_perm("outbox.delete_badaddress")

    @admin.display(description=_("message"))
    def message_link(self, bad: BadAddress) -> str:
        if bad.message is None:
            return "–"
        address = reverse("admin:outbox_outboxmessage_change", args=[bad.message.pk])
        return format_html('<a href="{}">{}</a>', address, bad.message)
