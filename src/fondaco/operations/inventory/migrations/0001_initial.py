import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='GoodsIssue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted')], default='draft', editable=False, verbose_name='state')),
                ('on', models.DateField(verbose_name='date')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('source_table', models.TextField(blank=True, editable=False)),
                ('source_id', models.BigIntegerField(editable=False, null=True)),
                ('ship_to', models.TextField(blank=True, verbose_name='ship to')),
                ('carrier', models.TextField(blank=True, verbose_name='carrier')),
                ('tracking', models.TextField(blank=True, verbose_name='tracking')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='GoodsIssueLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('demand_table', models.TextField(blank=True, editable=False)),
                ('demand_line', models.BigIntegerField(editable=False, null=True)),
                ('issue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='inventory.goodsissue')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='GoodsReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted')], default='draft', editable=False, verbose_name='state')),
                ('on', models.DateField(verbose_name='date')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('source_table', models.TextField(blank=True, editable=False)),
                ('source_id', models.BigIntegerField(editable=False, null=True)),
                ('kind', models.TextField(choices=[('purchase', 'purchase'), ('opening', 'opening stock')], default='purchase', verbose_name='kind')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                ('vendor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
            ],
            options={
                'verbose_name': 'goods receipt',
                'verbose_name_plural': 'goods receipts',
            },
        ),
        migrations.CreateModel(
            name='GoodsReceiptLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('demand_table', models.TextField(blank=True, editable=False)),
                ('demand_line', models.BigIntegerField(editable=False, null=True)),
                ('unit_cost', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='unit cost')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                ('receipt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='inventory.goodsreceipt')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='GoodsReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted')], default='draft', editable=False, verbose_name='state')),
                ('on', models.DateField(verbose_name='date')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('source_table', models.TextField(blank=True, editable=False)),
                ('source_id', models.BigIntegerField(editable=False, null=True)),
                ('reason_code', models.TextField(blank=True, verbose_name='reason')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returned', to='inventory.goodsissue', verbose_name='delivery')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
            ],
            options={
                'verbose_name': 'return',
                'verbose_name_plural': 'returns',
            },
        ),
        migrations.CreateModel(
            name='GoodsReturnLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('demand_table', models.TextField(blank=True, editable=False)),
                ('demand_line', models.BigIntegerField(editable=False, null=True)),
                ('goods_return', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='inventory.goodsreturn')),
                ('issue_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returned', to='inventory.goodsissueline', verbose_name='delivery line')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('code', models.TextField(verbose_name='code')),
                ('name', models.TextField(verbose_name='name')),
                ('kind', models.TextField(choices=[('internal', 'internal'), ('transit', 'transit'), ('vendor', 'vendor'), ('customer', 'customer'), ('production', 'production'), ('loss', 'loss'), ('opening', 'opening')], default='internal', verbose_name='kind')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'location',
                'verbose_name_plural': 'locations',
            },
        ),
        migrations.CreateModel(
            name='ProductCost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='quantity')),
                ('value', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='value')),
                ('last_cost', models.DecimalField(decimal_places=10, default=0, max_digits=20, verbose_name='last unit cost')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'product cost',
                'verbose_name_plural': 'product costs',
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='still reserved')),
                ('demand_table', models.TextField()),
                ('demand_line', models.BigIntegerField()),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location', verbose_name='place')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'reservation',
                'verbose_name_plural': 'reservations',
            },
        ),
        migrations.CreateModel(
            name='StockAdjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted')], default='draft', editable=False, verbose_name='state')),
                ('on', models.DateField(verbose_name='date')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('source_table', models.TextField(blank=True, editable=False)),
                ('source_id', models.BigIntegerField(editable=False, null=True)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
            ],
            options={
                'verbose_name': 'stock adjustment',
                'verbose_name_plural': 'stock adjustments',
            },
        ),
        migrations.CreateModel(
            name='StockAdjustmentLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('demand_table', models.TextField(blank=True, editable=False)),
                ('demand_line', models.BigIntegerField(editable=False, null=True)),
                ('adjustment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='inventory.stockadjustment')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='StockLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_hand', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='on hand')),
                ('reserved', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='reserved')),
                ('may_be_negative', models.BooleanField(default=False)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location', verbose_name='place')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'stock level',
                'verbose_name_plural': 'stock levels',
            },
        ),
        migrations.CreateModel(
            name='StockMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('value', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='value')),
                ('on', models.DateField(verbose_name='date')),
                ('source_table', models.TextField()),
                ('source_id', models.BigIntegerField()),
                ('source_line', models.BigIntegerField()),
                ('demand_table', models.TextField(blank=True)),
                ('demand_line', models.BigIntegerField(null=True)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('from_location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location', verbose_name='from')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                ('returns', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returned_by', to='inventory.stockmove', verbose_name='returns')),
                ('to_location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location', verbose_name='to')),
            ],
            options={
                'verbose_name': 'stock move',
                'verbose_name_plural': 'stock moves',
            },
        ),
        migrations.CreateModel(
            name='StockTransfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted')], default='draft', editable=False, verbose_name='state')),
                ('on', models.DateField(verbose_name='date')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('source_table', models.TextField(blank=True, editable=False)),
                ('source_id', models.BigIntegerField(editable=False, null=True)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
            ],
            options={
                'verbose_name': 'transfer',
                'verbose_name_plural': 'transfers',
            },
        ),
        migrations.CreateModel(
            name='StockTransferLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ('demand_table', models.TextField(blank=True, editable=False)),
                ('demand_line', models.BigIntegerField(editable=False, null=True)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                ('transfer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='inventory.stocktransfer')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='Warehouse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('code', models.TextField(verbose_name='code')),
                ('name', models.TextField(verbose_name='name')),
                ('address', models.TextField(blank=True, verbose_name='address')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'warehouse',
                'verbose_name_plural': 'warehouses',
            },
        ),
        migrations.AddField(
            model_name='stocktransfer',
            name='to_warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='to warehouse'),
        ),
        migrations.AddField(
            model_name='stocktransfer',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='stockadjustment',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='location',
            name='warehouse',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='locations', to='inventory.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='goodsreturn',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='goodsreceipt',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddField(
            model_name='goodsissue',
            name='warehouse',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse'),
        ),
        migrations.AddConstraint(
            model_name='goodsissueline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='issue_line_quantity'),
        ),
        migrations.AddConstraint(
            model_name='goodsreceiptline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='receipt_line_quantity'),
        ),
        migrations.AddConstraint(
            model_name='goodsreceiptline',
            constraint=models.CheckConstraint(condition=models.Q(('unit_cost__gte', 0)), name='receipt_line_cost'),
        ),
        migrations.AddConstraint(
            model_name='goodsreturnline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='return_line_quantity'),
        ),
        migrations.AddConstraint(
            model_name='productcost',
            constraint=models.UniqueConstraint(fields=('company', 'product'), name='product_cost_once'),
        ),
        migrations.AddConstraint(
            model_name='productcost',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('quantity', 0), _negated=True), ('value', 0), _connector='OR'), name='no_quantity_no_value'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='reservation_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.UniqueConstraint(fields=('demand_table', 'demand_line', 'location'), name='reservation_once'),
        ),
        migrations.AddConstraint(
            model_name='stockadjustmentline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity', 0), _negated=True), name='adjustment_line_quantity'),
        ),
        migrations.AddConstraint(
            model_name='stocklevel',
            constraint=models.UniqueConstraint(fields=('company', 'product', 'location'), name='stock_level_once'),
        ),
        migrations.AddConstraint(
            model_name='stocklevel',
            constraint=models.CheckConstraint(condition=models.Q(('may_be_negative', True), ('on_hand__gte', models.F('reserved')), _connector='OR'), name='stock_not_promised_twice'),
        ),
        migrations.AddConstraint(
            model_name='stocklevel',
            constraint=models.CheckConstraint(condition=models.Q(('reserved__gte', 0)), name='stock_reserved_not_negative'),
        ),
        migrations.AddIndex(
            model_name='stockmove',
            index=models.Index(fields=['company', 'product', 'on', 'id'], name='stock_card'),
        ),
        migrations.AddIndex(
            model_name='stockmove',
            index=models.Index(fields=['source_table', 'source_id'], name='move_by_source'),
        ),
        migrations.AddIndex(
            model_name='stockmove',
            index=models.Index(condition=models.Q(('demand_table', ''), _negated=True), fields=['demand_table', 'demand_line'], name='move_by_demand'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='move_quantity_positive'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='move_value_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.CheckConstraint(condition=models.Q(('from_location', models.F('to_location')), _negated=True), name='move_goes_somewhere'),
        ),
        migrations.AddConstraint(
            model_name='stockmove',
            constraint=models.UniqueConstraint(fields=('source_table', 'source_line', 'from_location', 'to_location'), name='line_moves_once'),
        ),
        migrations.AddConstraint(
            model_name='stocktransferline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='transfer_line_quantity'),
        ),
        migrations.AddConstraint(
            model_name='warehouse',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='warehouse_code_once'),
        ),
        migrations.AddConstraint(
            model_name='stocktransfer',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='transfer_number_once'),
        ),
        migrations.AddConstraint(
            model_name='stocktransfer',
            constraint=models.CheckConstraint(condition=models.Q(('to_warehouse', models.F('warehouse')), _negated=True), name='transfer_goes_elsewhere'),
        ),
        migrations.AddConstraint(
            model_name='stockadjustment',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='adjustment_number_once'),
        ),
        migrations.AddConstraint(
            model_name='location',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='location_code_once'),
        ),
        migrations.AddConstraint(
            model_name='location',
            constraint=models.UniqueConstraint(fields=('id', 'company'), name='location_of_company'),
        ),
        migrations.AddConstraint(
            model_name='location',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'internal')), fields=('warehouse',), name='one_stock_location'),
        ),
        migrations.AddConstraint(
            model_name='goodsreturn',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='return_number_once'),
        ),
        migrations.AddConstraint(
            model_name='goodsreturn',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), ('number__isnull', False), _connector='OR'), name='posted_return_has_number'),
        ),
        migrations.AddConstraint(
            model_name='goodsreceipt',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='receipt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='goodsreceipt',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), ('number__isnull', False), _connector='OR'), name='posted_receipt_has_number'),
        ),
        migrations.AddIndex(
            model_name='goodsissue',
            index=models.Index(fields=['customer', '-on'], name='delivery_of_customer'),
        ),
        migrations.AddIndex(
            model_name='goodsissue',
            index=models.Index(fields=['source_table', 'source_id'], name='delivery_by_source'),
        ),
        migrations.AddConstraint(
            model_name='goodsissue',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='delivery_number_once'),
        ),
        migrations.AddConstraint(
            model_name='goodsissue',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), ('number__isnull', False), _connector='OR'), name='posted_delivery_has_number'),
        ),
    ]
