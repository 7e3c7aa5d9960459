# Time that was blocked before counts as blocked now: visits in it, of which nobody could know whether they
# were meant to be there, are listed once. A web process of the release before can go on writing: each new
# column is nullable or has a default in the database.

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('booking', '0004_article_of_a_visit'),
    ]

    operations = [
        migrations.AddField(
            model_name='availabilityexception',
            name='changed_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name='closure',
            name='changed_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='appointmentevent',
            name='kind',
            field=models.CharField(choices=[('held', 'Held online'), ('booked', 'Booked'), ('moved', 'Moved'), ('cancelled', 'Cancelled'), ('arrived', 'Arrived'), ('checked_in', 'In room'), ('fulfilled', 'Done'), ('noshow', 'No-show'), ('entered_in_error', 'Entered in error'), ('patients_merged', 'Patient records merged'), ('undone', 'Undone'), ('left_in_closed', 'Left in closed time'), ('kept', 'Kept in closed time')], max_length=16, verbose_name='what'),
        ),
        migrations.CreateModel(
            name='ExceptionSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('every_weeks', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(52)], verbose_name='every so many weeks')),
                ('until', models.DateField(help_text='No time begins after this day.', verbose_name='until')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
            ],
            options={
                'verbose_name': 'series',
                'verbose_name_plural': 'series',
                'constraints': [models.CheckConstraint(condition=models.Q(('every_weeks__gte', 1), ('every_weeks__lte', 52)), name='booking_series_weeks', violation_error_message='A series repeats every 1 to 52 weeks.')],
            },
        ),
        migrations.AddField(
            model_name='availabilityexception',
            name='series',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='exceptions', to='booking.exceptionseries', verbose_name='series'),
        ),
    ]
