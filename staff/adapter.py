"""Where django-allauth asks us: no sign-up, our limits, our outbox, our idea of who is asking."""

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from clinic.client import client_address
from staff import limits, sealing
from staff.fresh import is_fresh
from staff.second_factor import has_other_factor

WRONG = _("That name or email and password do not belong together. Check both and try again.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "incorrect_code": _("That code is wrong, or was used already. Wait for the next one and type it."),
        "incorrect_password": _("That password is wrong. Try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the list of somebody's sessions, which has no place for an address that is none."""
        try:
            return str(ipaddress.ip_address(client_address(request)))
        except ValueError:
            return "0.0.0.0"

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Whoever has just signed in has shown who they are."""
        return not is_fresh(context.request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Judge a password within the limits. Raises TooManyTries."""
        tries = limits.count_password(request, account=name_account(credentials))
        user = super().authenticate(request, **credentials)
        if user is not None:
            tries.take_back()
        return user

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **more)
        limits.remember_device(response, account=str(user.pk))
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail leaves by the outbox alone: `staff.forms` queues what there is to send."""
        raise NotImplementedError(f"No mail {template_prefix} is known here.")


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _("This is your only second step. Add another one first."),
    }

    def encrypt(self, text: str) -> str:
        """Secrets of apps and recovery codes are unreadable to whoever has the database alone."""
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return str(settings.CLINIC["short_name"])

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.CLINIC["short_name"]}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:
        return str(_("My passkey"))

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not settings.STAFF_SECOND_FACTOR or has_other_factor(authenticator)


def name_account(credentials: dict[str, Any]) -> str:
    """Return the key of the account that is meant, by name or email, or what was typed if there is none."""
    typed = str(credentials.get("username") or credentials.get("email") or "")
    user = get_user_by_username(typed)
    # Both are always looked for, so that a name that exists takes no other time.
    by_email = filter_users_by_email(typed, for_login=True)
    found = user or next(iter(by_email), None)
    return str(found.pk) if found else f"unknown {typed.casefold()}"
