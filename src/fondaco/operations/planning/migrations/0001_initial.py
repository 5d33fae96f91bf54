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
                name='ReorderRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse')),
                    ('method', models.TextField(choices=[('point', 'reorder point'), ('min_max', 'minimum and maximum')], default='point', verbose_name='method')),
                    ('source', models.TextField(choices=[('purchase', 'buy'), ('transfer', 'fetch from another warehouse')], default='purchase', verbose_name='how')),
                    ('vendor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
                    ('from_warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='from warehouse')),
                    ('minimum', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='minimum')),
                    ('maximum', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='maximum')),
                    ('order_quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='quantity of an order')),
                    ('cover_days', models.BigIntegerField(default=14, verbose_name='days that an order covers')),
                    ('service_percent', models.DecimalField(decimal_places=3, default=95, max_digits=6, verbose_name='service level %')),
                    ('safety_stock', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='safety stock, by hand')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('demand_per_day', models.DecimalField(decimal_places=6, editable=False, max_digits=20, null=True, verbose_name='used in a day')),
                    ('demand_spread', models.DecimalField(decimal_places=6, editable=False, max_digits=20, null=True, verbose_name='spread of use in a day')),
                    ('lead_days', models.DecimalField(decimal_places=2, editable=False, max_digits=10, null=True, verbose_name='lead time in days')),
                    ('lead_spread', models.DecimalField(decimal_places=2, editable=False, max_digits=10, null=True, verbose_name='spread of the lead time in days')),
                    ('safety', models.DecimalField(decimal_places=6, default=0, editable=False, max_digits=20, verbose_name='safety stock')),
                    ('reorder_point', models.DecimalField(decimal_places=6, default=0, editable=False, max_digits=20, verbose_name='reorder point')),
                    ('explanation', models.TextField(blank=True, editable=False, verbose_name='why so much')),
                    ('computed_on', models.DateField(editable=False, null=True, verbose_name='computed on')),
                ],
                options={
                    'verbose_name': 'reorder rule',
                    'verbose_name_plural': 'reorder rules',
                    'constraints': [models.UniqueConstraint(fields=('product', 'warehouse'), name='reorder_rule_once'), models.CheckConstraint(condition=models.Q(('method__in', ['point', 'min_max'])), name='reorder_method'), models.CheckConstraint(condition=models.Q(models.Q(('from_warehouse__isnull', True), ('source', 'purchase')), models.Q(('from_warehouse__isnull', False), ('source', 'transfer'), ('vendor__isnull', True), models.Q(('from_warehouse', models.F('warehouse')), _negated=True)), _connector='OR'), name='reorder_source'), models.CheckConstraint(condition=models.Q(('method', 'point'), models.Q(('maximum__gte', models.F('minimum')), ('maximum__isnull', False), ('minimum__gte', 0), ('minimum__isnull', False)), _connector='OR'), name='reorder_maximum'), models.CheckConstraint(condition=models.Q(models.Q(('safety_stock__isnull', True), ('safety_stock__gte', 0), _connector='OR'), models.Q(('order_quantity__isnull', True), ('order_quantity__gt', 0), _connector='OR'), ('cover_days__gte', 1), ('cover_days__lte', 366), ('service_percent__gte', 50), ('service_percent__lt', 100)), name='reorder_figures')],
                },
            ), migrations.CreateModel(
                name='Proposal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('open', 'open'), ('accepted', 'accepted'), ('skipped', 'skipped')], default='open', editable=False, verbose_name='state')),
                    ('on', models.DateField(verbose_name='date')),
                    ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='planning.reorderrule', verbose_name='reorder rule')),
                    ('source', models.TextField(choices=[('purchase', 'buy'), ('transfer', 'fetch from another warehouse')], verbose_name='how')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('warehouse', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='for warehouse')),
                    ('vendor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
                    ('from_warehouse', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='from warehouse')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('needed_on', models.DateField(verbose_name='expected on')),
                    ('unit_price', models.DecimalField(decimal_places=6, max_digits=20, null=True, verbose_name='unit price')),
                    ('currency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('why', models.TextField(verbose_name='why')),
                    ('skipped_until', models.DateField(null=True, verbose_name='not before')),
                    ('made_table', models.TextField(blank=True)),
                    ('made_id', models.BigIntegerField(null=True)),
                ],
                options={
                    'verbose_name': 'proposal',
                    'verbose_name_plural': 'proposals',
                    'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['company', 'needed_on'], name='proposals_open')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('rule',), name='one_open_proposal'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'accepted', 'skipped'])), name='proposal_state'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='proposal_quantity'), models.CheckConstraint(condition=models.Q(('source', 'purchase'), models.Q(('from_warehouse__isnull', False), ('source', 'transfer')), _connector='OR'), name='proposal_source'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), ('made_id__isnull', False), _connector='OR'), name='accepted_proposal_made')],
                },
            )],
        ),
    ]
