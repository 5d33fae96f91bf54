import django.db.models.deletion
import fondaco.platform.database.creating
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Job',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.TextField(verbose_name='kind')),
                    ('title', models.TextField(verbose_name='title')),
                    ('key', models.TextField(null=True, unique=True)),
                    ('actor', models.TextField(verbose_name='by')),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='access.user', verbose_name='user')),
                    ('parameters', models.JSONField(default=dict)),
                    ('state', models.TextField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('refused', 'Refused'), ('failed', 'Failed'), ('stopped', 'Stopped')], default='waiting', verbose_name='state')),
                    ('done', models.BigIntegerField(default=0, verbose_name='done')),
                    ('total', models.BigIntegerField(default=0, verbose_name='of')),
                    ('message', models.TextField(default='', verbose_name='message')),
                    ('result', models.JSONField(default=dict)),
                    ('stop_asked', models.BooleanField(default=False)),
                    ('attempts', models.BigIntegerField(default=0, verbose_name='attempts')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='asked for at')),
                    ('started_at', models.DateTimeField(null=True, verbose_name='started at')),
                    ('beat_at', models.DateTimeField(null=True)),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ],
                options={
                    'verbose_name': 'job',
                    'verbose_name_plural': 'jobs',
                    'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['id'], name='job_to_do'), models.Index(fields=['user', '-id'], name='job_of_user')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'done', 'refused', 'failed', 'stopped'])), name='job_state'), models.CheckConstraint(condition=models.Q(('done__gte', 0), ('total__gte', 0)), name='job_progress')],
                },
            )],
        ),
    ]
