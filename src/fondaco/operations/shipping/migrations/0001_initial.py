import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('inventory', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Carrier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('details', models.TextField(blank=True, verbose_name='address and VAT number')),
                    ('tracking_url', models.TextField(blank=True, verbose_name='address of the tracking page')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'carrier',
                    'verbose_name_plural': 'carriers',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='carrier_code_once'), models.CheckConstraint(condition=models.Q(('tracking_url', ''), ('tracking_url__regex', '^https?://[^\\s]*\\{tracking\\}[^\\s]*$'), _connector='OR'), name='tracking_page_is_a_page')],
                },
            ), migrations.CreateModel(
                name='Consignment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('issue', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='consignment', to='inventory.goodsissue', verbose_name='delivery')),
                    ('carrier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shipping.carrier', verbose_name='carrier')),
                    ('on', models.DateField(verbose_name='handed over on')),
                    ('tracking', models.TextField(blank=True, verbose_name='tracking number')),
                ],
                options={
                    'verbose_name': 'consignment',
                    'verbose_name_plural': 'consignments',
                },
            ), migrations.CreateModel(
                name='Package',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('issue', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packages', to='inventory.goodsissue', verbose_name='delivery')),
                    ('position', models.BigIntegerField(verbose_name='package')),
                    ('sscc', models.TextField(blank=True, verbose_name='SSCC')),
                    ('packaging', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='shipping.packaging', verbose_name='packaging')),
                    ('gross_kg', models.DecimalField(decimal_places=3, max_digits=20, null=True, verbose_name='gross weight kg')),
                    ('length_cm', models.DecimalField(decimal_places=1, max_digits=10, null=True, verbose_name='length cm')),
                    ('width_cm', models.DecimalField(decimal_places=1, max_digits=10, null=True, verbose_name='width cm')),
                    ('height_cm', models.DecimalField(decimal_places=1, max_digits=10, null=True, verbose_name='height cm')),
                    ('weighed_at', models.DateTimeField(null=True, verbose_name='weighed at')),
                ],
                options={
                    'verbose_name': 'package',
                    'verbose_name_plural': 'packages',
                    'constraints': [models.UniqueConstraint(fields=('issue', 'position'), name='package_once'), models.UniqueConstraint(condition=models.Q(('sscc', ''), _negated=True), fields=('sscc',), name='sscc_once'), models.CheckConstraint(condition=models.Q(('gross_kg__isnull', True), ('gross_kg__gt', 0), _connector='OR'), name='package_weight')],
                },
            ), migrations.CreateModel(
                name='PackageLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('package', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='shipping.package')),
                    ('issue_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.goodsissueline', verbose_name='delivery line')),
                    ('lot', models.TextField(blank=True, verbose_name='lot or serial number')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ],
                options={
                    'verbose_name': 'content',
                    'verbose_name_plural': 'contents',
                    'constraints': [models.UniqueConstraint(fields=('package', 'issue_line', 'lot'), name='packed_line_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='packed_quantity')],
                },
            ), migrations.CreateModel(
                name='Packaging',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('length_cm', models.DecimalField(decimal_places=1, max_digits=10, verbose_name='length cm')),
                    ('width_cm', models.DecimalField(decimal_places=1, max_digits=10, verbose_name='width cm')),
                    ('height_cm', models.DecimalField(decimal_places=1, max_digits=10, verbose_name='height cm')),
                    ('tare_kg', models.DecimalField(decimal_places=3, default=0, max_digits=20, verbose_name='own weight kg')),
                    ('max_kg', models.DecimalField(blank=True, decimal_places=3, max_digits=20, null=True, verbose_name='bears kg')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'packaging',
                    'verbose_name_plural': 'packagings',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='packaging_code_once'), models.CheckConstraint(condition=models.Q(('height_cm__gt', 0), ('length_cm__gt', 0), ('tare_kg__gte', 0), ('width_cm__gt', 0)), name='packaging_measures'), models.CheckConstraint(condition=models.Q(('max_kg__isnull', True), ('max_kg__gt', 0), _connector='OR'), name='packaging_bears')],
                },
            ), migrations.CreateModel(
                name='ShippingRules',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('gs1_prefix', models.TextField(verbose_name='GS1 company prefix')),
                ],
                options={
                    'verbose_name': 'rules for shipping',
                    'verbose_name_plural': 'rules for shipping',
                    'constraints': [models.CheckConstraint(condition=models.Q(('gs1_prefix__regex', '^[0-9]{6,12}$')), name='gs1_prefix_digits')],
                },
            ), migrations.CreateModel(
                name='TransportDocument',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('open', 'to depart'), ('departed', 'departed')], default='open', editable=False, verbose_name='state')),
                    ('on', models.DateField(verbose_name='date')),
                    ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='recipient')),
                    ('reason', models.TextField(choices=[('sale', 'sale'), ('transfer', 'transfer between own places'), ('consignment', 'consignment stock'), ('to_vendor', 'return to vendor'), ('on_approval', 'on approval'), ('processing', 'for processing'), ('repair', 'for repair'), ('replacement', 'replacement under warranty'), ('sample', 'sample'), ('gift', 'gift'), ('other', 'other reason')], verbose_name='reason for transport')),
                    ('from_place', models.TextField(blank=True, verbose_name='from place')),
                    ('to_place', models.TextField(blank=True, verbose_name='to place')),
                    ('carried_by', models.TextField(choices=[('sender', 'sender'), ('recipient', 'recipient'), ('carrier', 'carrier')], default='sender', verbose_name='carried by')),
                    ('carrier', models.TextField(blank=True, verbose_name='carrier')),
                    ('freight', models.TextField(choices=[('paid', 'carriage paid'), ('collect', 'carriage forward')], default='paid', verbose_name='carriage')),
                    ('appearance', models.TextField(blank=True, verbose_name='appearance of the goods')),
                    ('packages', models.BigIntegerField(null=True, verbose_name='number of packages')),
                    ('gross_kg', models.DecimalField(decimal_places=3, max_digits=20, null=True, verbose_name='gross weight kg')),
                    ('net_kg', models.DecimalField(decimal_places=3, max_digits=20, null=True, verbose_name='net weight kg')),
                    ('starts_at', models.DateTimeField(null=True, verbose_name='transport begins')),
                    ('notes', models.TextField(blank=True, verbose_name='notes')),
                    ('invoice_by', models.DateField(null=True, verbose_name='invoice by')),
                    ('source_table', models.TextField()),
                    ('source_id', models.BigIntegerField()),
                ],
                options={
                    'verbose_name': 'transport document',
                    'verbose_name_plural': 'transport documents',
                    'indexes': [models.Index(fields=['company', '-on', '-id'], name='transport_by_date')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='transport_number_once'), models.UniqueConstraint(fields=('source_table', 'source_id'), name='paper_travels_once'), models.CheckConstraint(condition=models.Q(('number__isnull', False)), name='transport_has_number'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'departed'])), name='transport_state'), models.CheckConstraint(condition=models.Q(('reason__in', ['sale', 'transfer', 'consignment', 'to_vendor', 'on_approval', 'processing', 'repair', 'replacement', 'sample', 'gift', 'other'])), name='transport_reason'), models.CheckConstraint(condition=models.Q(('carried_by__in', ['sender', 'recipient', 'carrier'])), name='transport_carried_by'), models.CheckConstraint(condition=models.Q(('freight__in', ['paid', 'collect'])), name='transport_freight'), models.CheckConstraint(condition=models.Q(('state', 'open'), ('starts_at__isnull', False), _connector='OR'), name='transport_has_begun'), models.CheckConstraint(condition=models.Q(('carried_by', 'carrier'), ('carrier', ''), ('state', 'departed'), _negated=True), name='transport_names_carrier'), models.CheckConstraint(condition=models.Q(('packages__isnull', True), ('packages__gt', 0), _connector='OR'), name='transport_packages'), models.CheckConstraint(condition=models.Q(models.Q(('gross_kg__isnull', True), ('gross_kg__gt', 0), _connector='OR'), models.Q(('net_kg__isnull', True), ('net_kg__gte', 0), _connector='OR')), name='transport_weight')],
                },
            )],
        ),
    ]
