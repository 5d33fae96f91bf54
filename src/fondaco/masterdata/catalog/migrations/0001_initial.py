import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='SalesChannel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('code', models.TextField(unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                ],
                options={
                    'verbose_name': 'sales channel',
                    'verbose_name_plural': 'sales channels',
                },
            ), migrations.CreateModel(
                name='Category',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('code', models.TextField(unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='catalog.category', verbose_name='under')),
                ],
                options={
                    'verbose_name': 'category',
                    'verbose_name_plural': 'categories',
                    'constraints': [models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='category_not_under_itself')],
                },
            ), migrations.CreateModel(
                name='CommodityCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('code', models.TextField(unique=True, verbose_name='commodity code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('supplementary_unit', models.TextField(blank=True, verbose_name='supplementary unit')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'commodity code',
                    'verbose_name_plural': 'commodity codes',
                    'constraints': [models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9]{8}$')), name='commodity_code_digits'), models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='commodity_code_runs_forward')],
                },
            ), migrations.CreateModel(
                name='PriceList',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('includes_tax', models.BooleanField(default=False, verbose_name='prices include tax')),
                    ('priority', models.BigIntegerField(default=0, verbose_name='priority')),
                    ('for_members_only', models.BooleanField(default=False, verbose_name='for members only')),
                    ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.customergroup', verbose_name='for customer group')),
                    ('channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.saleschannel', verbose_name='for channel')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'price list',
                    'verbose_name_plural': 'price lists',
                    'constraints': [models.CheckConstraint(condition=models.Q(('for_members_only', False), ('group__isnull', True), _connector='OR'), name='list_for_members_or_a_group')],
                },
            ), migrations.CreateModel(
                name='PriceListMember',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('price_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='catalog.pricelist')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.party', verbose_name='customer')),
                ],
                options={
                    'verbose_name': 'member',
                    'verbose_name_plural': 'members',
                    'constraints': [models.UniqueConstraint(fields=('price_list', 'party'), name='price_list_member_once')],
                },
            ), migrations.CreateModel(
                name='Product',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('sku', models.TextField(unique=True, verbose_name='SKU')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('kind', models.TextField(choices=[('goods', 'goods'), ('service', 'service')], default='goods', verbose_name='kind')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category', verbose_name='category')),
                    ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.unit', verbose_name='stock unit')),
                    ('tax_class', models.TextField(choices=[('standard', 'standard'), ('reduced', 'reduced'), ('service', 'service')], default='standard', verbose_name='tax class')),
                    ('sale_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='list price')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('costing', models.TextField(choices=[('average', 'moving average'), ('fifo', 'first in, first out'), ('standard', 'standard cost'), ('specific', 'cost of the lot')], default='average', verbose_name='costing')),
                    ('tracking', models.TextField(choices=[('none', 'not tracked'), ('lot', 'by lot'), ('serial', 'by serial number')], default='none', verbose_name='tracked')),
                    ('second_unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.unit', verbose_name='second unit')),
                    ('second_factor', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='stock units in one, about')),
                    ('second_tolerance', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='differs by at most %')),
                    ('weight_kg', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='weight kg')),
                    ('volume_m3', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='volume m³')),
                    ('barcode', models.TextField(blank=True, verbose_name='barcode')),
                    ('commodity_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.commoditycode', verbose_name='commodity code')),
                    ('origin', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country of origin')),
                    ('supplementary_factor', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='supplementary units in a stock unit')),
                    ('service_code', models.TextField(blank=True, verbose_name='service code (CPA)')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'product',
                    'verbose_name_plural': 'products',
                    'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['name'], name='product_name_like', opclasses=['gin_trgm_ops'])],
                    'constraints': [models.CheckConstraint(condition=models.Q(('sale_price__isnull', True), ('sale_price__gte', 0), _connector='OR'), name='product_price_not_negative'), models.CheckConstraint(condition=models.Q(('sale_price__isnull', True), ('currency__isnull', False), _connector='OR'), name='product_price_has_currency'), models.CheckConstraint(condition=models.Q(('kind__in', ['goods', 'service'])), name='product_kind'), models.CheckConstraint(condition=models.Q(('costing__in', ['average', 'fifo', 'standard', 'specific'])), name='product_costing'), models.CheckConstraint(condition=models.Q(('tracking__in', ['none', 'lot', 'serial'])), name='product_tracking'), models.CheckConstraint(condition=models.Q(('kind', 'goods'), ('tracking', 'none'), _connector='OR'), name='service_not_tracked'), models.CheckConstraint(condition=models.Q(('supplementary_factor__isnull', True), ('supplementary_factor__gt', 0), _connector='OR'), name='supplementary_factor_positive'), models.CheckConstraint(condition=models.Q(('service_code', ''), ('service_code__regex', '^[0-9]{5,6}$'), _connector='OR'), name='service_code_digits'), models.CheckConstraint(condition=models.Q(models.Q(('costing', 'specific'), _negated=True), models.Q(('tracking', 'none'), _negated=True), _connector='OR'), name='cost_of_lot_needs_lots'), models.CheckConstraint(condition=models.Q(models.Q(('second_factor__isnull', True), ('second_tolerance__isnull', True), ('second_unit__isnull', True)), models.Q(('kind', 'goods'), ('second_factor__gt', 0), ('second_factor__isnull', False), ('second_tolerance__gte', 0), ('second_tolerance__isnull', False), ('second_tolerance__lt', 100), ('second_unit__isnull', False)), _connector='OR'), name='second_unit_whole'), models.CheckConstraint(condition=models.Q(('second_unit__isnull', True), models.Q(('second_unit', models.F('unit')), _negated=True), _connector='OR'), name='second_unit_is_another')],
                },
            ), migrations.CreateModel(
                name='PriceRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('price_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='catalog.pricelist')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.product', verbose_name='product')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.category', verbose_name='category')),
                    ('min_quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='from quantity')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='price')),
                    ('discount_percent', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='discount %')),
                    ('note', models.TextField(blank=True, verbose_name='note')),
                ],
                options={
                    'verbose_name': 'price rule',
                    'verbose_name_plural': 'price rules',
                    'indexes': [models.Index(fields=['product'], name='rule_by_product'), models.Index(fields=['category'], name='rule_by_category')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('product__isnull', True), ('category__isnull', True), _connector='OR'), name='rule_has_one_target_at_most'), models.CheckConstraint(condition=models.Q(models.Q(('discount_percent__isnull', True), ('price__isnull', False)), models.Q(('discount_percent__isnull', False), ('price__isnull', True)), _connector='OR'), name='rule_gives_price_or_discount'), models.CheckConstraint(condition=models.Q(('price__isnull', True), ('product__isnull', False), _connector='OR'), name='rule_price_for_a_product'), models.CheckConstraint(condition=models.Q(('discount_percent__isnull', True), models.Q(('discount_percent__gte', 0), ('discount_percent__lte', 100)), _connector='OR'), name='rule_discount_percent'), models.CheckConstraint(condition=models.Q(('price__isnull', True), ('price__gte', 0), _connector='OR'), name='rule_price_not_negative'), models.CheckConstraint(condition=models.Q(('min_quantity__gte', 0)), name='rule_quantity_not_negative'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('price_list', '='), (django.db.models.functions.comparison.Coalesce(models.F('product'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('category'), 0), '='), ('min_quantity', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='price_rules_do_not_conflict')],
                },
            ), migrations.CreateModel(
                name='Unit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('code', models.TextField(unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('dimension', models.TextField(verbose_name='dimension')),
                    ('factor', models.DecimalField(decimal_places=15, max_digits=30, verbose_name='factor')),
                ],
                options={
                    'verbose_name': 'unit',
                    'verbose_name_plural': 'units',
                    'constraints': [models.CheckConstraint(condition=models.Q(('factor__gt', 0)), name='unit_factor_positive')],
                },
            ), migrations.CreateModel(
                name='ProductUnit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='units', to='catalog.product')),
                    ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.unit', verbose_name='unit')),
                    ('factor', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='stock units in one')),
                ],
                options={
                    'verbose_name': 'packing',
                    'verbose_name_plural': 'packings',
                    'constraints': [models.UniqueConstraint(fields=('product', 'unit'), name='packing_once'), models.CheckConstraint(condition=models.Q(('factor__gt', 0)), name='packing_factor_positive')],
                },
            )],
        ),
    ]
