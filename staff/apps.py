from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = _("Staff")

    def ready(self) -> None:
        from allauth.account.decorators import secure_admin_login
        from django.contrib import admin
        from django.views.generic import RedirectView

        from outbox import registry
        from staff import mail, second_factor
        from staff.stock_pages import refuse_odd_questions

        # Django's own page takes any number of wrong passwords.
        admin.site.password_change = RedirectView.as_view(  # type: ignore[method-assign,assignment]
            pattern_name="account_change_password"
        )
        admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
        admin.site.admin_view = refuse_odd_questions(admin.site.admin_view)  # type: ignore[method-assign]
        second_factor.connect()
        for kind, compose in mail.KINDS.items():
            registry.register(kind, compose)
