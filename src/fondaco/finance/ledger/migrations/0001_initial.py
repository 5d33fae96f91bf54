import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.finance.ledger.models
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DimensionSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.TextField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(verbose_name='number')),
                ('name', models.TextField(verbose_name='name')),
                ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                ('kind', models.TextField(choices=[('asset', 'asset'), ('liability', 'liability'), ('equity', 'equity'), ('income', 'income'), ('expense', 'expense')], verbose_name='kind')),
                ('is_posting', models.BooleanField(default=True, verbose_name='can be posted to')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('control', models.TextField(blank=True, choices=[('', 'none'), ('receivable', 'receivable'), ('payable', 'payable'), ('inventory', 'inventory'), ('goods_received', 'goods received, not invoiced'), ('bank', 'bank'), ('tax', 'tax')], default='', verbose_name='explained by')),
                ('purpose', models.TextField(blank=True, default='', verbose_name='purpose')),
                ('statement_line', models.TextField(blank=True, default='', verbose_name='line of the statements')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='ledger.account', verbose_name='under')),
            ],
            options={
                'verbose_name': 'account',
                'verbose_name_plural': 'accounts',
            },
        ),
        migrations.CreateModel(
            name='Dimension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('code', models.TextField(verbose_name='code')),
                ('name', models.TextField(verbose_name='name')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'dimension',
                'verbose_name_plural': 'dimensions',
            },
        ),
        migrations.CreateModel(
            name='AccountDimensionRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dimension_rules', to='ledger.account', verbose_name='account')),
                ('dimension', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ledger.dimension', verbose_name='mandatory dimension')),
            ],
            options={
                'verbose_name': 'mandatory dimension',
                'verbose_name_plural': 'mandatory dimensions',
            },
        ),
        migrations.CreateModel(
            name='DimensionValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('code', models.TextField(verbose_name='code')),
                ('name', models.TextField(verbose_name='name')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('dimension', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='values', to='ledger.dimension', verbose_name='dimension')),
            ],
            options={
                'verbose_name': 'dimension value',
                'verbose_name_plural': 'dimension values',
            },
        ),
        migrations.CreateModel(
            name='DimensionSetItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dimension', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dimension')),
                ('dimension_set', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='ledger.dimensionset')),
                ('value', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dimensionvalue')),
            ],
        ),
        migrations.CreateModel(
            name='FiscalYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('name', models.TextField(verbose_name='name')),
                ('starts_on', models.DateField(verbose_name='starts on')),
                ('ends_on', models.DateField(verbose_name='ends on')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'fiscal year',
                'verbose_name_plural': 'fiscal years',
            },
        ),
        migrations.CreateModel(
            name='Journal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('code', models.TextField(verbose_name='code')),
                ('name', models.TextField(verbose_name='name')),
                ('subledger', models.TextField(choices=[('general', 'general ledger'), ('receivables', 'receivables'), ('payables', 'payables'), ('stock', 'stock'), ('payroll', 'payroll')], default='general', verbose_name='subledger')),
                ('purpose', models.TextField(blank=True, default='', verbose_name='purpose')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'journal',
                'verbose_name_plural': 'journals',
            },
        ),
        migrations.CreateModel(
            name='JournalCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_number', models.BigIntegerField(default=0)),
                ('fiscal_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.fiscalyear')),
                ('journal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journal')),
            ],
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('subledger', models.TextField(choices=[('general', 'general ledger'), ('receivables', 'receivables'), ('payables', 'payables'), ('stock', 'stock'), ('payroll', 'payroll')], verbose_name='subledger')),
                ('sequence', models.BigIntegerField(verbose_name='sequence')),
                ('number', models.TextField(verbose_name='number')),
                ('on', models.DateField(verbose_name='date')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('source_table', models.TextField(blank=True, verbose_name='document kind')),
                ('source_id', models.BigIntegerField(null=True, verbose_name='document')),
                ('late_reason', models.TextField(blank=True, verbose_name='reason for posting late')),
                ('line_count', models.BigIntegerField()),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('fiscal_year', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.fiscalyear', verbose_name='fiscal year')),
                ('journal', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journal', verbose_name='journal')),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='ledger.journalentry', verbose_name='reverses')),
            ],
            options={
                'verbose_name': 'journal entry',
                'verbose_name_plural': 'journal entries',
            },
        ),
        migrations.CreateModel(
            name='JournalLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='date')),
                ('position', models.BigIntegerField(verbose_name='line')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                ('currency_amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount in currency')),
                ('due_on', models.DateField(null=True, verbose_name='due on')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                ('currency', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                ('dimension_set', models.ForeignKey(db_constraint=False, db_index=False, default=1, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dimensionset')),
                ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.journalentry')),
                ('party', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
            ],
            options={
                'verbose_name': 'journal line',
                'verbose_name_plural': 'journal lines',
            },
        ),
        migrations.CreateModel(
            name='JournalVoucher',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('on', models.DateField(verbose_name='date')),
                ('memo', models.TextField(verbose_name='memo')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted'), ('reversed', 'reversed')], default='draft', editable=False, verbose_name='state')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                ('journal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journal', verbose_name='journal')),
            ],
            options={
                'verbose_name': 'journal voucher',
                'verbose_name_plural': 'journal vouchers',
            },
        ),
        migrations.CreateModel(
            name='JournalVoucherLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('debit', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='debit')),
                ('credit', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='credit')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='due on')),
                ('dimension_values', models.JSONField(blank=True, default=list, verbose_name='dimensions')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                ('party', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                ('voucher', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='ledger.journalvoucher')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='OpenItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('control', models.TextField(choices=[('receivable', 'receivable'), ('payable', 'payable')], verbose_name='kind')),
                ('on', models.DateField(verbose_name='date')),
                ('due_on', models.DateField(verbose_name='due on')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                ('base_amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount in company currency')),
                ('open_amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='open')),
                ('open_base_amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='open in company currency')),
                ('closed_on', models.DateField(null=True, verbose_name='settled on')),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('currency', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                ('line', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='open_item', to='ledger.journalline')),
                ('party', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
            ],
            options={
                'verbose_name': 'open item',
                'verbose_name_plural': 'open items',
            },
        ),
        migrations.CreateModel(
            name='Period',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('name', models.TextField(verbose_name='name')),
                ('starts_on', models.DateField(verbose_name='starts on')),
                ('ends_on', models.DateField(verbose_name='ends on')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('fiscal_year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='ledger.fiscalyear', verbose_name='fiscal year')),
            ],
            options={
                'verbose_name': 'period',
                'verbose_name_plural': 'periods',
            },
        ),
        migrations.AddField(
            model_name='journalline',
            name='period',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.period'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='period',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.period', verbose_name='period'),
        ),
        migrations.CreateModel(
            name='AccountBalance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bucket', models.BigIntegerField()),
                ('debit', models.DecimalField(decimal_places=4, max_digits=20)),
                ('credit', models.DecimalField(decimal_places=4, max_digits=20)),
                ('currency_debit', models.DecimalField(decimal_places=4, max_digits=20)),
                ('currency_credit', models.DecimalField(decimal_places=4, max_digits=20)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                ('currency', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency')),
                ('dimension_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dimensionset')),
                ('period', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.period')),
            ],
        ),
        migrations.CreateModel(
            name='PeriodState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('subledger', models.TextField(choices=[('general', 'general ledger'), ('receivables', 'receivables'), ('payables', 'payables'), ('stock', 'stock'), ('payroll', 'payroll')], verbose_name='subledger')),
                ('state', models.TextField(choices=[('open', 'open'), ('soft_closed', 'soft-closed'), ('closed', 'closed')], default='open', verbose_name='state')),
                ('period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='states', to='ledger.period', verbose_name='period')),
            ],
            options={
                'verbose_name': 'period',
                'verbose_name_plural': 'periods by subledger',
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('on', models.DateField(verbose_name='date')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('part_count', models.BigIntegerField()),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('entry', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='ledger.settlement', verbose_name='undoes')),
            ],
            options={
                'verbose_name': 'settlement',
                'verbose_name_plural': 'settlements',
            },
        ),
        migrations.CreateModel(
            name='SettlementPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('position', models.BigIntegerField()),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('base_amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('company', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='ledger.openitem')),
                ('settlement', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='ledger.settlement')),
            ],
        ),
        migrations.CreateModel(
            name='StatementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('statement', models.TextField(choices=[('balance_sheet', 'balance sheet'), ('profit_and_loss', 'profit and loss')], verbose_name='statement')),
                ('code', models.TextField(verbose_name='code')),
                ('parent_code', models.TextField(blank=True, verbose_name='under')),
                ('position', models.BigIntegerField(verbose_name='order')),
                ('name', models.TextField(verbose_name='name')),
                ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                ('sign', models.BigIntegerField(default=1, verbose_name='sign')),
                ('takes', models.TextField(blank=True, choices=[('', 'nothing'), ('result_of_the_year', 'result of the year'), ('result_of_earlier_years', 'result of earlier years')], default='', verbose_name='takes')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'statement line',
                'verbose_name_plural': 'statement lines',
            },
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='account_number_once'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('id', 'company'), name='account_of_company'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', ''), _negated=True), fields=('company', 'purpose'), name='account_purpose_once'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['asset', 'liability', 'equity', 'income', 'expense'])), name='account_kind'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('control__in', ['', 'receivable', 'payable', 'inventory', 'goods_received', 'bank', 'tax'])), name='account_control'),
        ),
        migrations.AddConstraint(
            model_name='dimension',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='dimension_code_once'),
        ),
        migrations.AddConstraint(
            model_name='accountdimensionrule',
            constraint=models.UniqueConstraint(fields=('account', 'dimension'), name='dimension_rule_once'),
        ),
        migrations.AddConstraint(
            model_name='dimensionvalue',
            constraint=models.UniqueConstraint(fields=('dimension', 'code'), name='dimension_value_once'),
        ),
        migrations.AddConstraint(
            model_name='dimensionsetitem',
            constraint=models.UniqueConstraint(fields=('dimension_set', 'dimension'), name='dimension_once_in_set'),
        ),
        migrations.AddConstraint(
            model_name='fiscalyear',
            constraint=models.UniqueConstraint(fields=('company', 'name'), name='fiscal_year_name_once'),
        ),
        migrations.AddConstraint(
            model_name='fiscalyear',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gt', models.F('starts_on'))), name='fiscal_year_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='fiscalyear',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), (fondaco.finance.ledger.models._Days(models.F('starts_on'), models.F('ends_on'), models.Value('[]')), '&&')], name='fiscal_years_do_not_overlap'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='journal_code_once'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.UniqueConstraint(fields=('id', 'company', 'subledger'), name='journal_of_company'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', ''), _negated=True), fields=('company', 'purpose'), name='journal_purpose_once'),
        ),
        migrations.AddConstraint(
            model_name='journal',
            constraint=models.CheckConstraint(condition=models.Q(('subledger__in', ['general', 'receivables', 'payables', 'stock', 'payroll'])), name='journal_subledger'),
        ),
        migrations.AddConstraint(
            model_name='journalcounter',
            constraint=models.UniqueConstraint(fields=('journal', 'fiscal_year'), name='journal_counter_once'),
        ),
        migrations.AddConstraint(
            model_name='journalvoucher',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('entry__isnull', False), ('number__isnull', False)), _connector='OR'), name='posted_voucher_has_number_and_entry'),
        ),
        migrations.AddConstraint(
            model_name='journalvoucher',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='voucher_number_once'),
        ),
        migrations.AddConstraint(
            model_name='journalvoucherline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit', 0), ('debit__gt', 0)), models.Q(('credit__gt', 0), ('debit', 0)), _connector='OR'), name='voucher_line_debit_or_credit'),
        ),
        migrations.AddIndex(
            model_name='openitem',
            index=models.Index(condition=models.Q(('closed_on__isnull', True)), fields=['company', 'control', 'due_on'], name='open_item_open'),
        ),
        migrations.AddIndex(
            model_name='openitem',
            index=models.Index(fields=['company', 'control', 'on'], name='open_item_by_date'),
        ),
        migrations.AddIndex(
            model_name='openitem',
            index=models.Index(fields=['party', 'control', '-on'], name='open_item_of_party'),
        ),
        migrations.AddConstraint(
            model_name='openitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('open_amount__gte', 0), ('open_amount__lte', models.F('amount'))), models.Q(('open_amount__gte', models.F('amount')), ('open_amount__lte', 0)), _connector='OR'), name='open_item_not_overdrawn'),
        ),
        migrations.AddConstraint(
            model_name='openitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('open_base_amount__gte', 0), ('open_base_amount__lte', models.F('base_amount'))), models.Q(('open_base_amount__gte', models.F('base_amount')), ('open_base_amount__lte', 0)), _connector='OR'), name='open_item_base_not_overdrawn'),
        ),
        migrations.AddConstraint(
            model_name='openitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('open_amount', 0), _negated=True), ('amount', 0), ('open_base_amount', 0), _connector='OR'), name='open_item_closes_in_both_currencies'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.UniqueConstraint(fields=('id', 'company', 'fiscal_year'), name='period_of_company'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='period_runs_forward'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), (fondaco.finance.ledger.models._Days(models.F('starts_on'), models.F('ends_on'), models.Value('[]')), '&&')], name='periods_do_not_overlap'),
        ),
        migrations.AddIndex(
            model_name='journalline',
            index=models.Index(fields=['account', 'on', 'id'], name='line_by_account'),
        ),
        migrations.AddIndex(
            model_name='journalline',
            index=models.Index(fields=['period', 'on'], name='line_by_period'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=models.UniqueConstraint(fields=('entry', 'position'), name='line_position_once'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('currency_amount__gte', 0)), models.Q(('amount__lte', 0), ('currency_amount__lte', 0)), _connector='OR'), name='line_amounts_agree_in_sign'),
        ),
        migrations.AddIndex(
            model_name='journalentry',
            index=models.Index(fields=['company', '-on', '-id'], name='entry_by_date'),
        ),
        migrations.AddIndex(
            model_name='journalentry',
            index=models.Index(fields=['source_table', 'source_id'], name='entry_by_source'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(fields=('journal', 'fiscal_year', 'sequence'), name='entry_number_once'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(fields=('id', 'company', 'period', 'on'), name='entry_of_company'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.CheckConstraint(condition=models.Q(('line_count__gte', 2)), name='entry_has_two_lines'),
        ),
        migrations.AddConstraint(
            model_name='accountbalance',
            constraint=models.UniqueConstraint(fields=('company', 'period', 'account', 'currency', 'dimension_set', 'bucket'), name='balance_once'),
        ),
        migrations.AddConstraint(
            model_name='periodstate',
            constraint=models.UniqueConstraint(fields=('period', 'subledger'), name='period_state_once'),
        ),
        migrations.AddConstraint(
            model_name='periodstate',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'soft_closed', 'closed'])), name='period_state_known'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('id', 'company', 'on'), name='settlement_of_company'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('part_count__gte', 2)), name='settlement_has_two_parts'),
        ),
        migrations.AddConstraint(
            model_name='settlementpart',
            constraint=models.UniqueConstraint(fields=('settlement', 'position'), name='settlement_part_once'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='statement_line_once'),
        ),
    ]
