"""The text that articles have today becomes their first version, so that the first edit can be undone."""

from django.db import migrations

FIELDS = (
    "id", "slug", "language", "title", "summary", "body", "position", "visit_type_id", "reviewer_name",
    "reviewed_on", "review_due", "status",
)  # fmt: skip


def keep_first_versions(apps, schema_editor):
    Article = apps.get_model("education", "Article")
    HistoricalArticle = apps.get_model("education", "HistoricalArticle")
    HistoricalArticle.objects.bulk_create(
        HistoricalArticle(
            **{name: getattr(article, name) for name in FIELDS},
            history_date=article.updated_at,
            history_type="+",
            history_change_reason="before versions were kept",
        )
        for article in Article.objects.all()
    )


class Migration(migrations.Migration):
    dependencies = [("education", "0003_versions")]

    operations = [migrations.RunPython(keep_first_versions, migrations.RunPython.noop)]
