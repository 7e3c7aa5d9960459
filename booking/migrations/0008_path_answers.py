from django.db import migrations, models

BATCH = 1000


def tell_where_visits_came_from(apps, schema_editor):
    """Visits from before: an article is on record, and so is who wrote them down."""
    Appointment = apps.get_model("booking", "Appointment")
    for came_from, known in [("caller", {"source": "staff"}), ("article", {"article__gt": ""})]:
        untold = Appointment.objects.filter(came_from="direct", **known).order_by("pk")
        while keys := list(untold.values_list("pk", flat=True)[:BATCH]):
            Appointment.objects.filter(pk__in=keys).update(came_from=came_from)


class Migration(migrations.Migration):
    dependencies = [("booking", "0007_reminders")]

    operations = [
        migrations.AddField(
            model_name="intakeanswer",
            name="is_from_path",
            field=models.BooleanField(db_default=False, default=False, verbose_name="asked before the booking"),
        ),
        migrations.AddField(
            model_name="appointment",
            name="came_from",
            field=models.CharField(
                choices=[
                    ("direct", "The booking pages"),
                    ("article", "An article"),
                    ("path", "The questions “Which of these is most like yours?”"),
                    ("caller", "A call, or the front desk"),
                ],
                db_default="direct",
                default="direct",
                max_length=8,
                verbose_name="came from",
            ),
        ),
        migrations.RunPython(tell_where_visits_came_from, migrations.RunPython.noop),
    ]
