import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ServiceLevel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('rank', models.BigIntegerField(default=1, verbose_name='rank')),
                    ('basis', models.TextField(choices=[('expected', 'margin expected in the coming 12 months'), ('year', 'margin of the last 12 months'), ('total', 'margin of all time')], default='expected', verbose_name='measured by')),
                    ('from_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='from an amount of')),
                    ('top_percent', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='the best, %')),
                    ('reached_from', models.DecimalField(decimal_places=4, editable=False, max_digits=20, null=True, verbose_name='reached from')),
                ],
                options={
                    'verbose_name': 'service level',
                    'verbose_name_plural': 'service levels',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='service_level_code_once'), models.UniqueConstraint(fields=('company', 'rank'), name='service_level_rank_once'), models.UniqueConstraint(fields=('id', 'company'), name='service_level_of_company'), models.CheckConstraint(condition=models.Q(models.Q(('from_amount__isnull', False), ('top_percent__isnull', True)), models.Q(('from_amount__isnull', True), ('top_percent__gt', 0), ('top_percent__lte', 100)), _connector='OR'), name='service_level_one_threshold'), models.CheckConstraint(condition=models.Q(('basis__in', ['expected', 'year', 'total'])), name='service_level_basis')],
                },
            ), migrations.CreateModel(
                name='LevelOverride',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.party', verbose_name='customer')),
                    ('level', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='value.servicelevel', verbose_name='service level')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('valid_from', models.DateField(default=django.utils.timezone.localdate, verbose_name='valid from')),
                    ('valid_to', models.DateField(verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'service level by hand',
                    'verbose_name_plural': 'service levels by hand',
                    'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='level_override_says_why'), models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='level_override_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), ('party', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='level_override_once_a_day')],
                },
            ), migrations.CreateModel(
                name='ValueModel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('on', models.DateField(verbose_name='as of')),
                    ('customers', models.BigIntegerField(verbose_name='customers')),
                    ('repeaters', models.BigIntegerField(verbose_name='who bought again')),
                    ('r', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='r')),
                    ('alpha', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='α')),
                    ('a', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='a')),
                    ('b', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='b')),
                    ('log_likelihood', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='log-likelihood')),
                    ('p', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='p')),
                    ('q', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='q')),
                    ('gamma', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='γ')),
                    ('spend_customers', models.BigIntegerField(verbose_name='customers with positive revenue')),
                    ('spend_log_likelihood', models.DecimalField(decimal_places=10, max_digits=24, verbose_name='log-likelihood of the amounts')),
                    ('errors', models.JSONField(default=dict, verbose_name='standard errors')),
                    ('margin_share', models.DecimalField(decimal_places=8, max_digits=12, verbose_name='margin share')),
                    ('mean_revenue', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='revenue of a purchase')),
                    ('first_year', models.JSONField(default=dict, verbose_name="margin of a customer's first 12 months")),
                    ('conversion', models.JSONField(default=dict, verbose_name='leads that became deals')),
                ],
                options={
                    'verbose_name': 'value model',
                    'verbose_name_plural': 'value models',
                    'indexes': [models.Index(fields=['company', '-id'], name='value_model_newest')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('a__gt', 0), ('alpha__gt', 0), ('b__gt', 0), ('gamma__gt', 0), ('p__gt', 0), ('q__gt', 1), ('r__gt', 0)), name='value_model_parameters')],
                },
            ), migrations.CreateModel(
                name='AcquisitionAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                ],
                options={
                    'verbose_name': 'account of acquisition cost',
                    'verbose_name_plural': 'accounts of acquisition cost',
                    'constraints': [models.UniqueConstraint(fields=('account',), name='acquisition_account_once')],
                },
            ), migrations.CreateModel(
                name='CustomerMargin',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('company', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                    ('party', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                    ('entry', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry')),
                    ('on', models.DateField(verbose_name='date')),
                    ('revenue', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='revenue')),
                    ('cost', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='cost of sales')),
                    ('other', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='other costs')),
                    ('purchases', models.BigIntegerField()),
                    ('purchased_on', models.DateField(null=True)),
                ],
                options={
                    'verbose_name': 'customer margin',
                    'verbose_name_plural': 'customer margins',
                    'indexes': [models.Index(fields=['company', 'party', 'on'], include=('revenue', 'cost', 'other', 'purchases', 'purchased_on'), name='margins_of_customer')],
                    'constraints': [models.UniqueConstraint(fields=('entry', 'party'), name='margin_of_entry_once'), models.CheckConstraint(condition=models.Q(models.Q(('purchased_on__isnull', True), ('purchases', 0)), models.Q(models.Q(('purchases', 0), _negated=True), ('purchased_on__isnull', False)), _connector='OR'), name='purchase_has_a_day')],
                },
            )],
        ),
    ]
