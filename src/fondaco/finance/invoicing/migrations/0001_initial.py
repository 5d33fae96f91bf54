import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
        ('tax', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='PaymentTerm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('code', models.TextField(unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('instrument', models.TextField(blank=True, choices=[('', 'transfer of the customer'), ('riba', 'bank receipt (RiBa)')], default='', verbose_name='paid by')),
                ],
                options={
                    'verbose_name': 'payment term',
                    'verbose_name_plural': 'payment terms',
                    'constraints': [models.CheckConstraint(condition=models.Q(('instrument__in', ['', 'riba'])), name='payment_term_instrument')],
                },
            ), migrations.CreateModel(
                name='Invoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(choices=[('invoice', 'invoice'), ('credit_note', 'credit note')], default='invoice', verbose_name='kind')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted'), ('reversed', 'reversed')], default='draft', editable=False, verbose_name='state')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('on', models.DateField(verbose_name='date')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('payment_term', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.paymentterm', verbose_name='payment term')),
                    ('prices_include_tax', models.BooleanField(default=False, verbose_name='prices include tax')),
                    ('ship_from', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='shipped from')),
                    ('ship_to', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='shipped to')),
                    ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('reference', models.TextField(blank=True, verbose_name="customer's reference")),
                    ('memo', models.TextField(blank=True, verbose_name='memo')),
                    ('credits', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='invoicing.invoice', verbose_name='credits')),
                    ('source_table', models.TextField(blank=True, editable=False)),
                    ('source_id', models.BigIntegerField(editable=False, null=True)),
                    ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                    ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                    ('gross', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='total')),
                    ('due_on', models.DateField(editable=False, null=True, verbose_name='due on')),
                    ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                ],
                options={
                    'verbose_name': 'invoice',
                    'verbose_name_plural': 'invoices',
                    'indexes': [models.Index(fields=['company', '-on', '-id'], name='invoice_by_date'), models.Index(fields=['customer', '-on'], name='invoice_of_customer'), models.Index(fields=['source_table', 'source_id'], name='invoice_by_source')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('entry__isnull', False), ('number__isnull', False)), _connector='OR'), name='posted_invoice_has_number_and_entry'), models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='invoice_adds_up'), models.UniqueConstraint(fields=('company', 'number'), name='invoice_number_once')],
                },
            ), migrations.CreateModel(
                name='Instalment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='instalments', to='invoicing.paymentterm')),
                    ('position', models.BigIntegerField(default=1)),
                    ('percent', models.DecimalField(decimal_places=4, default=100, max_digits=7, verbose_name='percent')),
                    ('days', models.BigIntegerField(default=0, verbose_name='days')),
                    ('end_of_month', models.BooleanField(default=False, verbose_name='end of month')),
                ],
                options={
                    'verbose_name': 'instalment',
                    'verbose_name_plural': 'instalments',
                    'constraints': [models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='instalment_percent'), models.CheckConstraint(condition=models.Q(('days__gte', 0), ('days__lte', 730)), name='instalment_days')],
                },
            ), migrations.CreateModel(
                name='DiscountStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discounts', to='invoicing.paymentterm')),
                    ('position', models.BigIntegerField(default=1)),
                    ('percent', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='discount %')),
                    ('days', models.BigIntegerField(verbose_name='within days')),
                ],
                options={
                    'verbose_name': 'cash discount',
                    'verbose_name_plural': 'cash discounts',
                    'constraints': [models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lt', 100)), name='discount_step_percent'), models.CheckConstraint(condition=models.Q(('days__gte', 0), ('days__lte', 730)), name='discount_step_days'), models.UniqueConstraint(fields=('term', 'days'), name='discount_step_once')],
                },
            ), migrations.CreateModel(
                name='CustomerTerms',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.party', verbose_name='customer')),
                    ('payment_term', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.paymentterm', verbose_name='payment term')),
                ],
                options={
                    'verbose_name': 'customer terms',
                    'verbose_name_plural': 'customer terms',
                    'constraints': [models.UniqueConstraint(fields=('company', 'party'), name='customer_terms_once')],
                },
            ), migrations.CreateModel(
                name='InvoiceLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='invoicing.invoice')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                    ('unit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='unit price')),
                    ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='discount %')),
                    ('tax_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
                    ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='revenue account')),
                    ('tax_rate', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=7, verbose_name='tax %')),
                    ('tax_explanation', models.TextField(blank=True, editable=False, verbose_name='why this tax')),
                    ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                    ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                    ('source_table', models.TextField(blank=True, editable=False)),
                    ('source_id', models.BigIntegerField(editable=False, null=True)),
                    ('is_down_payment', models.BooleanField(default=False, editable=False, verbose_name='down payment')),
                    ('down_payment', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deductions', to='invoicing.invoiceline', verbose_name='taken off')),
                    ('booked', models.DecimalField(decimal_places=4, editable=False, max_digits=20, null=True, verbose_name='booked')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'indexes': [models.Index(fields=['source_table', 'source_id'], name='invoice_line_by_source'), models.Index(fields=['product'], name='invoice_line_product'), models.Index(condition=models.Q(('down_payment__isnull', False)), fields=['down_payment'], name='taken_off_down_payment')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('discount_percent__gte', 0), ('discount_percent__lte', 100)), name='invoice_line_discount'), models.CheckConstraint(condition=models.Q(('down_payment__isnull', True), ('is_down_payment', True), _connector='OR'), name='down_payment_says_so')],
                },
            ), migrations.CreateModel(
                name='InvoiceTax',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taxes', to='invoicing.invoice')),
                    ('tax_code', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
                    ('rate', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='rate %')),
                    ('base', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='taxable')),
                    ('tax', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='tax')),
                ],
                options={
                    'verbose_name': 'tax',
                    'verbose_name_plural': 'taxes',
                    'constraints': [models.UniqueConstraint(fields=('invoice', 'tax_code', 'rate'), name='invoice_tax_once')],
                },
            )],
        ),
    ]
