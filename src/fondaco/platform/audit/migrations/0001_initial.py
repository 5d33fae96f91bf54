import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Change',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('table_name', models.TextField()),
                    ('row_id', models.BigIntegerField()),
                    ('operation', models.TextField()),
                    ('changes', models.JSONField()),
                    ('actor', models.TextField(db_default=fondaco.platform.database.rows.ActorName())),
                    ('verb', models.TextField()),
                    ('reason', models.TextField()),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'indexes': [models.Index(fields=['table_name', 'row_id', '-id'], name='change_of_row')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('actor', ''), _negated=True), name='change_has_actor'), models.CheckConstraint(condition=models.Q(('operation__in', ['update', 'delete'])), name='change_is_update_or_delete')],
                },
            )],
        ),
    ]
