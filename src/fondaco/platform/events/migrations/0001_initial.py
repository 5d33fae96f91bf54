import fondaco.platform.database.creating
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='OutboxMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.TextField(unique=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('channel', models.TextField()),
                    ('payload', models.JSONField()),
                    ('sent_at', models.DateTimeField(null=True)),
                    ('withheld_at', models.DateTimeField(null=True)),
                    ('attempts', models.BigIntegerField(default=0)),
                    ('next_attempt_at', models.DateTimeField(null=True)),
                    ('last_error', models.TextField(default='')),
                ],
                options={
                    'verbose_name': 'outgoing message',
                    'verbose_name_plural': 'outgoing messages',
                    'indexes': [models.Index(condition=models.Q(('sent_at__isnull', True)), fields=['next_attempt_at', 'id'], name='outbox_waiting')],
                },
            )],
        ),
    ]
