"""Accounts and roles in the admin: changing them asks again who is there; and invitations."""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff import inviting
from staff.forms import InviteForm
from staff.fresh import require_fresh_sign_in
from staff.models import Invitation

fresh: Callable[..., Any] = method_decorator(require_fresh_sign_in)


class FreshMixin:
    @fresh
    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(*args, **kwargs)  # type: ignore[misc]

    @fresh
    def delete_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().delete_view(*args, **kwargs)  # type: ignore[misc]


admin.site.unregister([User, Group])
# Addresses and sessions are their owners', on /staff/me/. Of second steps one may be taken away here, for
# whoever has lost theirs and the recovery codes with it.
admin.site.unregister([Authenticator, EmailAddress, UserSession])


@admin.register(Authenticator)
class AuthenticatorAdmin(admin.ModelAdmin):
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]
    fields = ("user", "type", "created_at", "last_used_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return False

    @fresh
    def delete_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().delete_view(*args, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # One at a time, on a page that asks again who is there.
        return {}


@admin.register(User)
class FreshUserAdmin(FreshMixin, UserAdmin):
    list_display = ["username", "first_name", "last_name", "email", "languages", "is_active"]
    list_select_related = ["profile"]

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return profile.languages if profile else ""

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Who has left is made inactive: what they did stays theirs in every record.
        return False

    @fresh
    def user_change_password(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().user_change_password(*args, **kwargs)


@admin.register(Group)
class FreshGroupAdmin(FreshMixin, GroupAdmin):
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # One at a time, on a page that asks again who is there.
        return {}


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Who is invited, and whether they came. Nothing here is edited: it is sent again or revoked."""

    list_display = ["__str__", "email", "state", "created_at", "expires_at", "invited_by"]
    list_display_links = None
    list_select_related = ["user", "invited_by"]
    actions = ["send_again", "revoke"]

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("email"))
    def email(self, invitation: Invitation) -> str:
        return invitation.user.email

    @fresh
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            return self.changelist_view(request)
        assert isinstance(request.user, User)
        form = InviteForm(request.POST or None, by=request.user)
        if request.method == "POST" and form.is_valid():
            invitation = inviting.invite(**form.cleaned_data, by=request.user)
            self.log_addition(request, invitation, [{"added": {}}])
            messages.success(
                request, _("%(name)s gets an email with a link, good for 3 days.") % {"name": invitation}
            )
            return HttpResponseRedirect(reverse("admin:staff_invitation_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Invite somebody"),
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "staff/invite.html", context)

    @admin.action(description=gettext_lazy("Send a new link"), permissions=["add"])
    def send_again(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        if not getattr(request.user, "is_superuser", False):
            # What was revoked would live again, with more than they may give themselves.
            invitations = invitations.exclude(user__is_superuser=True)
        sent = sum(inviting.send_again(invitation) for invitation in invitations)
        messages.success(request, _("New links sent: %(sent)s. Older ones no longer work.") % {"sent": sent})

    @admin.action(description=gettext_lazy("Revoke"), permissions=["add"])
    def revoke(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        ended = sum(inviting.revoke(invitation) for invitation in invitations)
        messages.success(request, _("Invitations revoked: %(ended)s.") % {"ended": ended})
