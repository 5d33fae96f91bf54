import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Payment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(choices=[('received', 'received'), ('refund', 'refund'), ('paid', 'paid'), ('refunded', 'refund received')], default='received', verbose_name='kind')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted'), ('reversed', 'reversed')], default='draft', editable=False, verbose_name='state')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('on', models.DateField(verbose_name='date')),
                    ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='bank or cash account')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('reference', models.TextField(blank=True, verbose_name='reference')),
                    ('memo', models.TextField(blank=True, verbose_name='memo')),
                    ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                    ('control_account', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ],
                options={
                    'verbose_name': 'payment',
                    'verbose_name_plural': 'payments',
                    'indexes': [models.Index(fields=['party', '-on'], name='payment_of_party'), models.Index(fields=['company', '-on', '-id'], name='payment_by_date')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['received', 'refund', 'paid', 'refunded'])), name='payment_kind'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_positive'), models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('entry__isnull', False), ('number__isnull', False)), _connector='OR'), name='posted_payment_has_number_and_entry'), models.UniqueConstraint(fields=('company', 'number'), name='payment_number_once')],
                },
            ), migrations.CreateModel(
                name='Application',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='payments.payment')),
                    ('settlement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.settlement')),
                ],
                options={
                    'abstract': False,
                },
            ), migrations.CreateModel(
                name='Allocation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('payment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='allocations', to='payments.payment')),
                    ('position', models.BigIntegerField(default=0)),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.openitem', verbose_name='open item')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('discount', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='cash discount')),
                ],
                options={
                    'verbose_name': 'allocation',
                    'verbose_name_plural': 'allocations',
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='allocation_moves_something'), models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('discount', 0), _connector='OR'), name='allocation_of_credit_without_discount'), models.CheckConstraint(condition=models.Q(('discount__gte', 0)), name='allocation_discount_not_negative'), models.UniqueConstraint(fields=('payment', 'item'), name='allocation_once')],
                },
            ), migrations.CreateModel(
                name='Disbursement',
                fields=[
                ],
                options={
                    'verbose_name': 'payment to a vendor',
                    'verbose_name_plural': 'payments to vendors',
                    'proxy': True,
                },
                bases=('payments.payment',),
            ), migrations.CreateModel(
                name='SettlingRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company', verbose_name='company')),
                    ('discount_tax', models.TextField(choices=[('pro_rata', 'corrected with the discount'), ('credit_note', 'corrected by credit note only')], default='pro_rata', verbose_name='VAT of cash discounts')),
                    ('tolerance', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='small difference up to')),
                    ('tolerance_percent', models.DecimalField(decimal_places=4, default=100, max_digits=7, verbose_name='largest share of the item, %')),
                ],
                options={
                    'verbose_name': 'settling rule',
                    'verbose_name_plural': 'settling rules',
                    'constraints': [models.CheckConstraint(condition=models.Q(('discount_tax__in', ['pro_rata', 'credit_note'])), name='settling_rule_discount_tax'), models.CheckConstraint(condition=models.Q(('tolerance__gte', 0), ('tolerance_percent__gte', 0), ('tolerance_percent__lte', 100)), name='settling_rule_tolerance')],
                },
            ), migrations.CreateModel(
                name='WriteOffReason',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                    ('is_default', models.BooleanField(default=False, verbose_name='default')),
                    ('for_small_differences', models.BooleanField(default=False, verbose_name='for small differences')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'write-off reason',
                    'verbose_name_plural': 'write-off reasons',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='write_off_reason_once'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('company',), name='write_off_reason_one_default'), models.UniqueConstraint(condition=models.Q(('for_small_differences', True)), fields=('company',), name='write_off_reason_one_for_small')],
                },
            ), migrations.CreateModel(
                name='Difference',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.settlement', verbose_name='settlement')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.openitem', verbose_name='open item')),
                    ('kind', models.TextField(choices=[('discount', 'cash discount'), ('small_difference', 'small difference'), ('write_off', 'write-off')], verbose_name='kind')),
                    ('reason', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.writeoffreason', verbose_name='reason')),
                    ('on', models.DateField(verbose_name='date')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('tax', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='VAT in it')),
                    ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('memo', models.TextField(blank=True, verbose_name='memo')),
                ],
                options={
                    'verbose_name': 'settled without payment',
                    'verbose_name_plural': 'settled without payment',
                    'indexes': [models.Index(fields=['company', '-on', '-id'], name='difference_by_date')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['discount', 'small_difference', 'write_off'])), name='difference_kind'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='difference_not_zero'), models.CheckConstraint(condition=models.Q(('kind', 'discount'), ('reason__isnull', False), _connector='OR'), name='write_off_has_a_reason')],
                },
            ), migrations.CreateModel(
                name='BankAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('iban', models.TextField(blank=True, default='', verbose_name='IBAN')),
                    ('account_number', models.TextField(blank=True, default='', verbose_name='account number (where there is no IBAN)')),
                    ('bic', models.TextField(blank=True, default='', verbose_name='BIC')),
                    ('bank_name', models.TextField(blank=True, default='', verbose_name='bank')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='ledger account')),
                    ('control', models.TextField(default='bank', editable=False)),
                    ('is_default', models.BooleanField(default=False, editable=False, verbose_name='default for its currency')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('creditor_identifier', models.TextField(blank=True, default='', verbose_name='SEPA creditor identifier')),
                    ('sia_code', models.TextField(blank=True, default='', verbose_name='SIA code')),
                ],
                options={
                    'verbose_name': 'bank account',
                    'verbose_name_plural': 'bank accounts',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('iban', ''), _negated=True), models.Q(('account_number', ''), _negated=True), _connector='OR'), name='bank_account_has_a_number'), models.CheckConstraint(condition=models.Q(('currency__isnull', False)), name='bank_account_has_a_currency'), models.CheckConstraint(condition=models.Q(('control', 'bank')), name='bank_account_control'), models.CheckConstraint(condition=models.Q(('is_default', False), ('is_active', True), _connector='OR'), name='bank_account_default_is_active'), models.CheckConstraint(condition=models.Q(('sia_code', ''), ('sia_code__regex', '^[A-Z0-9]{5}$'), _connector='OR'), name='bank_account_sia_code'), models.UniqueConstraint(condition=models.Q(('iban', ''), _negated=True), fields=('company', 'iban', 'currency'), name='bank_account_iban_once'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('company', 'currency'), name='bank_account_one_default'), models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('account',), name='bank_account_one_to_an_account')],
                },
            )],
        ),
    ]
