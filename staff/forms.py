"""Forms of signing in, where ours ask for more than django-allauth's."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from staff import limits, mail
from staff.adapter import AccountAdapter
from staff.models import Profile
from staff.second_factor import spend_code

WRONG_CODE = AccountAdapter.error_messages["incorrect_code"]


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("User name or email")
        login.error_messages["required"] = _("Type your user name or your email.")
        login.widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        password.error_messages["required"] = _("Type your password.")
        password.help_text = ""
        password.widget.attrs = {"autocomplete": "current-password"}


class NewPasswordWish(ResetPasswordForm):
    """Known or not, an address costs the same work and gets the same answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs = {"autocomplete": "email"}
        self.fields["email"].label = _("Email")

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        mail.queue_password_link([user for user in self.users if user.has_usable_password()])
        return str(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        from allauth.core import context

        limits.count_reset(context.request)
        return super().clean() or self.cleaned_data


class OwnPasswordForm(ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        """Within the limits of signing in: on a screen that was left open nobody guesses for long."""
        from allauth.core import context

        tries = limits.count_password(context.request, account=str(self.user.pk))
        password: str = super().clean_oldpassword()
        tries.take_back()
        return password


class CodeOnce(forms.Form):
    """Each code of an app once, in whatever process, and not many wrong ones."""

    user: User

    def clean_code(self) -> str:
        tries = limits.count_code(self.user.pk)
        code: str = super().clean_code()  # type: ignore[misc]
        authenticator: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if authenticator.type == Authenticator.Type.TOTP:
            secret = decrypt(authenticator.data["secret"])
            if not spend_code(self.user, secret=secret, code=code):
                self._emit_authentication_failed(authenticator)  # type: ignore[attr-defined]
                raise ValidationError(WRONG_CODE)
        tries.take_back()
        return code


class CodeForm(CodeOnce, AuthenticateForm):
    pass


class CodeAgainForm(CodeOnce, ReauthenticateForm):
    pass


class AppSetUpForm(ActivateTOTPForm):
    def clean_code(self) -> str:
        tries = limits.count_code(self.user.pk)
        code: str = super().clean_code()
        # The code that proves the app must not sign in as well.
        if not spend_code(self.user, secret=self.secret, code=code):
            raise ValidationError(WRONG_CODE)
        tries.take_back()
        return code


class PasskeyForm(AddWebAuthnForm):
    passwordless = forms.BooleanField(
        label=_("Sign in with it without a password"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the passkey, for example “Front desk laptop”")


class InviteForm(forms.Form):
    first_name = forms.CharField(label=_("First name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150)
    # It becomes the name of the account, which may be no longer.
    email = forms.EmailField(label=_("Email"), max_length=150)
    groups = forms.ModelMultipleChoiceField(
        label=_("Roles"), queryset=Group.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["groups"].queryset = Group.objects.order_by("name")  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists() or User.objects.filter(username=email).exists():
            raise ValidationError(_("Somebody with this email has an account or an invitation already."))
        return email

    def clean_groups(self) -> Any:
        """Nobody gives away more than they have."""
        groups = self.cleaned_data["groups"]
        own = self.by.get_all_permissions()
        for group in groups.prefetch_related("permissions__content_type"):
            given = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()}
            if not self.by.is_superuser and not given <= own:
                raise ValidationError(
                    _("You cannot give the role %(role)s: it may do more than you."),
                    params={"role": group.name},
                )
        return groups


class WhoForm(forms.ModelForm):
    """One's own name, and the languages that one speaks."""

    languages = forms.CharField(
        label=_("Languages"),
        help_text=_("That you can speak with patients, with commas between them."),
        max_length=120,
        required=False,
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name")
        labels = {"first_name": _("First name"), "last_name": _("Last name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile = Profile.objects.filter(user=self.instance).first()
        self.fields["languages"].initial = profile.languages if profile else ""

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit)
        languages = {"languages": self.cleaned_data["languages"]}
        Profile.objects.update_or_create(user=user, defaults=languages)
        return user


class FirstPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("Your new password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Type a new password.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = password_validation.password_validators_help_text_html()

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.user)
        return password
