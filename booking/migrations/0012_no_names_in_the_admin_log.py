"""Patients' names leave the log of the admin: it says which record it was, by number."""

from django.db import migrations


def take_names_out(apps, schema_editor):
    LogEntry = apps.get_model("admin", "LogEntry")
    entries = LogEntry.objects.filter(content_type__app_label="booking", content_type__model="patient")
    for entry in entries.exclude(object_repr__startswith="#").iterator():
        LogEntry.objects.filter(pk=entry.pk).update(object_repr=f"#{entry.object_id}"[:200])


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0011_staff_permissions"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(take_names_out, migrations.RunPython.noop)]
