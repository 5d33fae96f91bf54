import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('inventory', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Bin',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bins', to='inventory.warehouse', verbose_name='warehouse')),
                    ('location', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='bins', to='inventory.location', verbose_name='place')),
                    ('code', models.TextField(verbose_name='code')),
                    ('kind', models.TextField(choices=[('picking', 'picking'), ('storage', 'storage'), ('dock_in', 'dock in'), ('dock_out', 'dock out')], default='picking', verbose_name='kind')),
                    ('zone', models.TextField(blank=True, verbose_name='zone')),
                    ('aisle', models.TextField(blank=True, verbose_name='aisle')),
                    ('rack', models.TextField(blank=True, verbose_name='rack')),
                    ('level', models.TextField(blank=True, verbose_name='level')),
                    ('x_m', models.DecimalField(decimal_places=3, default=0, max_digits=10, verbose_name='x in m')),
                    ('y_m', models.DecimalField(decimal_places=3, default=0, max_digits=10, verbose_name='y in m')),
                    ('sequence', models.BigIntegerField(default=0, verbose_name='pick sequence')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category', verbose_name='only goods of')),
                    ('most_pieces', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='most pieces')),
                    ('most_weight_kg', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='most weight in kg')),
                    ('most_volume_m3', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='most volume in m³')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'bin',
                    'verbose_name_plural': 'bins',
                    'indexes': [models.Index(fields=['location', 'sequence', 'id'], name='bins_in_order')],
                    'constraints': [models.UniqueConstraint(fields=('warehouse', 'code'), name='bin_code_once'), models.CheckConstraint(condition=models.Q(('code__regex', '^\\S+$')), name='bin_code_is_plain'), models.CheckConstraint(condition=models.Q(('kind__in', ['dock_in', 'dock_out', 'storage', 'picking'])), name='bin_kind'), models.CheckConstraint(condition=models.Q(models.Q(('most_pieces__isnull', True), ('most_pieces__gt', 0), _connector='OR'), models.Q(('most_weight_kg__isnull', True), ('most_weight_kg__gt', 0), _connector='OR'), models.Q(('most_volume_m3__isnull', True), ('most_volume_m3__gt', 0), _connector='OR')), name='bin_capacity_positive')],
                },
            ), migrations.CreateModel(
                name='BinMove',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location', verbose_name='place')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('lot', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.lot', verbose_name='lot')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('from_bin', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='warehouse.bin', verbose_name='from')),
                    ('to_bin', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='warehouse.bin', verbose_name='to')),
                    ('kind', models.TextField(choices=[('put_away', 'put away'), ('replenish', 'replenished'), ('move', 'moved'), ('left', 'left the warehouse')], verbose_name='kind')),
                    ('why', models.TextField(blank=True, verbose_name='why')),
                    ('stock_move', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.stockmove', verbose_name='stock move')),
                ],
                options={
                    'verbose_name': 'move between bins',
                    'verbose_name_plural': 'moves between bins',
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='bin_move_quantity'), models.CheckConstraint(condition=models.Q(models.Q(('from_bin__isnull', False), ('to_bin__isnull', True)), models.Q(('from_bin__isnull', True), ('to_bin__isnull', False)), models.Q(('from_bin__isnull', False), ('to_bin__isnull', False), models.Q(('from_bin', models.F('to_bin')), _negated=True)), _connector='OR'), name='bin_move_goes_somewhere'), models.CheckConstraint(condition=models.Q(('kind__in', ['put_away', 'replenish', 'move', 'left'])), name='bin_move_kind'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'left'), ('stock_move__isnull', False)), models.Q(models.Q(('kind', 'left'), _negated=True), ('stock_move__isnull', True)), _connector='OR'), name='what_left_names_its_move')],
                },
            ), migrations.CreateModel(
                name='BinStock',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('company', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.location', verbose_name='place')),
                    ('bin', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='stock', to='warehouse.bin', verbose_name='bin')),
                    ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('lot', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.lot', verbose_name='lot')),
                    ('on_hand', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='on hand')),
                ],
                options={
                    'verbose_name': 'stock in a bin',
                    'verbose_name_plural': 'stock in bins',
                    'indexes': [models.Index(condition=models.Q(('on_hand__gt', 0)), fields=['product', 'location'], name='bins_of_product')],
                    'constraints': [models.UniqueConstraint(fields=('bin', 'product', 'lot'), name='bin_stock_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('on_hand__gte', 0)), name='bin_stock_not_negative')],
                },
            ), migrations.CreateModel(
                name='Floor',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('warehouse', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse')),
                    ('location', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='floor', to='inventory.location', verbose_name='place')),
                ],
                options={
                    'verbose_name': 'warehouse with bins',
                    'verbose_name_plural': 'warehouses with bins',
                },
            )],
        ),
    ]
