import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('companies', '0002_membership'),
        ('invoicing', '0002_guards'),
        ('ledger', '0003_locks'),
        ('parties', '0001_initial'),
        ('tax', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('kind', models.TextField(choices=[('bill', 'bill'), ('credit_note', 'vendor credit note')], default='bill', verbose_name='kind')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted'), ('reversed', 'reversed')], default='draft', editable=False, verbose_name='state')),
                ('vendor_number', models.TextField(verbose_name="vendor's number")),
                ('vendor_number_compared', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Upper(models.Func(models.Func(models.F('vendor_number'), models.Value('(^|[^0-9])0+(?=[0-9])'), models.Value('\\1'), models.Value('g'), function='regexp_replace', output_field=models.TextField()), models.Value('[^[:alnum:]]'), models.Value(''), models.Value('g'), function='regexp_replace', output_field=models.TextField())), output_field=models.TextField())),
                ('vendor_date', models.DateField(verbose_name="vendor's date")),
                ('received_on', models.DateField(blank=True, null=True, verbose_name='received on')),
                ('on', models.DateField(verbose_name='posting date')),
                ('prices_include_tax', models.BooleanField(default=False, verbose_name='prices include tax')),
                ('stated_total', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='total on the paper')),
                ('tax_difference', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='difference in tax')),
                ('reference', models.TextField(blank=True, verbose_name='our reference')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('source_table', models.TextField(blank=True, editable=False)),
                ('source_id', models.BigIntegerField(editable=False, null=True)),
                ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                ('gross', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='total')),
                ('due_on', models.DateField(editable=False, null=True, verbose_name='due on')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('credits', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='payables.bill', verbose_name='credits')),
                ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                ('payment_term', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.paymentterm', verbose_name='payment term')),
                ('vendor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
            ],
            options={
                'verbose_name': 'bill',
                'verbose_name_plural': 'bills',
            },
        ),
        migrations.CreateModel(
            name='BillLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                ('unit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='unit price')),
                ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='discount %')),
                ('dimension_values', models.JSONField(blank=True, default=list, verbose_name='dimensions')),
                ('tax_rate', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=7, verbose_name='tax %')),
                ('tax_explanation', models.TextField(blank=True, editable=False, verbose_name='why this tax')),
                ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                ('source_table', models.TextField(blank=True, editable=False)),
                ('source_id', models.BigIntegerField(editable=False, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='payables.bill')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                ('tax_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='BillTax',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('rate', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='rate %')),
                ('base', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='taxable')),
                ('tax', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='tax')),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='taxes', to='payables.bill')),
                ('tax_code', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
            ],
            options={
                'verbose_name': 'tax',
                'verbose_name_plural': 'taxes',
            },
        ),
        migrations.CreateModel(
            name='VendorTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='usual cost account')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('payment_term', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.paymentterm', verbose_name='payment term')),
                ('tax_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='usual tax code')),
                ('vendor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.party', verbose_name='vendor')),
            ],
            options={
                'verbose_name': 'vendor terms',
                'verbose_name_plural': 'vendor terms',
            },
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(fields=['company', '-on', '-id'], name='bill_by_date'),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(fields=['vendor', '-on'], name='bill_of_vendor'),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(fields=['vendor', 'vendor_number_compared'], name='bill_by_vendor_number'),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(fields=['source_table', 'source_id'], name='bill_by_source'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('entry__isnull', False), ('number__isnull', False)), _connector='OR'), name='posted_bill_has_number_and_entry'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='bill_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('vendor_number', ''), _negated=True), name='bill_has_vendor_number'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('tax_difference__gte', -1), ('tax_difference__lte', 1)), name='bill_tax_difference_is_rounding'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='bill_number_once'),
        ),
        migrations.AddIndex(
            model_name='billline',
            index=models.Index(fields=['source_table', 'source_id'], name='bill_line_by_source'),
        ),
        migrations.AddIndex(
            model_name='billline',
            index=models.Index(fields=['product'], name='bill_line_product'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.CheckConstraint(condition=models.Q(('discount_percent__gte', 0), ('discount_percent__lte', 100)), name='bill_line_discount'),
        ),
        migrations.AddConstraint(
            model_name='billtax',
            constraint=models.UniqueConstraint(fields=('bill', 'tax_code', 'rate'), name='bill_tax_once'),
        ),
        migrations.AddConstraint(
            model_name='vendorterms',
            constraint=models.UniqueConstraint(fields=('company', 'vendor'), name='vendor_terms_once'),
        ),
    ]
