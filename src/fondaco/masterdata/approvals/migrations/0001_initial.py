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
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ApprovalPolicy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(verbose_name='kind of document')),
                    ('priority', models.BigIntegerField(verbose_name='priority')),
                    ('name', models.TextField(verbose_name='name')),
                    ('amount_from', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='from an amount of')),
                    ('party', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.party', verbose_name='only of')),
                    ('dimension', models.TextField(blank=True, verbose_name='only with dimension')),
                    ('dimension_value', models.TextField(blank=True, verbose_name='and value')),
                    ('margin_under', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='margin under %')),
                    ('discount_over', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='discount of the whole over %')),
                    ('line_discount_over', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='discount of a line over %')),
                    ('over_limit_by', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='over the credit limit by more than')),
                    ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.customergroup', verbose_name='customers of the group')),
                    ('terms_over', models.BigIntegerField(blank=True, null=True, verbose_name='paid later than agreed by more days than')),
                    ('new_customer', models.BooleanField(default=False, verbose_name='customer never invoiced before')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'approval policy',
                    'verbose_name_plural': 'approval policies',
                    'constraints': [models.UniqueConstraint(fields=('company', 'kind', 'priority'), name='approval_policy_priority_once'), models.CheckConstraint(condition=models.Q(('amount_from__isnull', True), ('amount_from__gte', 0), _connector='OR'), name='approval_policy_amount'), models.CheckConstraint(condition=models.Q(('terms_over__isnull', True), ('terms_over__gte', 0), _connector='OR'), name='approval_policy_terms'), models.CheckConstraint(condition=models.Q(('margin_under__isnull', True), ('margin_under__lte', 100), _connector='OR'), name='approval_policy_margin'), models.CheckConstraint(condition=models.Q(models.Q(('discount_over__isnull', True), models.Q(('discount_over__gte', 0), ('discount_over__lte', 100)), _connector='OR'), models.Q(('line_discount_over__isnull', True), models.Q(('line_discount_over__gte', 0), ('line_discount_over__lte', 100)), _connector='OR')), name='approval_policy_discounts')],
                },
            ), migrations.CreateModel(
                name='ApprovalRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(verbose_name='kind of document')),
                    ('table_name', models.TextField()),
                    ('row_id', models.BigIntegerField()),
                    ('title', models.TextField(verbose_name='document')),
                    ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('why', models.TextField(verbose_name='why')),
                    ('words', models.TextField(blank=True, default='', verbose_name='remark')),
                    ('policies', models.JSONField(default=list, editable=False)),
                    ('policy', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='approvals.approvalpolicy', verbose_name='approval policy')),
                    ('content_hash', models.TextField()),
                    ('fingerprint', models.TextField(blank=True, default='', editable=False)),
                    ('authors', models.JSONField(default=list)),
                    ('steps', models.JSONField(default=list)),
                    ('step', models.BigIntegerField(default=1, verbose_name='step')),
                    ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.role', verbose_name='approved by')),
                    ('escalated_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.role', verbose_name='then also by')),
                    ('since', models.DateTimeField(verbose_name='waiting since')),
                    ('state', models.TextField(choices=[('waiting', 'waiting'), ('approved', 'approved'), ('rejected', 'rejected'), ('void', 'void')], default='waiting', verbose_name='state')),
                ],
                options={
                    'verbose_name': 'approval',
                    'verbose_name_plural': 'approvals',
                    'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['role', 'since'], name='approval_waiting'), models.Index(fields=['table_name', 'row_id', '-id'], name='approval_of_document')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'approved'])), fields=('table_name', 'row_id'), name='one_approval_in_force')],
                },
            ), migrations.CreateModel(
                name='ApprovalDecision',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='approvals.approvalrequest')),
                    ('step', models.BigIntegerField(verbose_name='step')),
                    ('is_approved', models.BooleanField(verbose_name='approved')),
                    ('for_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='as deputy of')),
                    ('comment', models.TextField(blank=True, verbose_name='comment')),
                    ('content_hash', models.TextField()),
                    ('at_most', models.DecimalField(decimal_places=4, max_digits=7, null=True, verbose_name='discount at most %')),
                    ('counter_hash', models.TextField(blank=True, default='')),
                    ('counter_fingerprint', models.TextField(blank=True, default='')),
                ],
                options={
                    'verbose_name': 'decision',
                    'verbose_name_plural': 'decisions',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('at_most__isnull', True), ('counter_fingerprint', ''), ('counter_hash', '')), models.Q(('at_most__gte', 0), ('at_most__lte', 100), ('is_approved', True), models.Q(('counter_hash', ''), _negated=True), models.Q(('counter_fingerprint', ''), _negated=True)), _connector='OR'), name='counter_proposal_is_whole'), models.UniqueConstraint(fields=('request', 'step'), name='one_decision_a_step'), models.UniqueConstraint(fields=('request', 'created_by'), name='one_step_a_person')],
                },
            ), migrations.CreateModel(
                name='ApprovalStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='approvals.approvalpolicy')),
                    ('position', models.BigIntegerField(default=1, verbose_name='step')),
                    ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.role', verbose_name='approved by')),
                    ('days', models.BigIntegerField(blank=True, null=True, verbose_name='days to answer')),
                    ('escalates_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.role', verbose_name='then also by')),
                ],
                options={
                    'verbose_name': 'step',
                    'verbose_name_plural': 'steps',
                    'constraints': [models.CheckConstraint(condition=models.Q(('days__isnull', True), models.Q(('days__gte', 1), ('days__lte', 366)), _connector='OR'), name='approval_step_days'), models.CheckConstraint(condition=models.Q(('escalates_to__isnull', True), ('days__isnull', False), _connector='OR'), name='approval_step_escalates_after_days')],
                },
            ), migrations.CreateModel(
                name='Deputy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='access.user', verbose_name='who is away')),
                    ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='access.user', verbose_name='deputy')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'deputy',
                    'verbose_name_plural': 'deputies',
                    'indexes': [models.Index(fields=['deputy', 'valid_to'], name='deputy_of_whom')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('user', models.F('deputy')), _negated=True), name='deputy_is_another'), models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='deputy_days_run_forward')],
                },
            ), migrations.CreateModel(
                name='ApprovalFinding',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(verbose_name='kind of document')),
                    ('table_name', models.TextField()),
                    ('row_id', models.BigIntegerField()),
                    ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('figures', models.JSONField(default=dict)),
                    ('policies', models.JSONField(default=list)),
                    ('fingerprint', models.TextField(blank=True, default='', editable=False)),
                ],
                options={
                    'verbose_name': 'finding',
                    'verbose_name_plural': 'findings',
                    'indexes': [models.Index(fields=['table_name', 'row_id', '-id'], name='finding_of_document')],
                },
            )],
        ),
    ]
