import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('ledger', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='TaxCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('code', models.TextField(verbose_name='code')),
                ('name', models.TextField(verbose_name='name')),
                ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                ('kind', models.TextField(choices=[('sale', 'sale'), ('purchase', 'purchase')], verbose_name='kind')),
                ('treatment', models.TextField(choices=[('standard', 'standard'), ('reduced', 'reduced'), ('zero', 'zero'), ('exempt', 'exempt'), ('reverse_charge', 'reverse charge'), ('export', 'export'), ('intra_community', 'intra community')], verbose_name='treatment')),
                ('natura', models.TextField(blank=True, verbose_name='natura')),
                ('category', models.TextField(blank=True, verbose_name='category (EN 16931)')),
                ('exemption', models.TextField(blank=True, verbose_name='reason for no tax')),
                ('exemption_it', models.TextField(blank=True, verbose_name='reason for no tax (Italian)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='tax account')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
            ],
            options={
                'verbose_name': 'tax code',
                'verbose_name_plural': 'tax codes',
            },
        ),
        migrations.CreateModel(
            name='TaxRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('rate', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='rate %')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('tax_code', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='tax.taxcode', verbose_name='tax code')),
            ],
            options={
                'verbose_name': 'tax rate',
                'verbose_name_plural': 'tax rates',
            },
        ),
        migrations.CreateModel(
            name='TaxRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('priority', models.BigIntegerField(verbose_name='priority')),
                ('kind', models.TextField(choices=[('sale', 'sale'), ('purchase', 'purchase')], default='sale', verbose_name='kind')),
                ('buyer', models.TextField(blank=True, choices=[('', 'any'), ('domestic', 'domestic'), ('eu_business', 'EU business'), ('eu_consumer', 'EU consumer'), ('outside_eu', 'outside the EU')], default='', verbose_name='buyer')),
                ('buyer_country', models.TextField(blank=True, default='', verbose_name="buyer's country")),
                ('product_class', models.TextField(blank=True, default='', verbose_name='product class')),
                ('explanation', models.TextField(verbose_name='explanation')),
                ('explanation_it', models.TextField(blank=True, verbose_name='Italian explanation')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('tax_code', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
            ],
            options={
                'verbose_name': 'tax rule',
                'verbose_name_plural': 'tax rules',
            },
        ),
        migrations.AddConstraint(
            model_name='taxcode',
            constraint=models.UniqueConstraint(fields=('company', 'code'), name='tax_code_once'),
        ),
        migrations.AddConstraint(
            model_name='taxcode',
            constraint=models.UniqueConstraint(fields=('id', 'company'), name='tax_code_of_company'),
        ),
        migrations.AddConstraint(
            model_name='taxrate',
            constraint=models.CheckConstraint(condition=models.Q(('rate__gte', 0), ('rate__lte', 100)), name='tax_rate_percent'),
        ),
        migrations.AddConstraint(
            model_name='taxrate',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('tax_code', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='tax_rates_do_not_overlap'),
        ),
        migrations.AddConstraint(
            model_name='taxrule',
            constraint=models.UniqueConstraint(fields=('company', 'kind', 'priority'), name='tax_rule_priority_once'),
        ),
    ]
