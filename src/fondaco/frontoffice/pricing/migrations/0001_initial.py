import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('invoicing', '0001_initial'),
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='DiscountStep',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('position', models.BigIntegerField(verbose_name='position')),
                    ('kind', models.TextField(choices=[('stack', 'adds to other steps'), ('alone', 'stands alone, before all others'), ('best', 'stands alone where it gives most')], default='stack', verbose_name='kind')),
                    ('basis', models.TextField(choices=[('running', 'the price that the steps before left'), ('list', 'the price of the lists')], default='running', verbose_name='percent of')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'discount step',
                    'verbose_name_plural': 'discount steps',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='discount_step_code_once'), models.UniqueConstraint(fields=('company', 'position'), name='discount_step_position_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['stack', 'alone', 'best'])), name='discount_step_kind'), models.CheckConstraint(condition=models.Q(('basis__in', ['running', 'list'])), name='discount_step_basis')],
                },
            ), migrations.CreateModel(
                name='DiscountRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='pricing.discountstep', verbose_name='step')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.customergroup', verbose_name='customer group')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category', verbose_name='category')),
                    ('from_quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='from quantity')),
                    ('from_value', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='from value of the document')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('percent', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='discount %')),
                ],
                options={
                    'verbose_name': 'discount rule',
                    'verbose_name_plural': 'discount rules',
                    'indexes': [models.Index(fields=['product'], name='discount_by_product'), models.Index(fields=['customer'], name='discount_by_customer')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('customer__isnull', True), ('group__isnull', True), _connector='OR'), name='discount_for_one_at_most'), models.CheckConstraint(condition=models.Q(('product__isnull', True), ('category__isnull', True), _connector='OR'), name='discount_on_one_at_most'), models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='discount_percent'), models.CheckConstraint(condition=models.Q(('from_quantity__gte', 0), ('from_value__gte', 0)), name='discount_from_not_negative'), models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='discount_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('step', '='), (django.db.models.functions.comparison.Coalesce(models.F('customer'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('group'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('product'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('category'), 0), '='), ('from_quantity', '='), ('from_value', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='discounts_do_not_conflict')],
                },
            ), migrations.CreateModel(
                name='RebateAgreement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('in_force', 'in force'), ('settled', 'settled by credit note'), ('cancelled', 'cancelled')], default='draft', editable=False, verbose_name='state')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(verbose_name='valid to')),
                    ('expected_turnover', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='expected turnover')),
                    ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                ],
                options={
                    'verbose_name': 'rebate agreement',
                    'verbose_name_plural': 'rebate agreements',
                    'indexes': [models.Index(fields=['customer'], name='rebate_of_customer')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='rebate_number_once'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('number__isnull', False), _connector='OR'), name='rebate_has_number'), models.CheckConstraint(condition=models.Q(('expected_turnover__gte', 0), ('valid_to__gte', models.F('valid_from'))), name='rebate_figures'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state__in', ['in_force', 'settled'])), expressions=[('company', '='), ('customer', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_rebate_at_a_time')],
                },
            ), migrations.CreateModel(
                name='RebateAccrual',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accruals', to='pricing.rebateagreement', verbose_name='rebate agreement')),
                    ('kind', models.TextField(choices=[('invoice', 'invoice'), ('credit_note', 'credit note'), ('reversal', 'reversal'), ('catch_up', 'catching up'), ('settlement', 'settlement')], verbose_name='kind')),
                    ('invoice', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoice', verbose_name='invoice')),
                    ('entry', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                    ('on', models.DateField(verbose_name='date')),
                    ('turnover', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='turnover')),
                    ('percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='rebate %')),
                    ('amount', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='accrued')),
                ],
                options={
                    'verbose_name': 'accrued rebate',
                    'verbose_name_plural': 'accrued rebates',
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['invoice', 'credit_note', 'reversal', 'catch_up', 'settlement'])), name='accrual_kind'), models.CheckConstraint(condition=models.Q(('amount', 0), ('entry__isnull', False), _connector='OR'), name='accrual_has_entry')],
                },
            ), migrations.CreateModel(
                name='RebateTier',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiers', to='pricing.rebateagreement', verbose_name='rebate agreement')),
                    ('from_turnover', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='from turnover')),
                    ('percent', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='rebate %')),
                ],
                options={
                    'verbose_name': 'tier',
                    'verbose_name_plural': 'tiers',
                    'constraints': [models.UniqueConstraint(fields=('agreement', 'from_turnover'), name='rebate_tier_once'), models.CheckConstraint(condition=models.Q(('from_turnover__gte', 0), ('percent__gte', 0), ('percent__lte', 100)), name='rebate_tier_figures')],
                },
            ), migrations.CreateModel(
                name='SellingCost',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(choices=[('freight', 'freight'), ('commission', 'commission')], default='freight', verbose_name='kind')),
                    ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.customergroup', verbose_name='customer group')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category', verbose_name='category')),
                    ('percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='percent of the net')),
                    ('per_kg', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='for each kg')),
                    ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'expected cost of selling',
                    'verbose_name_plural': 'expected costs of selling',
                    'constraints': [models.CheckConstraint(condition=models.Q(('customer__isnull', True), ('group__isnull', True), _connector='OR'), name='selling_cost_for_one_at_most'), models.CheckConstraint(condition=models.Q(('product__isnull', True), ('category__isnull', True), _connector='OR'), name='selling_cost_on_one_at_most'), models.CheckConstraint(condition=models.Q(('kind__in', ['freight', 'commission']), ('per_kg__gte', 0), ('percent__gte', 0), ('percent__lte', 100), models.Q(('kind', 'freight'), ('per_kg', 0), _connector='OR')), name='selling_cost_figures'), models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='selling_cost_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), ('kind', '='), (django.db.models.functions.comparison.Coalesce(models.F('customer'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('group'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('product'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('category'), 0), '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='selling_costs_do_not_conflict')],
                },
            ), migrations.CreateModel(
                name='DiscountLimit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.category', verbose_name='category')),
                    ('cap_percent', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='discounts of at most %')),
                    ('floor_percent', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='never below cost and %')),
                ],
                options={
                    'verbose_name': 'limit of discounts',
                    'verbose_name_plural': 'limits of discounts',
                    'constraints': [models.UniqueConstraint(fields=('company', 'category'), name='discount_limit_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('cap_percent__isnull', False), ('floor_percent__isnull', False), _connector='OR'), name='discount_limit_says_something'), models.CheckConstraint(condition=models.Q(models.Q(('cap_percent__isnull', True), models.Q(('cap_percent__gte', 0), ('cap_percent__lte', 100)), _connector='OR'), models.Q(('floor_percent__isnull', True), models.Q(('floor_percent__gte', 0), ('floor_percent__lte', 999)), _connector='OR')), name='discount_limit_percent')],
                },
            )],
        ),
    ]
