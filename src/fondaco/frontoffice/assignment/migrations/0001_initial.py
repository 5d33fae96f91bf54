import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('companies', '0001_initial'),
        ('crm', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='AssignmentRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('position', models.BigIntegerField(verbose_name='order')),
                    ('name', models.TextField(verbose_name='name')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('in_force', 'in force'), ('retired', 'retired')], default='draft', editable=False, verbose_name='state')),
                    ('territory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='assignment.territory', verbose_name='territory')),
                    ('applies_to', models.TextField(choices=[('both', 'leads and opportunities'), ('lead', 'leads'), ('opportunity', 'opportunities')], default='both', verbose_name='for')),
                    ('customers', models.TextField(choices=[('any', 'all'), ('existing', 'existing customers'), ('new', 'who is no customer yet')], default='any', verbose_name='customers')),
                    ('score_from', models.BigIntegerField(blank=True, null=True, verbose_name='score from')),
                    ('score_to', models.BigIntegerField(blank=True, null=True, verbose_name='score to')),
                    ('keeps_own', models.BooleanField(default=True, verbose_name='a customer keeps his salesperson')),
                    ('method', models.TextField(choices=[('least_loaded', 'least loaded'), ('in_turn', 'in turn'), ('fixed', 'one person')], default='least_loaded', verbose_name='who gets it')),
                    ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='the person')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'assignment rule',
                    'verbose_name_plural': 'assignment rules',
                    'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='assignment_rule_has_a_name'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'in_force', 'retired'])), name='assignment_rule_state'), models.CheckConstraint(condition=models.Q(('applies_to__in', ['both', 'lead', 'opportunity']), ('customers__in', ['any', 'existing', 'new']), ('method__in', ['least_loaded', 'in_turn', 'fixed'])), name='assignment_rule_words'), models.CheckConstraint(condition=models.Q(models.Q(('method', 'fixed'), ('person__isnull', False)), models.Q(models.Q(('method', 'fixed'), _negated=True), ('person__isnull', True)), _connector='OR'), name='fixed_rule_names_a_person'), models.CheckConstraint(condition=models.Q(models.Q(('score_from__isnull', True), models.Q(('score_from__gte', 0), ('score_from__lte', 100)), _connector='OR'), models.Q(('score_to__isnull', True), models.Q(('score_to__gte', 0), ('score_to__lte', 100)), _connector='OR'), models.Q(('score_from__isnull', True), ('score_to__isnull', True), ('score_to__gte', models.F('score_from')), _connector='OR')), name='assignment_rule_score'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_from__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='assignment_rule_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state', 'in_force')), expressions=[('company', '='), ('position', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='assignment_order_once_a_day')],
                },
            ), migrations.CreateModel(
                name='Rulebook',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('digest', models.TextField(verbose_name='fingerprint')),
                    ('content', models.JSONField(verbose_name='rules and people')),
                ],
                options={
                    'verbose_name': 'rulebook',
                    'verbose_name_plural': 'rulebooks',
                    'constraints': [models.UniqueConstraint(fields=('company', 'digest'), name='rulebook_once')],
                },
            ), migrations.CreateModel(
                name='Assignment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('on', models.DateField(verbose_name='date')),
                    ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.lead', verbose_name='lead')),
                    ('opportunity', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.opportunity', verbose_name='opportunity')),
                    ('before', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='had it before')),
                    ('salesperson', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('how', models.TextField(choices=[('own', "the customer's own salesperson"), ('fixed', 'the person the rule names'), ('in_turn', 'in turn'), ('least_loaded', 'least loaded'), ('manager', "the territory's manager, nobody else being there"), ('queue', 'nobody: waits to be given out'), ('no_rule', 'no rule fits'), ('by_hand', 'by hand')], verbose_name='how')),
                    ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assignment.assignmentrule', verbose_name='rule')),
                    ('rulebook', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assignment.rulebook', verbose_name='rulebook')),
                    ('inputs', models.JSONField(default=dict, verbose_name='what was looked at')),
                    ('reason', models.TextField(verbose_name='why')),
                ],
                options={
                    'verbose_name': 'assignment',
                    'verbose_name_plural': 'assignments',
                    'indexes': [models.Index(condition=models.Q(('how', 'in_turn')), fields=['rule', 'salesperson'], name='assignment_turn'), models.Index(fields=['company', '-id'], name='assignment_latest')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('lead__isnull', False), ('opportunity__isnull', True)), models.Q(('lead__isnull', True), ('opportunity__isnull', False)), _connector='OR'), name='assignment_of_one_document'), models.CheckConstraint(condition=models.Q(('how__in', ['own', 'fixed', 'in_turn', 'least_loaded', 'manager', 'queue', 'no_rule', 'by_hand'])), name='assignment_how'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='assignment_says_why'), models.CheckConstraint(condition=models.Q(('salesperson__isnull', False), ('how__in', ['queue', 'no_rule']), _connector='OR'), name='assignment_gives_to_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('how', 'by_hand'), ('rule__isnull', True), ('rulebook__isnull', True)), models.Q(('how', 'no_rule'), ('rule__isnull', True), ('rulebook__isnull', False)), models.Q(models.Q(('how__in', ['by_hand', 'no_rule']), _negated=True), ('rule__isnull', False), ('rulebook__isnull', False)), _connector='OR'), name='assignment_by_rule_or_hand')],
                },
            ), migrations.CreateModel(
                name='Territory',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='manager')),
                ],
                options={
                    'verbose_name': 'territory',
                    'verbose_name_plural': 'territories',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='territory_name_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='territory_has_a_name')],
                },
            ), migrations.CreateModel(
                name='TerritoryMember',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('territory', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='assignment.territory', verbose_name='territory')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('salesperson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('capacity', models.DecimalField(decimal_places=2, default=100, max_digits=7, verbose_name='capacity %')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'member',
                    'verbose_name_plural': 'members',
                    'constraints': [models.CheckConstraint(condition=models.Q(('capacity__gt', 0), ('capacity__lte', 1000)), name='member_capacity'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_from__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='member_days_run_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('territory', '='), ('salesperson', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='member_once_a_day')],
                },
            ), migrations.CreateModel(
                name='TerritoryPart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('territory', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='assignment.territory', verbose_name='territory')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('country', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                    ('regions', models.TextField(blank=True, verbose_name='provinces or regions')),
                    ('postal_from', models.TextField(blank=True, verbose_name='postal code from')),
                    ('postal_to', models.TextField(blank=True, verbose_name='postal code to')),
                    ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.customergroup', verbose_name='customer group')),
                    ('source', models.TextField(blank=True, choices=[('web', 'web form'), ('email', 'e-mail'), ('phone', 'phone'), ('event', 'event'), ('referral', 'referral'), ('campaign', 'campaign'), ('import', 'import'), ('api', 'other program'), ('other', 'other')], verbose_name='source')),
                    ('amount_from', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='worth from')),
                    ('amount_to', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='worth below')),
                ],
                options={
                    'verbose_name': 'part of a territory',
                    'verbose_name_plural': 'parts of territories',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('postal_from', ''), ('postal_to', ''), ('regions', '')), ('country__isnull', False), _connector='OR'), name='postal_codes_are_of_a_country'), models.CheckConstraint(condition=models.Q(('amount_from__isnull', True), ('amount_to__isnull', True), ('amount_to__gt', models.F('amount_from')), _connector='OR'), name='territory_worth_runs_upwards')],
                },
            ), migrations.CreateModel(
                name='Absence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('salesperson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='who is away')),
                    ('valid_from', models.DateField(verbose_name='from')),
                    ('valid_to', models.DateField(verbose_name='to')),
                    ('why', models.TextField(blank=True, verbose_name='why')),
                ],
                options={
                    'verbose_name': 'absence',
                    'verbose_name_plural': 'absences',
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='absence_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('salesperson', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='absence_once_a_day')],
                },
            )],
        ),
    ]
