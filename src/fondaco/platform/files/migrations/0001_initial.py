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
                name='Attachment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('table_name', models.TextField()),
                    ('row_id', models.BigIntegerField()),
                    ('name', models.TextField(verbose_name='name')),
                    ('media_type', models.TextField(verbose_name='kind')),
                    ('size', models.BigIntegerField(verbose_name='size')),
                    ('digest', models.TextField()),
                ],
                options={
                    'verbose_name': 'file',
                    'verbose_name_plural': 'files',
                    'indexes': [models.Index(fields=['table_name', 'row_id', '-id'], name='file_of_row')],
                    'constraints': [models.UniqueConstraint(fields=('table_name', 'row_id', 'digest', 'name'), name='file_once_on_a_row'), models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='file_has_bytes'), models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='file_digest'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('name__regex', '[/\\\\[:cntrl:]]'), _negated=True)), name='file_name')],
                },
            )],
        ),
    ]
