from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from django.contrib.auth.models import Group, User

        from audit import checks, signs  # noqa: F401 - they register themselves
        from audit.writes import register

        register(User, name=User.get_username, links=["groups", "user_permissions"], is_personal=True)
        register(Group, name=str, links=["permissions"])
