import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('companies', '0001_initial'),
        ('ledger', '0001_initial'),
        ('service', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ReasonCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='quality.reasoncode', verbose_name='kind of')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ],
                options={
                    'verbose_name': 'reason of tickets',
                    'verbose_name_plural': 'reasons of tickets',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='reason_code_once'), models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='reason_code_has_a_name')],
                },
            ), migrations.CreateModel(
                name='ServiceCostAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                ],
                options={
                    'verbose_name': 'account of service cost',
                    'verbose_name_plural': 'accounts of service cost',
                    'constraints': [models.UniqueConstraint(fields=('account',), name='service_cost_account_once')],
                },
            ), migrations.CreateModel(
                name='Survey',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='survey', to='service.ticket', verbose_name='ticket')),
                    ('email', models.TextField(verbose_name='asked at')),
                    ('language', models.TextField(verbose_name='language')),
                    ('digest', models.TextField(unique=True)),
                    ('asked_at', models.DateTimeField(verbose_name='asked')),
                    ('open_until', models.DateTimeField(verbose_name='can be answered until')),
                    ('changeable_days', models.BigIntegerField(verbose_name='can be changed for days')),
                    ('score', models.BigIntegerField(choices=[(5, 'very satisfied'), (4, 'satisfied'), (3, 'neither'), (2, 'dissatisfied'), (1, 'very dissatisfied')], null=True, verbose_name='satisfaction, 1 to 5')),
                    ('comment', models.TextField(blank=True, verbose_name='comment')),
                    ('answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ],
                options={
                    'verbose_name': 'satisfaction of a customer',
                    'verbose_name_plural': 'satisfaction of customers',
                    'indexes': [models.Index(fields=['email', '-asked_at'], name='survey_of_address'), models.Index(fields=['company', 'answered_at'], name='survey_answered')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('score__isnull', True), models.Q(('score__gte', 1), ('score__lte', 5)), _connector='OR'), name='survey_score'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('comment', ''), ('score__isnull', True)), models.Q(('answered_at__isnull', False), ('score__isnull', False)), _connector='OR'), name='survey_answer_is_whole'), models.CheckConstraint(condition=models.Q(('open_until__gt', models.F('asked_at'))), name='survey_open_after_asking')],
                },
            ), migrations.CreateModel(
                name='SurveyPolicy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('is_active', models.BooleanField(default=True, verbose_name='asks')),
                    ('rest_days', models.BigIntegerField(default=14, verbose_name='asks the same address again after days')),
                    ('open_days', models.BigIntegerField(default=30, verbose_name='can be answered for days')),
                    ('changeable_days', models.BigIntegerField(default=7, verbose_name='can be changed for days')),
                ],
                options={
                    'verbose_name': 'satisfaction survey',
                    'verbose_name_plural': 'satisfaction surveys',
                    'constraints': [models.CheckConstraint(condition=models.Q(('changeable_days__gte', 0), ('changeable_days__lte', 90), ('open_days__gte', 1), ('open_days__lte', 365), ('rest_days__gte', 0), ('rest_days__lte', 365)), name='survey_policy_days')],
                },
            ), migrations.CreateModel(
                name='TicketReason',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reason', to='service.ticket', verbose_name='ticket')),
                    ('reason', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='quality.reasoncode', verbose_name='reason')),
                ],
                options={
                    'verbose_name': 'reason of a ticket',
                    'verbose_name_plural': 'reasons given',
                },
            ), migrations.CreateModel(
                name='TimeEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='times', to='service.ticket', verbose_name='ticket')),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='agent')),
                    ('on', models.DateField(verbose_name='date')),
                    ('minutes', models.BigIntegerField(verbose_name='minutes')),
                    ('note', models.TextField(blank=True, verbose_name='what was done')),
                    ('hourly_cost', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='cost of an hour')),
                    ('cost', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='cost')),
                ],
                options={
                    'verbose_name': 'time entry',
                    'verbose_name_plural': 'time entries',
                    'indexes': [models.Index(fields=['ticket'], include=('minutes', 'cost'), name='time_of_ticket'), models.Index(fields=['company', 'on'], name='time_by_day')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('minutes__gte', -1440), ('minutes__lte', 1440), models.Q(('minutes', 0), _negated=True)), name='time_entry_minutes'), models.CheckConstraint(condition=models.Q(('hourly_cost__isnull', False), ('cost', 0), _connector='OR'), name='time_entry_costs_by_rate')],
                },
            ), migrations.CreateModel(
                name='CostRate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='agent')),
                    ('valid_from', models.DateField(default=django.utils.timezone.localdate, verbose_name='valid from')),
                    ('hourly_cost', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='cost of an hour')),
                ],
                options={
                    'verbose_name': 'cost rate',
                    'verbose_name_plural': 'cost rates',
                    'constraints': [models.UniqueConstraint(fields=('company', 'user', 'valid_from'), name='cost_rate_once_a_day', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('hourly_cost__gte', 0)), name='cost_rate_not_negative')],
                },
            )],
        ),
    ]
