import django.contrib.postgres.functions
import fondaco.platform.database.creating
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='One',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('stamp', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False)),
                ],
                options={
                    'db_table': 'one',
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_is_one')],
                },
            )],
        ),
    ]
