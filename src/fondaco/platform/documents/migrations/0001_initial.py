import fondaco.platform.database.creating
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='IdempotencyKey',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor', models.TextField()),
                    ('key', models.TextField()),
                    ('fingerprint', models.TextField()),
                    ('answer', models.JSONField(null=True)),
                    ('at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('actor', 'key'), name='idempotency_key_once')],
                },
            ), migrations.CreateModel(
                name='NumberSeries',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('company_id', models.BigIntegerField()),
                    ('key', models.TextField()),
                    ('year', models.BigIntegerField(default=0)),
                    ('prefix', models.TextField(blank=True)),
                    ('digits', models.BigIntegerField(default=5)),
                    ('last_number', models.BigIntegerField(default=0)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('company_id', 'key', 'year'), name='series_once'), models.CheckConstraint(condition=models.Q(('last_number__gte', 0)), name='series_counts_up')],
                },
            )],
        ),
    ]
