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
                name='AccountPlan',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('name', models.TextField(verbose_name='name')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('active', 'active'), ('closed', 'closed')], default='draft', editable=False, verbose_name='state')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='plan owner')),
                    ('first_on', models.DateField(verbose_name='from')),
                    ('last_on', models.DateField(verbose_name='to')),
                    ('revenue_goal', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='revenue to reach')),
                    ('margin_goal', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='margin to reach')),
                    ('description', models.TextField(blank=True, verbose_name='where we stand and what we want')),
                    ('outcome', models.TextField(blank=True, editable=False, verbose_name='what came of it')),
                ],
                options={
                    'verbose_name': 'account plan',
                    'verbose_name_plural': 'account plans',
                    'indexes': [models.Index(fields=['party', '-first_on'], name='account_plan_of_party')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='account_plan_number_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='account_plan_has_a_name'), models.CheckConstraint(condition=models.Q(('last_on__gte', models.F('first_on'))), name='account_plan_runs_forward'), models.CheckConstraint(condition=models.Q(('revenue_goal__gt', 0), models.Q(('margin_goal__isnull', True), ('margin_goal__gt', 0), _connector='OR')), name='account_plan_goals'), models.CheckConstraint(condition=models.Q(('owner__isnull', False)), name='account_plan_has_an_owner'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('outcome', ''), _negated=True), _connector='OR'), name='closed_plan_says_what_came'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state', 'active')), expressions=[('company', '='), ('party', '='), (models.Func(models.F('first_on'), models.F('last_on'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='active_plan_once_a_day')],
                },
            ), migrations.CreateModel(
                name='PlanCompany',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('position', models.BigIntegerField(default=0, verbose_name='position')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='companies', to='accountplans.accountplan', verbose_name='account plan')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='company of the group')),
                ],
                options={
                    'verbose_name': 'company of the group',
                    'verbose_name_plural': 'companies of the group',
                    'constraints': [models.UniqueConstraint(fields=('plan', 'party'), name='plan_company_once')],
                },
            ), migrations.CreateModel(
                name='PlanContact',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('position', models.BigIntegerField(default=0, verbose_name='position')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='accountplans.accountplan', verbose_name='account plan')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='person')),
                    ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.contactrole', verbose_name='role')),
                    ('attitude', models.TextField(choices=[('for_us', 'for us'), ('neutral', 'neutral'), ('against_us', 'against us'), ('unknown', 'not known')], default='unknown', verbose_name='attitude')),
                    ('influence', models.TextField(choices=[('high', 'high'), ('medium', 'medium'), ('low', 'low'), ('unknown', 'not known')], default='unknown', verbose_name='influence')),
                    ('known_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='who of ours knows him')),
                    ('note', models.TextField(blank=True, verbose_name='note')),
                ],
                options={
                    'verbose_name': 'contact of a plan',
                    'verbose_name_plural': 'contacts of plans',
                    'constraints': [models.UniqueConstraint(fields=('plan', 'person', 'role'), name='plan_contact_once'), models.CheckConstraint(condition=models.Q(('attitude__in', ['for_us', 'neutral', 'against_us', 'unknown'])), name='plan_contact_attitude'), models.CheckConstraint(condition=models.Q(('influence__in', ['high', 'medium', 'low', 'unknown'])), name='plan_contact_influence')],
                },
            ), migrations.CreateModel(
                name='PlanObjective',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('position', models.BigIntegerField(default=0, verbose_name='position')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='objectives', to='accountplans.accountplan', verbose_name='account plan')),
                    ('title', models.TextField(verbose_name='objective')),
                    ('measure', models.TextField(blank=True, verbose_name='how it is measured')),
                    ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                    ('reached_on', models.DateField(editable=False, null=True, verbose_name='reached on')),
                ],
                options={
                    'verbose_name': 'objective',
                    'verbose_name_plural': 'objectives',
                    'constraints': [models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='plan_objective_says')],
                },
            ), migrations.CreateModel(
                name='PlanAction',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('objective', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='actions', to='accountplans.planobjective', verbose_name='objective')),
                    ('activity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.activity', verbose_name='activity')),
                ],
                options={
                    'verbose_name': 'action of a plan',
                    'verbose_name_plural': 'actions of plans',
                },
            ), migrations.CreateModel(
                name='PlanReview',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('position', models.BigIntegerField(default=0, verbose_name='position')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='accountplans.accountplan', verbose_name='account plan')),
                    ('on', models.DateField(verbose_name='review on')),
                    ('activity', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.activity', verbose_name='activity')),
                ],
                options={
                    'verbose_name': 'review',
                    'verbose_name_plural': 'reviews',
                    'constraints': [models.UniqueConstraint(fields=('plan', 'on'), name='plan_review_once_a_day')],
                },
            ), migrations.CreateModel(
                name='PlanRisk',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('position', models.BigIntegerField(default=0, verbose_name='position')),
                    ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='risks', to='accountplans.accountplan', verbose_name='account plan')),
                    ('risk', models.TextField(verbose_name='risk')),
                    ('likelihood', models.TextField(choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high')], default='medium', verbose_name='likelihood')),
                    ('impact', models.TextField(choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high')], default='medium', verbose_name='impact')),
                    ('answer', models.TextField(blank=True, verbose_name='what we do about it')),
                ],
                options={
                    'verbose_name': 'risk',
                    'verbose_name_plural': 'risks',
                    'constraints': [models.CheckConstraint(condition=models.Q(('risk', ''), _negated=True), name='plan_risk_says'), models.CheckConstraint(condition=models.Q(('impact__in', ['low', 'medium', 'high']), ('likelihood__in', ['low', 'medium', 'high'])), name='plan_risk_graded')],
                },
            )],
        ),
    ]
