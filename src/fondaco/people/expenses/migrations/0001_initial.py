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
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
        ('payables', '0001_initial'),
        ('tax', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ExpenseClaim',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('booked', 'booked')], default='draft', editable=False, verbose_name='state')),
                    ('employee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='employee')),
                    ('claimant', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='claimed by')),
                    ('on', models.DateField(verbose_name='date')),
                    ('purpose', models.TextField(verbose_name='what for')),
                    ('last_edited_by', models.TextField(blank=True, editable=False, verbose_name='last edited by')),
                    ('gross', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='total')),
                    ('bill', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payables.bill', verbose_name='bill')),
                ],
                options={
                    'verbose_name': 'expense claim',
                    'verbose_name_plural': 'expense claims',
                    'indexes': [models.Index(fields=['employee', '-on'], name='claim_of_employee')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('bill__isnull', False), ('number__isnull', False)), _connector='OR'), name='booked_claim_has_number_and_bill'), models.CheckConstraint(condition=models.Q(('purpose', ''), _negated=True), name='claim_says_what_for'), models.UniqueConstraint(fields=('company', 'number'), name='claim_number_once')],
                },
            ), migrations.CreateModel(
                name='ExpenseKind',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('paid', models.TextField(choices=[('receipt', 'by receipt'), ('day', 'so much a day'), ('kilometre', 'so much a kilometre')], default='receipt', verbose_name='paid')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='cost account')),
                    ('tax_code', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
                    ('limit', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='limit')),
                    ('rate', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='rate')),
                    ('receipt_from', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='receipt from')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'kind of expense',
                    'verbose_name_plural': 'kinds of expense',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='expense_kind_once'), models.CheckConstraint(condition=models.Q(models.Q(('paid', 'receipt'), ('rate__isnull', True)), models.Q(('limit__isnull', True), ('paid__in', ['day', 'kilometre']), ('rate__gt', 0)), _connector='OR'), name='expense_kind_has_its_rate')],
                },
            ), migrations.CreateModel(
                name='ExpenseLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('claim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='expenses.expenseclaim')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('on', models.DateField(verbose_name='date')),
                    ('kind', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='expenses.expensekind', verbose_name='kind')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='days or kilometres')),
                    ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='amount')),
                    ('over_limit_reason', models.TextField(blank=True, verbose_name='why above the limit')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('quantity__gt', 0)), name='expense_line_positive')],
                },
            )],
        ),
    ]
