import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
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
        ('invoicing', '0001_initial'),
        ('parties', '0001_initial'),
        ('sales', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Contract',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('active', 'active'), ('ended', 'ended'), ('cancelled', 'cancelled')], default='draft', editable=False, verbose_name='state')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('reference', models.TextField(blank=True, verbose_name="customer's reference")),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('starts_on', models.DateField(verbose_name='begins on')),
                    ('term_months', models.BigIntegerField(blank=True, help_text='Empty: until it is cancelled', null=True, verbose_name='term, months')),
                    ('notice_days', models.BigIntegerField(default=60, verbose_name='notice, days')),
                    ('renews', models.BooleanField(default=True, verbose_name='renews by itself')),
                    ('renewal_months', models.BigIntegerField(default=12, verbose_name='renewed for, months')),
                    ('rise_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='dearer with each renewal by %')),
                    ('every_months', models.BigIntegerField(choices=[(1, 'month'), (3, 'quarter'), (6, 'half-year'), (12, 'year')], default=1, verbose_name='invoiced every')),
                    ('calendar', models.TextField(choices=[('anniversary', 'from the first day of the contract'), ('calendar', 'by the calendar')], default='calendar', verbose_name='periods run')),
                    ('in_advance', models.BooleanField(default=True, verbose_name='in advance')),
                    ('payment_term', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.paymentterm', verbose_name='payment term')),
                    ('posts_at_once', models.BooleanField(default=False, verbose_name='post its invoices at once')),
                    ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                    ('quote', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sales.quote', verbose_name='quote')),
                    ('ends_on', models.DateField(editable=False, null=True, verbose_name='ends on')),
                    ('version_number', models.BigIntegerField(default=1, editable=False, verbose_name='version of the contract')),
                    ('next_on', models.DateField(editable=False, null=True, verbose_name='next invoice')),
                    ('price_list', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.pricelist', verbose_name='price list')),
                ],
                options={
                    'verbose_name': 'contract',
                    'verbose_name_plural': 'contracts',
                    'indexes': [models.Index(fields=['customer', 'state'], name='subscription_of_customer'), models.Index(condition=models.Q(('next_on__isnull', False)), fields=['next_on'], name='subscription_due')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='subscription_number_once'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('number__isnull', False), _connector='OR'), name='subscription_has_number'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'active', 'ended', 'cancelled'])), name='subscription_state'), models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='subscription_ends_after_beginning'), models.CheckConstraint(condition=models.Q(models.Q(('term_months__isnull', True), models.Q(('term_months__gte', 1), ('term_months__lte', 240)), _connector='OR'), ('notice_days__gte', 0), ('notice_days__lte', 730), ('renewal_months__gte', 1), ('renewal_months__lte', 120), ('calendar__in', ['anniversary', 'calendar']), ('every_months__in', [1, 3, 6, 12]), ('rise_percent__gt', -100), ('rise_percent__lte', 100), ('version_number__gte', 1)), name='subscription_terms')],
                },
            ), migrations.CreateModel(
                name='ContractAmendment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='subscriptions.contract', verbose_name='contract')),
                    ('version_number', models.BigIntegerField(verbose_name='version of the contract')),
                    ('kind', models.TextField(choices=[('signed', 'signed'), ('changed', 'changed'), ('added', 'product added'), ('paused', 'paused'), ('resumed', 'resumed'), ('notice', 'notice given'), ('cancelled', 'cancelled'), ('renewed', 'renewed')], verbose_name='kind')),
                    ('on', models.DateField(verbose_name='from')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('said', models.TextField(blank=True, verbose_name='what was changed')),
                    ('before', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='a month before')),
                    ('after', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='a month after')),
                ],
                options={
                    'verbose_name': 'amendment',
                    'verbose_name_plural': 'amendments',
                    'constraints': [models.UniqueConstraint(fields=('contract', 'version_number'), name='subscription_version_once')],
                },
            ), migrations.CreateModel(
                name='ContractLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='subscriptions.contract', verbose_name='contract')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('kind', models.TextField(choices=[('recurring', 'recurring'), ('usage', 'by use'), ('one_off', 'once'), ('price', 'price for orders')], default='recurring', verbose_name='kind')),
                    ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                    ('unit_price', models.DecimalField(blank=True, decimal_places=6, help_text='Empty: as the price lists say', max_digits=20, null=True, verbose_name='unit price')),
                    ('per_months', models.BigIntegerField(choices=[(1, 'month'), (3, 'quarter'), (6, 'half-year'), (12, 'year')], default=1, verbose_name='price for a')),
                    ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='discount %')),
                    ('meter', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.meter', verbose_name='meter')),
                    ('rating', models.TextField(choices=[('graduated', 'each tier at its own price'), ('volume', 'everything at the price of the tier reached'), ('package', 'by whole packages')], default='graduated', verbose_name='rated')),
                    ('included_quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='included in a period')),
                    ('package_size', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='size of a package')),
                    ('minimum', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='at least, a period')),
                    ('cap', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='at most, a period')),
                    ('added_in', models.BigIntegerField(default=1, editable=False, verbose_name='since version')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'indexes': [models.Index(condition=models.Q(('meter__isnull', False)), fields=['meter'], name='subscription_line_of_meter')],
                    'constraints': [models.UniqueConstraint(fields=('contract', 'product'), name='subscription_product_once'), models.CheckConstraint(condition=models.Q(('discount_percent__gte', 0), ('discount_percent__lte', 100), ('included_quantity__gte', 0), ('quantity__gte', 0), ('unit_price__gte', 0), ('unit_price__isnull', False), ('kind__in', ['recurring', 'usage', 'one_off', 'price']), ('per_months__in', [1, 3, 6, 12]), ('rating__in', ['graduated', 'volume', 'package']), models.Q(('minimum__isnull', True), ('minimum__gte', 0), _connector='OR'), models.Q(('cap__isnull', True), ('cap__gte', 0), _connector='OR'), models.Q(('minimum__isnull', True), ('cap__isnull', True), ('cap__gte', models.F('minimum')), _connector='OR')), name='subscription_line_figures'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'usage'), ('meter__isnull', False)), models.Q(models.Q(('kind', 'usage'), _negated=True), ('meter__isnull', True)), _connector='OR'), name='subscription_use_is_metered'), models.CheckConstraint(condition=models.Q(models.Q(('package_size__gt', 0), ('rating', 'package')), models.Q(models.Q(('rating', 'package'), _negated=True), ('package_size__isnull', True)), _connector='OR'), name='subscription_package_has_a_size')],
                },
            ), migrations.CreateModel(
                name='ContractCharge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='charges', to='subscriptions.contract', verbose_name='contract')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.contractline', verbose_name='line')),
                    ('kind', models.TextField(choices=[('charge', 'charge'), ('adjustment', 'adjustment')], verbose_name='kind')),
                    ('period_from', models.DateField(verbose_name='period from')),
                    ('period_to', models.DateField(verbose_name='period to')),
                    ('first', models.DateField(verbose_name='from')),
                    ('last', models.DateField(verbose_name='to')),
                    ('quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='quantity')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='net')),
                    ('due', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='of the period in all')),
                    ('explanation', models.TextField(verbose_name='how it was reckoned')),
                    ('priced_version', models.BigIntegerField(verbose_name='version of the contract')),
                    ('invoice_line', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoiceline', verbose_name='invoice line')),
                    ('taken_back_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoice', verbose_name='taken back by')),
                ],
                options={
                    'verbose_name': 'charge',
                    'verbose_name_plural': 'charges',
                    'indexes': [models.Index(fields=['contract', 'period_from'], name='subscription_charge_by_period'), models.Index(fields=['line'], name='subscription_charge_of_line')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['charge', 'adjustment'])), name='subscription_charge_kind'), models.CheckConstraint(condition=models.Q(('first__gte', models.F('period_from')), ('last__gte', models.F('first')), ('last__lte', models.F('period_to'))), name='subscription_charge_days'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('kind', 'charge'), ('taken_back_by__isnull', True)), expressions=[('line', '='), (models.Func(models.F('first'), models.F('last'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='subscription_charged_once')],
                },
            ), migrations.CreateModel(
                name='ContractPause',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='subscriptions.contract', verbose_name='contract')),
                    ('first', models.DateField(verbose_name='from')),
                    ('last', models.DateField(null=True, verbose_name='to')),
                ],
                options={
                    'verbose_name': 'pause',
                    'verbose_name_plural': 'pauses',
                    'constraints': [models.CheckConstraint(condition=models.Q(('last__isnull', True), ('last__gte', models.F('first')), _connector='OR'), name='subscription_pause_days'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('contract', '='), (models.Func(models.F('first'), models.F('last'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='subscription_paused_once')],
                },
            ), migrations.CreateModel(
                name='ContractStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='subscriptions.contract', verbose_name='contract')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('from_on', models.DateField(verbose_name='from')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('unit_price', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='unit price')),
                    ('version_number', models.BigIntegerField(default=1, editable=False, verbose_name='version of the contract')),
                ],
                options={
                    'verbose_name': 'step',
                    'verbose_name_plural': 'steps',
                    'constraints': [models.UniqueConstraint(fields=('contract', 'product', 'from_on', 'version_number'), name='subscription_step_once'), models.CheckConstraint(condition=models.Q(('quantity__gte', 0), ('unit_price__gte', 0), ('version_number__gte', 1)), name='subscription_step_figures')],
                },
            ), migrations.CreateModel(
                name='Meter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.unit', verbose_name='unit')),
                ],
                options={
                    'verbose_name': 'meter',
                    'verbose_name_plural': 'meters',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='meter_code_once'), models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), models.Q(('name', ''), _negated=True)), name='meter_has_a_name')],
                },
            ), migrations.CreateModel(
                name='MeterDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('meter', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.meter')),
                    ('on', models.DateField()),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ],
                options={
                    'verbose_name': 'use of a day',
                    'verbose_name_plural': 'use by day',
                    'constraints': [models.UniqueConstraint(fields=('meter', 'on'), name='meter_day_once')],
                },
            ), migrations.CreateModel(
                name='UsageRecord',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('meter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subscriptions.meter', verbose_name='meter')),
                    ('on', models.DateField(verbose_name='date')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('source', models.TextField(verbose_name='source')),
                    ('key', models.TextField(verbose_name='key at the source')),
                    ('note', models.TextField(blank=True, verbose_name='note')),
                    ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='subscriptions.usagerecord', verbose_name='reverses')),
                ],
                options={
                    'verbose_name': 'record of use',
                    'verbose_name_plural': 'records of use',
                    'indexes': [models.Index(fields=['meter', 'on'], name='usage_of_meter')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'source', 'key'), name='usage_once'), models.CheckConstraint(condition=models.Q(models.Q(('source', ''), _negated=True), models.Q(('key', ''), _negated=True)), name='usage_has_a_key'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('reverses__isnull', False), _connector='OR'), name='usage_counts_up')],
                },
            ), migrations.CreateModel(
                name='UsageTier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiers', to='subscriptions.contract', verbose_name='contract')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('from_quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='from quantity')),
                    ('unit_price', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='unit price')),
                ],
                options={
                    'verbose_name': 'tier',
                    'verbose_name_plural': 'tiers',
                    'constraints': [models.UniqueConstraint(fields=('contract', 'product', 'from_quantity'), name='subscription_tier_once'), models.CheckConstraint(condition=models.Q(('from_quantity__gt', 0), ('unit_price__gte', 0)), name='subscription_tier_figures')],
                },
            )],
        ),
    ]
