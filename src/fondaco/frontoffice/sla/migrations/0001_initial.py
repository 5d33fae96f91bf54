import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
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
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('service', '0001_initial'),
        ('subscriptions', '0001_initial'),
        ('value', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='BusinessCalendar',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, verbose_name='written on')),
                    ('time_zone', models.TextField(default='Europe/Rome', verbose_name='time zone')),
                    ('country', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='closed on public holidays of')),
                    ('region', models.TextField(blank=True, help_text='ISO 3166-2 part, such as BZ, where holidays differ by region', verbose_name='region')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('active', 'in force'), ('retired', 'no longer in force')], default='draft', editable=False, verbose_name='state')),
                    ('active_from', models.DateTimeField(editable=False, null=True, verbose_name='in force from')),
                ],
                options={
                    'verbose_name': 'business calendar',
                    'verbose_name_plural': 'business calendars',
                    'constraints': [models.UniqueConstraint(fields=('id', 'company'), name='business_calendar_of_company'), models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('active_from__isnull', False), ('number__isnull', False)), _connector='OR'), name='business_calendar_is_numbered')],
                },
            ), migrations.CreateModel(
                name='CalendarClosure',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closures', to='sla.businesscalendar', verbose_name='business calendar')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('on', models.DateField(verbose_name='date')),
                    ('name', models.TextField(blank=True, verbose_name='name')),
                    ('works', models.BooleanField(default=False, verbose_name='works all the same')),
                ],
                options={
                    'verbose_name': 'closed day',
                    'verbose_name_plural': 'closed days',
                    'constraints': [models.UniqueConstraint(fields=('calendar', 'on'), name='calendar_closure_once')],
                },
            ), migrations.CreateModel(
                name='CalendarHours',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='sla.businesscalendar', verbose_name='business calendar')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('weekday', models.BigIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                    ('opens', models.TimeField(verbose_name='from')),
                    ('closes', models.TimeField(verbose_name='until')),
                ],
                options={
                    'verbose_name': 'hours',
                    'verbose_name_plural': 'hours',
                    'constraints': [models.UniqueConstraint(fields=('calendar', 'weekday', 'opens'), name='calendar_hours_once'), models.CheckConstraint(condition=models.Q(('weekday__gte', 0), ('weekday__lte', 6), models.Q(('closes__gt', models.F('opens')), ('closes', '00:00'), _connector='OR')), name='calendar_hours_run_forward')],
                },
            ), migrations.CreateModel(
                name='Clock',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='service.ticket', verbose_name='ticket')),
                    ('kind', models.TextField(choices=[('first', 'first answer'), ('next', 'next answer'), ('solution', 'solution')], verbose_name='promise')),
                    ('number', models.BigIntegerField(default=1, verbose_name='number')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.promiseline', verbose_name='promised time')),
                    ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='business calendar')),
                    ('state', models.TextField(choices=[('running', 'running'), ('paused', 'paused'), ('ended', 'ended'), ('dropped', 'no longer promised')], verbose_name='state')),
                    ('seconds', models.BigIntegerField(verbose_name='promised seconds')),
                    ('used', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='used seconds')),
                    ('started_at', models.DateTimeField(verbose_name='started at')),
                    ('running_since', models.DateTimeField(null=True, verbose_name='running since')),
                    ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ],
                options={
                    'verbose_name': 'clock',
                    'verbose_name_plural': 'clocks',
                    'indexes': [models.Index(condition=models.Q(('state', 'running')), fields=['company', 'due_at'], name='clock_due'), models.Index(fields=['company', 'ended_at'], name='clock_ended')],
                    'constraints': [models.UniqueConstraint(fields=('ticket', 'kind', 'number'), name='clock_once'), models.UniqueConstraint(condition=models.Q(('state__in', ['running', 'paused'])), fields=('ticket', 'kind'), name='clock_open_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['first', 'next', 'solution'])), name='clock_kind'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('running_since__isnull', False), ('state', 'running')), models.Q(('ended_at__isnull', True), ('running_since__isnull', True), ('state', 'paused')), models.Q(('ended_at__isnull', False), ('running_since__isnull', True), ('state__in', ['ended', 'dropped'])), _connector='OR'), name='clock_state'), models.CheckConstraint(condition=models.Q(('seconds__gt', 0), ('used__gte', 0)), name='clock_seconds')],
                },
            ), migrations.CreateModel(
                name='ClockRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='sla.clock', verbose_name='clock')),
                    ('from_at', models.DateTimeField(verbose_name='from')),
                    ('to_at', models.DateTimeField(null=True, verbose_name='until')),
                ],
                options={
                    'verbose_name': 'stretch',
                    'verbose_name_plural': 'stretches',
                    'constraints': [models.CheckConstraint(condition=models.Q(('to_at__isnull', True), ('to_at__gte', models.F('from_at')), _connector='OR'), name='clock_run_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('clock', '='), (models.Func(models.F('from_at'), models.F('to_at'), models.Value('[)'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='clock_runs_once_at_a_time')],
                },
            ), migrations.CreateModel(
                name='EscalationStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('promise', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='sla.servicepromise', verbose_name='service promise')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('kind', models.TextField(choices=[('first', 'first answer'), ('next', 'next answer'), ('solution', 'solution')], verbose_name='clock')),
                    ('at_percent', models.BigIntegerField(default=80, verbose_name='used time, %')),
                    ('does', models.TextField(choices=[('warn', 'warn the assignee'), ('raise', 'raise the priority'), ('queue', 'send to another queue'), ('manager', 'tell a manager')], verbose_name='what is done')),
                    ('priority', models.TextField(blank=True, choices=[('', ''), ('low', 'low'), ('normal', 'normal'), ('high', 'high'), ('urgent', 'urgent')], default='', verbose_name='to priority')),
                    ('to_queue', models.TextField(blank=True, default='', verbose_name='to queue')),
                    ('manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='manager')),
                ],
                options={
                    'verbose_name': 'escalation step',
                    'verbose_name_plural': 'escalation steps',
                    'ordering': ['position', 'id'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('at_percent__gte', 1), ('at_percent__lte', 1000)), name='escalation_step_percent'), models.CheckConstraint(condition=models.Q(('does', 'warn'), models.Q(('does', 'raise'), models.Q(('priority', ''), _negated=True)), models.Q(('does', 'queue'), models.Q(('to_queue', ''), _negated=True)), models.Q(('does', 'manager'), ('manager__isnull', False)), _connector='OR'), name='escalation_step_is_whole')],
                },
            ), migrations.CreateModel(
                name='Escalation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='escalations', to='sla.clock', verbose_name='clock')),
                    ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.escalationstep', verbose_name='step')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('told', models.TextField(blank=True, verbose_name='told to')),
                ],
                options={
                    'verbose_name': 'escalation',
                    'verbose_name_plural': 'escalations',
                    'constraints': [models.UniqueConstraint(fields=('clock', 'step'), name='escalation_once')],
                },
            ), migrations.CreateModel(
                name='Opening',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('calendar', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='business calendar')),
                    ('opens_at', models.DateTimeField(verbose_name='opens at')),
                    ('closes_at', models.DateTimeField(verbose_name='closes at')),
                    ('seconds_before', models.BigIntegerField(verbose_name='seconds before')),
                ],
                options={
                    'verbose_name': 'opening',
                    'verbose_name_plural': 'openings',
                    'constraints': [models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at')), ('seconds_before__gte', 0)), name='opening_runs_forward'), models.UniqueConstraint(fields=('calendar', 'opens_at'), name='opening_once'), models.UniqueConstraint(fields=('calendar', 'seconds_before'), name='opening_adds_up')],
                },
            ), migrations.CreateModel(
                name='PromiseLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('promise', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sla.servicepromise', verbose_name='service promise')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('contract', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.contract', verbose_name='contract')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product of the contract')),
                    ('level', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='value.servicelevel', verbose_name='service level')),
                    ('priority', models.TextField(blank=True, choices=[('', 'any'), ('low', 'low'), ('normal', 'normal'), ('high', 'high'), ('urgent', 'urgent')], default='', verbose_name='priority')),
                    ('channel', models.TextField(blank=True, choices=[('', 'any'), ('web', 'web'), ('email', 'e-mail'), ('phone', 'phone'), ('chat', 'chat'), ('message', 'message'), ('portal', 'portal')], default='', verbose_name='channel')),
                    ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='business calendar')),
                    ('first_minutes', models.BigIntegerField(blank=True, null=True, verbose_name='first answer, minutes')),
                    ('next_minutes', models.BigIntegerField(blank=True, null=True, verbose_name='next answer, minutes')),
                    ('solution_minutes', models.BigIntegerField(blank=True, null=True, verbose_name='solution, minutes')),
                ],
                options={
                    'verbose_name': 'promised time',
                    'verbose_name_plural': 'promised times',
                    'ordering': ['position', 'id'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('contract__isnull', True), ('level__isnull', True), _connector='OR'), name='promise_line_is_for_one'), models.CheckConstraint(condition=models.Q(('product__isnull', True), ('contract__isnull', False), _connector='OR'), name='promise_line_product_of_contract'), models.CheckConstraint(condition=models.Q(('first_minutes__isnull', False), ('next_minutes__isnull', False), ('solution_minutes__isnull', False), _connector='OR'), name='promise_line_promises'), models.CheckConstraint(condition=models.Q(models.Q(('first_minutes__isnull', True), models.Q(('first_minutes__gte', 1), ('first_minutes__lte', 200000)), _connector='OR'), models.Q(('next_minutes__isnull', True), models.Q(('next_minutes__gte', 1), ('next_minutes__lte', 200000)), _connector='OR'), models.Q(('solution_minutes__isnull', True), models.Q(('solution_minutes__gte', 1), ('solution_minutes__lte', 200000)), _connector='OR')), name='promise_line_minutes')],
                },
            ), migrations.CreateModel(
                name='ClockTrace',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('clock', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='traces', to='sla.clock', verbose_name='clock')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('what', models.TextField(choices=[('started', 'started'), ('paused', 'paused'), ('resumed', 'resumed'), ('ended', 'ended'), ('reopened', 'opened again'), ('reckoned', 'reckoned anew'), ('dropped', 'no longer promised')], verbose_name='what happened')),
                    ('why', models.TextField(blank=True, verbose_name='why')),
                    ('by', models.TextField(blank=True, verbose_name='by')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.promiseline', verbose_name='promised time')),
                    ('line_before', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.promiseline', verbose_name='promised time before')),
                    ('seconds', models.BigIntegerField(verbose_name='promised seconds')),
                    ('used', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='used seconds')),
                    ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                ],
                options={
                    'verbose_name': 'event of a clock',
                    'verbose_name_plural': 'events of a clock',
                    'indexes': [models.Index(fields=['clock', 'id'], name='trace_of_clock')],
                },
            ), migrations.CreateModel(
                name='ServicePromise',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, verbose_name='written on')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('active', 'in force'), ('retired', 'no longer in force')], default='draft', editable=False, verbose_name='state')),
                    ('active_from', models.DateTimeField(editable=False, null=True, verbose_name='in force from')),
                ],
                options={
                    'verbose_name': 'service promise',
                    'verbose_name_plural': 'service promises',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('company',), name='one_promise_in_force'), models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('active_from__isnull', False), ('number__isnull', False)), _connector='OR'), name='promise_in_force_is_numbered')],
                },
            ), migrations.CreateModel(
                name='ServedTicket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='served', to='service.ticket', verbose_name='ticket')),
                    ('promise', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.servicepromise', verbose_name='service promise')),
                    ('level', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='value.servicelevel', verbose_name='service level')),
                    ('came_at', models.DateTimeField(verbose_name='came at')),
                    ('reopened', models.BigIntegerField(default=0, verbose_name='opened again')),
                ],
                options={
                    'verbose_name': 'served ticket',
                    'verbose_name_plural': 'served tickets',
                    'indexes': [models.Index(fields=['company', 'came_at'], name='served_by_arrival')],
                },
            )],
        ),
    ]
