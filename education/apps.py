from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EducationConfig(AppConfig):
    name = "education"
    verbose_name = _("Articles")

    def ready(self) -> None:
        from audit.writes import register
        from education.models import Article

        # Their texts have versions of their own.
        register(Article, name=lambda article: f"{article.slug} ({article.language})")
