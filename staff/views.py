"""The pages of an account: the first password, the second step, and what is one's own."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from staff import inviting
from staff.devices import describe_device
from staff.forms import FirstPasswordForm, WhoForm


@never_cache
@sensitive_post_parameters()
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the first password. Opening the link changes nothing."""
    try:
        invitation = inviting.find(token)
        form = FirstPasswordForm(request.POST or None, user=invitation.user)
        if request.method == "POST" and form.is_valid():
            user = inviting.accept(token, password=form.cleaned_data["password"])
            login = Login(user=user, redirect_url=reverse("staff:second-step"))
            return perform_password_login(request, {"username": user.get_username()}, login)
    except inviting.InvitationOver:
        response = _show(request, "invitation_over.html", title=_("This link no longer works"))
        response.status_code = 404
        return response
    response = _show(request, "invitation.html", title=_("Welcome"), form=form, invited=invitation.user)
    # The address is a secret.
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_required
@never_cache
def set_up_second_step(request: HttpRequest) -> HttpResponse:
    following = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(following, allowed_hosts={request.get_host()}):
        following = reverse("staff:me")
    return _show(
        request,
        "second_step.html",
        title=_("Set up your second step"),
        following=following,
        **_list_own(request),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_me(request: HttpRequest) -> HttpResponse:
    sessions = [
        {
            "pk": session.pk,
            "device": describe_device(session.user_agent),
            "started": session.created_at,
            "seen": session.last_seen_at,
            "address": session.ip,
            "is_this": session.session_key == request.session.session_key,
        }
        for session in UserSession.objects.purge_and_list(request.user)
    ]
    sessions.sort(key=lambda session: (not session["is_this"], -session["seen"].timestamp()))
    # A row of its own: the one in the header keeps the name that is saved.
    user = User.objects.get(username=request.user.get_username())
    form = WhoForm(request.POST if request.method == "POST" else None, instance=user)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your name and languages are saved."))
        return HttpResponseRedirect(reverse("staff:me"))
    own = _list_own(request)
    return _show(request, "me.html", title=_("My account"), sessions=sessions, form=form, **own)


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out one other browser of one's own."""
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if session.session_key != request.session.session_key:
        get_sessions_adapter().end_sessions([session])
        messages.success(request, _("That device is signed out."))
    return HttpResponseRedirect(reverse("staff:me"))


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    get_sessions_adapter().end_sessions(list(others))
    messages.success(request, _("All other devices are signed out."))
    return HttpResponseRedirect(reverse("staff:me"))


@login_required
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Somebody is still there. That they asked is what counts: `staff.idle` has noted it."""
    return HttpResponse(status=204)


def _list_own(request: HttpRequest) -> dict[str, Any]:
    own = list(Authenticator.objects.filter(user_id=request.user.pk).order_by("created_at"))
    codes = next((one for one in own if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return {
        "passkeys": [one for one in own if one.type == Authenticator.Type.WEBAUTHN],
        "app": next((one for one in own if one.type == Authenticator.Type.TOTP), None),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
    }


def _show(request: HttpRequest, template: str, *, title: str, **context: Any) -> TemplateResponse:
    everything = {**admin.site.each_context(request), "is_nav_sidebar_enabled": False, "title": title}
    return TemplateResponse(request, f"staff/{template}", {**everything, **context})
