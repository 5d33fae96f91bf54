import django.contrib.postgres.functions
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
import fondaco.platform.documents.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Amendment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('table_name', models.TextField()),
                    ('row_id', models.BigIntegerField()),
                    ('version_number', models.BigIntegerField()),
                    ('content', models.JSONField()),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('transaction', models.BigIntegerField(db_default=fondaco.platform.documents.models.TransactionNumber(), editable=False)),
                    ('at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), editable=False)),
                ],
                options={
                    'verbose_name': 'amendment',
                    'verbose_name_plural': 'amendments',
                    'constraints': [models.UniqueConstraint(fields=('table_name', 'row_id', 'version_number'), name='amendment_version_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='amendment_has_reason'), models.CheckConstraint(condition=models.Q(('version_number__gte', 1)), name='amendment_counts_from_one')],
                },
            ), migrations.CreateModel(
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
