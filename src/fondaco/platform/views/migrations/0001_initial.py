import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
import fondaco.platform.views.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='SavedView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='owner')),
                    ('resource', models.TextField(choices=fondaco.platform.views.models.lists, max_length=60, verbose_name='list')),
                    ('name', models.TextField(max_length=60, verbose_name='name')),
                    ('state', models.TextField(choices=[('personal', 'personal'), ('shared', 'for everybody')], default='personal', editable=False, verbose_name='for whom')),
                    ('kind', models.TextField(choices=[('list', 'list'), ('board', 'board')], default='list', verbose_name='shown as')),
                    ('filters', models.JSONField(blank=True, default=dict, verbose_name='filters')),
                    ('search', models.TextField(blank=True, max_length=200, verbose_name='search')),
                    ('sort', models.TextField(blank=True, max_length=100, verbose_name='sorted by')),
                    ('grouping', models.TextField(blank=True, max_length=100, verbose_name='grouped by')),
                    ('columns', models.JSONField(blank=True, default=list, verbose_name='columns')),
                ],
                options={
                    'verbose_name': 'view',
                    'verbose_name_plural': 'views',
                    'constraints': [models.UniqueConstraint(fields=('owner', 'resource', 'name'), name='own_view_name_once'), models.UniqueConstraint(condition=models.Q(('state', 'shared')), fields=('resource', 'name'), name='shared_view_name_once'), models.CheckConstraint(condition=models.Q(('name__regex', '^[^\\s[:cntrl:]]([^[:cntrl:]]{0,58}[^\\s[:cntrl:]])?$')), name='view_has_a_name'), models.CheckConstraint(condition=models.Q(('resource__regex', '^[a-z][a-z0-9-]{0,59}$')), name='view_of_a_list'), models.CheckConstraint(condition=models.Q(('kind__in', ['list', 'board'])), name='view_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['personal', 'shared'])), name='view_state_known')],
                },
            ), migrations.CreateModel(
                name='DefaultView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='access.user', verbose_name='user')),
                    ('view', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='defaults', to='views.savedview', verbose_name='view')),
                    ('resource', models.TextField(editable=False, verbose_name='list')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'resource'), name='default_view_once')],
                },
            )],
        ),
    ]
