import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ForecastSnapshot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('week', models.DateField(verbose_name='week')),
                    ('on', models.DateField(verbose_name='taken on')),
                ],
                options={
                    'verbose_name': 'forecast snapshot',
                    'verbose_name_plural': 'forecast snapshots',
                    'constraints': [models.UniqueConstraint(fields=('company', 'week'), name='forecast_snapshot_once_a_week'), models.CheckConstraint(condition=models.Q(('week__iso_week_day', 1)), name='forecast_snapshot_week_is_a_monday'), models.CheckConstraint(condition=models.Q(('on__gte', models.F('week'))), name='forecast_snapshot_in_its_week')],
                },
            ), migrations.CreateModel(
                name='Lead',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, verbose_name='received on')),
                    ('state', models.TextField(choices=[('new', 'new'), ('contacted', 'contacted'), ('qualified', 'qualified'), ('converted', 'converted'), ('disqualified', 'disqualified')], default='new', editable=False, verbose_name='state')),
                    ('source', models.TextField(choices=[('web', 'web form'), ('email', 'e-mail'), ('phone', 'phone'), ('event', 'event'), ('referral', 'referral'), ('campaign', 'campaign'), ('import', 'import'), ('api', 'other program'), ('other', 'other')], default='other', verbose_name='source')),
                    ('interest', models.TextField(blank=True, verbose_name='interest')),
                    ('contact_name', models.TextField(blank=True, verbose_name='contact')),
                    ('email', models.EmailField(blank=True, max_length=320, verbose_name='e-mail')),
                    ('phone', models.TextField(blank=True, verbose_name='phone')),
                    ('estimated_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='estimated amount')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('disqualified_reason', models.TextField(blank=True, editable=False, verbose_name='why it was disqualified')),
                ],
                options={
                    'verbose_name': 'lead',
                    'verbose_name_plural': 'leads',
                    'indexes': [models.Index(fields=['company', 'state', '-on'], name='lead_by_state'), models.Index(fields=['salesperson', 'state'], name='lead_of_salesperson'), models.Index(fields=['email'], name='lead_email')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='lead_number_once'), models.UniqueConstraint(condition=models.Q(('state__in', ['new', 'contacted', 'qualified'])), fields=('company', 'party'), name='open_lead_once'), models.UniqueConstraint(condition=models.Q(('state__in', ['new', 'contacted', 'qualified']), models.Q(('email', ''), _negated=True)), fields=('company', 'email'), name='open_lead_email_once'), models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='lead_email_is_lower_case'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'disqualified'), _negated=True), models.Q(('disqualified_reason', ''), _negated=True), _connector='OR'), name='disqualified_lead_says_why'), models.CheckConstraint(condition=models.Q(('estimated_amount__isnull', True), ('currency__isnull', False), _connector='OR'), name='lead_amount_has_currency')],
                },
            ), migrations.CreateModel(
                name='Opportunity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('name', models.TextField(verbose_name='name')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, verbose_name='opened on')),
                    ('stage', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.stage', verbose_name='stage')),
                    ('stage_since', models.DateField(default=django.utils.timezone.localdate, editable=False, verbose_name='in this stage since')),
                    ('state', models.TextField(choices=[('open', 'open'), ('won', 'won'), ('lost', 'lost')], default='open', editable=False, verbose_name='state')),
                    ('amount', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='amount')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('probability', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='probability %')),
                    ('probability_is_own', models.BooleanField(default=False, editable=False, verbose_name='probability set by hand')),
                    ('forecast', models.TextField(blank=True, choices=[('commit', 'commit'), ('best_case', 'best case'), ('pipeline', 'in pipeline'), ('omitted', 'left out')], verbose_name='forecast')),
                    ('forecast_is_own', models.BooleanField(default=False, editable=False, verbose_name='forecast set by hand')),
                    ('expected_close', models.DateField(blank=True, null=True, verbose_name='expected close')),
                    ('next_step', models.TextField(blank=True, verbose_name='next step')),
                    ('next_step_on', models.DateField(blank=True, null=True, verbose_name='next step on')),
                    ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('lead', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opportunity', to='crm.lead', verbose_name='lead')),
                    ('lost_reason', models.TextField(blank=True, editable=False, verbose_name='why it was lost')),
                    ('closed_on', models.DateField(editable=False, null=True, verbose_name='closed on')),
                ],
                options={
                    'verbose_name': 'opportunity',
                    'verbose_name_plural': 'opportunities',
                    'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['company', 'stage'], name='opportunity_open'), models.Index(fields=['party', '-on'], name='opportunity_of_party'), models.Index(condition=models.Q(('state', 'open')), fields=['salesperson', 'expected_close'], name='opportunity_of_salesperson')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='opportunity_number_once'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='opportunity_amount_not_negative'), models.CheckConstraint(condition=models.Q(('forecast__in', ['commit', 'best_case', 'pipeline', 'omitted'])), name='opportunity_is_forecast'), models.CheckConstraint(condition=models.Q(('probability__gte', 0), ('probability__lte', 100)), name='opportunity_probability'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'lost'), _negated=True), models.Q(('lost_reason', ''), _negated=True), _connector='OR'), name='lost_opportunity_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('closed_on__isnull', False)), _connector='OR'), name='closed_opportunity_has_a_day'), models.CheckConstraint(condition=models.Q(('currency__isnull', False), ('stage__isnull', False)), name='opportunity_stands_in_a_stage_and_currency')],
                },
            ), migrations.CreateModel(
                name='Activity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('opportunity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='activities', to='crm.opportunity', verbose_name='opportunity')),
                    ('kind', models.TextField(choices=[('call', 'call'), ('meeting', 'meeting'), ('task', 'task'), ('mail', 'e-mail'), ('visit', 'visit')], default='task', verbose_name='kind')),
                    ('subject', models.TextField(verbose_name='subject')),
                    ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due')),
                    ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='assigned to')),
                    ('done_at', models.DateTimeField(editable=False, null=True, verbose_name='done at')),
                    ('outcome', models.TextField(blank=True, editable=False, verbose_name='outcome')),
                ],
                options={
                    'verbose_name': 'activity',
                    'verbose_name_plural': 'activities',
                    'indexes': [models.Index(condition=models.Q(('done_at__isnull', True)), fields=['assignee', 'due_at'], name='activity_to_do'), models.Index(fields=['party', 'due_at'], name='activity_of_party')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('outcome', ''), ('done_at__isnull', False), _connector='OR'), name='outcome_only_of_done_activity')],
                },
            ), migrations.CreateModel(
                name='Pipeline',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                ],
                options={
                    'verbose_name': 'pipeline',
                    'verbose_name_plural': 'pipelines',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='pipeline_name_once')],
                },
            ), migrations.CreateModel(
                name='Quota',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('salesperson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('first_on', models.DateField(verbose_name='from')),
                    ('last_on', models.DateField(verbose_name='to')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='to be won')),
                ],
                options={
                    'verbose_name': 'sales quota',
                    'verbose_name_plural': 'sales quotas',
                    'constraints': [models.CheckConstraint(condition=models.Q(('last_on__gte', models.F('first_on'))), name='quota_runs_forward'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='quota_amount'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), ('salesperson', '='), (models.Func(models.F('first_on'), models.F('last_on'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='quota_once_a_day')],
                },
            ), migrations.CreateModel(
                name='Stage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='crm.pipeline', verbose_name='pipeline')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('position', models.BigIntegerField(default=1, verbose_name='position')),
                    ('probability', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='probability %')),
                    ('forecast', models.TextField(choices=[('commit', 'commit'), ('best_case', 'best case'), ('pipeline', 'in pipeline'), ('omitted', 'left out')], default='pipeline', verbose_name='forecast')),
                    ('exit_criteria', models.JSONField(blank=True, default=list, verbose_name='exit criteria')),
                    ('stale_days', models.BigIntegerField(blank=True, null=True, verbose_name='stale after days')),
                    ('is_won', models.BooleanField(default=False, verbose_name='won')),
                    ('is_lost', models.BooleanField(default=False, verbose_name='lost')),
                ],
                options={
                    'verbose_name': 'stage',
                    'verbose_name_plural': 'stages',
                    'ordering': ['pipeline', 'position', 'id'],
                    'constraints': [models.UniqueConstraint(fields=('pipeline', 'name'), name='stage_name_once'), models.UniqueConstraint(condition=models.Q(('is_won', True)), fields=('pipeline',), name='pipeline_has_one_won_stage'), models.UniqueConstraint(condition=models.Q(('is_lost', True)), fields=('pipeline',), name='pipeline_has_one_lost_stage'), models.CheckConstraint(condition=models.Q(('probability__gte', 0), ('probability__lte', 100)), name='stage_probability'), models.CheckConstraint(condition=models.Q(('stale_days__isnull', True), ('stale_days__gt', 0), _connector='OR'), name='stage_stale_days'), models.CheckConstraint(condition=models.Q(('is_lost', True), ('is_won', True), _negated=True), name='stage_is_won_or_lost')],
                },
            ), migrations.CreateModel(
                name='SnapshotDeal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('snapshot', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deals', to='crm.forecastsnapshot', verbose_name='forecast snapshot')),
                    ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.opportunity', verbose_name='opportunity')),
                    ('state', models.TextField(choices=[('open', 'open'), ('won', 'won'), ('lost', 'lost')], verbose_name='state')),
                    ('forecast', models.TextField(choices=[('commit', 'commit'), ('best_case', 'best case'), ('pipeline', 'in pipeline'), ('omitted', 'left out')], verbose_name='forecast')),
                    ('stage', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.stage', verbose_name='stage')),
                    ('expected_close', models.DateField(null=True, verbose_name='expected close')),
                    ('closed_on', models.DateField(null=True, verbose_name='closed on')),
                    ('probability', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='probability %')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('currency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('base_amount', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='amount in company currency')),
                ],
                options={
                    'verbose_name': 'deal of a snapshot',
                    'verbose_name_plural': 'deals of a snapshot',
                    'constraints': [models.UniqueConstraint(fields=('snapshot', 'opportunity'), name='snapshot_deal_once')],
                },
            ), migrations.CreateModel(
                name='StageChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('opportunity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='crm.opportunity', verbose_name='opportunity')),
                    ('from_stage', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.stage', verbose_name='from')),
                    ('to_stage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.stage', verbose_name='to')),
                    ('on', models.DateField(verbose_name='on')),
                    ('days', models.BigIntegerField(default=0, verbose_name='days in the stage')),
                    ('criteria_met', models.JSONField(default=list, verbose_name='criteria met')),
                    ('criteria_open', models.JSONField(default=list, verbose_name='criteria left open')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('probability', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='probability %')),
                ],
                options={
                    'verbose_name': 'stage change',
                    'verbose_name_plural': 'stage changes',
                    'constraints': [models.CheckConstraint(condition=models.Q(('days__gte', 0)), name='stage_change_days')],
                },
            )],
        ),
    ]
