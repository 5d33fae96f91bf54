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
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='WorkCalendar',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('monday', models.BooleanField(default=True, verbose_name='Monday')),
                    ('tuesday', models.BooleanField(default=True, verbose_name='Tuesday')),
                    ('wednesday', models.BooleanField(default=True, verbose_name='Wednesday')),
                    ('thursday', models.BooleanField(default=True, verbose_name='Thursday')),
                    ('friday', models.BooleanField(default=True, verbose_name='Friday')),
                    ('saturday', models.BooleanField(default=False, verbose_name='Saturday')),
                    ('sunday', models.BooleanField(default=False, verbose_name='Sunday')),
                    ('handling_days', models.BigIntegerField(default=0, verbose_name='working days to pick and pack')),
                    ('transport_days', models.BigIntegerField(default=0, verbose_name='days on the road to customers')),
                ],
                options={
                    'verbose_name': 'working calendar',
                    'verbose_name_plural': 'working calendars',
                    'constraints': [models.CheckConstraint(condition=models.Q(('monday', True), ('tuesday', True), ('wednesday', True), ('thursday', True), ('friday', True), ('saturday', True), ('sunday', True), _connector='OR'), name='calendar_works_some_day'), models.CheckConstraint(condition=models.Q(('handling_days__gte', 0), ('handling_days__lte', 60), ('transport_days__gte', 0), ('transport_days__lte', 180)), name='calendar_days')],
                },
            ), migrations.CreateModel(
                name='ClosedDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='closed_days', to='supply.workcalendar')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('on', models.DateField(verbose_name='date')),
                    ('name', models.TextField(blank=True, verbose_name='name')),
                ],
                options={
                    'verbose_name': 'closed day',
                    'verbose_name_plural': 'closed days',
                    'constraints': [models.UniqueConstraint(fields=('calendar', 'on'), name='closed_day_once')],
                },
            ), migrations.CreateModel(
                name='GivenBack',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('supply_name', models.TextField(verbose_name='bought with')),
                    ('demand_name', models.TextField(verbose_name='for order')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='not wanted any more')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('is_seen', models.BooleanField(default=False, verbose_name='seen')),
                    ('supply_table', models.TextField(verbose_name='kind of supply')),
                    ('supply_line', models.BigIntegerField(verbose_name='line of supply')),
                ],
                options={
                    'verbose_name': 'given back by an order',
                    'verbose_name_plural': 'given back by orders',
                    'indexes': [models.Index(condition=models.Q(('is_seen', False)), fields=['company', 'id'], name='given_back_unseen')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='given_back_quantity')],
                },
            ), migrations.CreateModel(
                name='Peg',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(choices=[('back_to_back', 'bought for the order'), ('direct', 'from the vendor to the customer')], verbose_name='kind')),
                    ('supply_table', models.TextField(verbose_name='kind of supply')),
                    ('supply_line', models.BigIntegerField(verbose_name='line of supply')),
                    ('demand_table', models.TextField(verbose_name='kind of demand')),
                    ('demand_line', models.BigIntegerField(verbose_name='line of demand')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('handed_over', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='handed over')),
                ],
                options={
                    'verbose_name': 'tie of supply to demand',
                    'verbose_name_plural': 'ties of supply to demand',
                    'indexes': [models.Index(fields=['demand_table', 'demand_line'], name='peg_by_demand')],
                    'constraints': [models.UniqueConstraint(fields=('supply_table', 'supply_line', 'demand_table', 'demand_line'), name='peg_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='peg_quantity'), models.CheckConstraint(condition=models.Q(('handed_over__gte', 0), ('handed_over__lte', models.F('quantity'))), name='peg_handed_over'), models.CheckConstraint(condition=models.Q(('kind__in', ['back_to_back', 'direct'])), name='peg_kind')],
                },
            ), migrations.CreateModel(
                name='TransportRoute',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('from_warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='from warehouse')),
                    ('to_warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='to warehouse')),
                    ('transport_days', models.BigIntegerField(default=1, verbose_name='days on the road')),
                    ('monday', models.BooleanField(default=True, verbose_name='Monday')),
                    ('tuesday', models.BooleanField(default=True, verbose_name='Tuesday')),
                    ('wednesday', models.BooleanField(default=True, verbose_name='Wednesday')),
                    ('thursday', models.BooleanField(default=True, verbose_name='Thursday')),
                    ('friday', models.BooleanField(default=True, verbose_name='Friday')),
                    ('saturday', models.BooleanField(default=False, verbose_name='Saturday')),
                    ('sunday', models.BooleanField(default=False, verbose_name='Sunday')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'route between warehouses',
                    'verbose_name_plural': 'routes between warehouses',
                    'constraints': [models.UniqueConstraint(fields=('from_warehouse', 'to_warehouse'), name='route_once'), models.CheckConstraint(condition=models.Q(('from_warehouse', models.F('to_warehouse')), _negated=True), name='route_goes_elsewhere'), models.CheckConstraint(condition=models.Q(('transport_days__gte', 0), ('transport_days__lte', 365)), name='route_days'), models.CheckConstraint(condition=models.Q(('monday', True), ('tuesday', True), ('wednesday', True), ('thursday', True), ('friday', True), ('saturday', True), ('sunday', True), _connector='OR'), name='route_departs_some_day')],
                },
            ), migrations.CreateModel(
                name='VendorItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('vendor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('rank', models.BigIntegerField(default=1, verbose_name='rank')),
                    ('vendor_code', models.TextField(blank=True, verbose_name="vendor's code")),
                    ('lead_days', models.BigIntegerField(blank=True, null=True, verbose_name='lead time in days, agreed')),
                    ('measured_days', models.DecimalField(decimal_places=2, editable=False, max_digits=10, null=True, verbose_name='lead time in days, measured')),
                    ('measured_spread', models.DecimalField(decimal_places=2, editable=False, max_digits=10, null=True, verbose_name='spread of the lead time in days')),
                    ('measured_receipts', models.BigIntegerField(default=0, editable=False, verbose_name='receipts measured')),
                    ('minimum', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='minimum quantity')),
                    ('pack', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='sold in packs of')),
                    ('unit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='unit price')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'item of a vendor',
                    'verbose_name_plural': 'items of vendors',
                    'constraints': [models.UniqueConstraint(fields=('company', 'vendor', 'product'), name='vendor_item_once'), models.CheckConstraint(condition=models.Q(('lead_days__isnull', True), models.Q(('lead_days__gte', 0), ('lead_days__lte', 3650)), _connector='OR'), name='vendor_item_lead'), models.CheckConstraint(condition=models.Q(('minimum__gte', 0), ('pack__gte', 0)), name='vendor_item_quantities'), models.CheckConstraint(condition=models.Q(('unit_price__isnull', True), ('unit_price__gte', 0), _connector='OR'), name='vendor_item_price'), models.CheckConstraint(condition=models.Q(('rank__gte', 1)), name='vendor_item_rank')],
                },
            )],
        ),
    ]
