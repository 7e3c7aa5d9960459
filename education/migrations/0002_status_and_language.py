from django.db import migrations, models


def publish(apps, schema_editor):
    apps.get_model("education", "Article").objects.filter(is_published=True).update(status="published")


def unpublish(apps, schema_editor):
    Article = apps.get_model("education", "Article")
    Article.objects.filter(status="published").update(is_published=True)


class Migration(migrations.Migration):
    dependencies = [("education", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="article",
            name="slug",
            field=models.SlugField(max_length=80, verbose_name="address name"),
        ),
        migrations.AddField(
            model_name="article",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("es", "Español")],
                default="en",
                max_length=8,
                verbose_name="language",
            ),
        ),
        migrations.AddField(
            model_name="article",
            name="status",
            field=models.CharField(
                choices=[("draft", "draft"), ("published", "published"), ("withdrawn", "withdrawn")],
                default="draft",
                max_length=9,
                verbose_name="status",
            ),
        ),
        migrations.RunPython(publish, unpublish),
        migrations.RemoveField(model_name="article", name="is_published"),
        migrations.AddConstraint(
            model_name="article",
            constraint=models.UniqueConstraint(
                fields=("slug", "language"),
                name="education_article_slug_language",
                violation_error_message="Another article in this language has this address.",
            ),
        ),
    ]
