"""Tries are counted for more than "find my visit" now. Nothing was released before this."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="visitlookup", name="booking_lookup_address"),
        migrations.RenameModel(old_name="VisitLookup", new_name="Attempt"),
        migrations.RenameField(model_name="attempt", old_name="address", new_name="key"),
        migrations.AddField(
            model_name="attempt",
            name="kind",
            field=models.CharField(
                choices=[
                    ("find", "Find my visit"),
                    ("hold", "Hold a time"),
                    ("book", "Book a visit"),
                    ("waitlist", "Join the waitlist"),
                ],
                db_default="find",
                default="find",
                max_length=8,
                verbose_name="kind",
            ),
        ),
    ]
