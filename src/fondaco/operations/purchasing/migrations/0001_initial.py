import django.contrib.postgres.indexes
import django.db.models.deletion
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
        ('inventory', '0001_initial'),
        ('parties', '0001_initial'),
        ('payables', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='PurchaseContract',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('in_force', 'in force'), ('ended', 'ended'), ('cancelled', 'cancelled')], default='draft', editable=False, verbose_name='state')),
                    ('vendor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
                    ('reference', models.TextField(blank=True, verbose_name="vendor's reference")),
                    ('on', models.DateField(verbose_name='date')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(verbose_name='valid to')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('agreed_value', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='agreed value')),
                    ('buyer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='buyer')),
                    ('alert_days', models.BigIntegerField(default=30, verbose_name='tell so many days before the end')),
                    ('alert_percent', models.DecimalField(decimal_places=4, default=90, max_digits=7, verbose_name='tell when used by %')),
                    ('memo', models.TextField(blank=True, verbose_name='memo')),
                ],
                options={
                    'verbose_name': 'purchase contract',
                    'verbose_name_plural': 'purchase contracts',
                    'indexes': [models.Index(condition=models.Q(('state', 'in_force')), fields=['vendor', 'valid_to'], name='purchase_contract_of_vendor')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='purchase_contract_number_once'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('number__isnull', False), _connector='OR'), name='purchase_contract_has_number'), models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='purchase_contract_days'), models.CheckConstraint(condition=models.Q(('agreed_value__isnull', True), ('agreed_value__gt', 0), _connector='OR'), name='purchase_contract_value'), models.CheckConstraint(condition=models.Q(('alert_days__gte', 0), ('alert_days__lte', 366), ('alert_percent__gt', 0), ('alert_percent__lte', 100)), name='purchase_contract_alerts')],
                },
            ), migrations.CreateModel(
                name='ContractTier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiers', to='purchasing.purchasecontract')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('from_quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='from quantity')),
                    ('unit_price', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='unit price')),
                ],
                options={
                    'verbose_name': 'price by quantity',
                    'verbose_name_plural': 'prices by quantity',
                    'constraints': [models.UniqueConstraint(fields=('contract', 'product', 'from_quantity'), name='contract_tier_once'), models.CheckConstraint(condition=models.Q(('from_quantity__gt', 0), ('unit_price__gte', 0)), name='contract_tier_figures')],
                },
            ), migrations.CreateModel(
                name='ContractLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='purchasing.purchasecontract', verbose_name='purchase contract')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('agreed_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='agreed quantity')),
                    ('unit_price', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='unit price')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'indexes': [models.Index(fields=['product'], name='contract_line_of_product')],
                    'constraints': [models.UniqueConstraint(fields=('contract', 'product'), name='contract_product_once'), models.CheckConstraint(condition=models.Q(('agreed_quantity__isnull', True), ('agreed_quantity__gt', 0), _connector='OR'), name='contract_line_quantity'), models.CheckConstraint(condition=models.Q(('unit_price__gte', 0)), name='contract_line_price'), models.CheckConstraint(condition=models.Q(('product__isnull', False), models.Q(('description', ''), _negated=True), _connector='OR'), name='contract_line_says_what')],
                },
            ), migrations.CreateModel(
                name='PurchaseOrder',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('confirmed', 'confirmed'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='draft', editable=False, verbose_name='state')),
                    ('vendor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
                    ('on', models.DateField(verbose_name='date')),
                    ('expected_on', models.DateField(blank=True, null=True, verbose_name='expected on')),
                    ('warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('reference', models.TextField(blank=True, verbose_name="vendor's reference")),
                    ('memo', models.TextField(blank=True, verbose_name='memo')),
                    ('last_edited_by', models.TextField(blank=True, editable=False, verbose_name='last edited by')),
                    ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ],
                options={
                    'verbose_name': 'purchase order',
                    'verbose_name_plural': 'purchase orders',
                    'indexes': [models.Index(fields=['company', '-on', '-id'], name='purchase_order_by_date'), models.Index(fields=['vendor', '-on'], name='purchase_order_of_vendor'), models.Index(condition=models.Q(('state', 'confirmed')), fields=['company', 'expected_on'], name='purchase_order_open')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='purchase_order_number_once'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('number__isnull', False), _connector='OR'), name='purchase_order_in_force_has_number'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'confirmed', 'closed', 'cancelled'])), name='purchase_order_state')],
                },
            ), migrations.CreateModel(
                name='PurchaseOrderLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='purchasing.purchaseorder', verbose_name='purchase order')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                    ('second_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='second quantity')),
                    ('unit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='unit price')),
                    ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='discount %')),
                    ('expected_on', models.DateField(blank=True, null=True, verbose_name='expected on')),
                    ('contract_line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='purchasing.contractline', verbose_name='called off from')),
                    ('price_explanation', models.JSONField(blank=True, default=dict, editable=False, verbose_name='why this price')),
                    ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'indexes': [models.Index(fields=['product', 'order'], name='purchase_line_of_product'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('product__isnull', True)), fields=['description'], name='purchase_line_like', opclasses=['gin_trgm_ops'])],
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0), models.Q(('second_quantity__isnull', True), ('second_quantity__gt', 0), _connector='OR')), name='purchase_line_quantity'), models.CheckConstraint(condition=models.Q(('unit_price__gte', 0), ('unit_price__isnull', False)), name='purchase_line_price'), models.CheckConstraint(condition=models.Q(('discount_percent__gte', 0), ('discount_percent__lte', 100)), name='purchase_line_discount'), models.CheckConstraint(condition=models.Q(('product__isnull', False), models.Q(('description', ''), _negated=True), _connector='OR'), name='purchase_line_says_what')],
                },
            ), migrations.CreateModel(
                name='Billed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='billed', to='purchasing.purchaseorderline', verbose_name='order line')),
                    ('move', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.stockmove', verbose_name='stock move')),
                    ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payables.bill', verbose_name='bill')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('booked', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='booked')),
                    ('billed', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='billed')),
                ],
                options={
                    'verbose_name': 'billed receipt',
                    'verbose_name_plural': 'billed receipts',
                    'indexes': [models.Index(fields=['line', 'move'], name='billed_of_line')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity', 0), _negated=True), name='billed_quantity'), models.CheckConstraint(condition=models.Q(('move__isnull', False), ('booked', 0), _connector='OR'), name='waiting_bill_booked_nothing')],
                },
            ), migrations.CreateModel(
                name='PurchaseRules',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('over_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='may exceed by %')),
                    ('under_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='closes when missing at most %')),
                ],
                options={
                    'verbose_name': 'rules for purchases',
                    'verbose_name_plural': 'rules for purchases',
                    'constraints': [models.CheckConstraint(condition=models.Q(('over_percent__gte', 0), ('over_percent__lte', 100), ('under_percent__gte', 0), ('under_percent__lt', 100)), name='purchase_tolerances')],
                },
            )],
        ),
    ]
