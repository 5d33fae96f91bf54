import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Currency',
                fields=[
                    ('code', models.CharField(max_length=3, primary_key=True, serialize=False, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(verbose_name='Italian name')),
                    ('decimals', models.BigIntegerField(default=2, verbose_name='decimals')),
                ],
                options={
                    'verbose_name': 'currency',
                    'verbose_name_plural': 'currencies',
                    'constraints': [models.CheckConstraint(condition=models.Q(('decimals__gte', 0), ('decimals__lte', 4)), name='currency_decimals')],
                },
            ), migrations.CreateModel(
                name='Country',
                fields=[
                    ('code', models.CharField(max_length=2, primary_key=True, serialize=False, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(verbose_name='Italian name')),
                    ('vat_prefix', models.CharField(blank=True, max_length=2, verbose_name='VAT prefix')),
                    ('currency', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency')),
                ],
                options={
                    'verbose_name': 'country',
                    'verbose_name_plural': 'countries',
                },
            ), migrations.CreateModel(
                name='Company',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('code', models.TextField(unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('country', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                    ('vat_number', models.TextField(blank=True, verbose_name='VAT number')),
                    ('street', models.TextField(blank=True, verbose_name='street')),
                    ('postal_code', models.TextField(blank=True, verbose_name='postal code')),
                    ('city', models.TextField(blank=True, verbose_name='city')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email')),
                    ('phone', models.TextField(blank=True, verbose_name='phone')),
                    ('iban', models.TextField(blank=True, verbose_name='IBAN')),
                    ('time_zone', models.TextField(default='Europe/Rome', verbose_name='time zone')),
                    ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                    ('fiscal_year_start_month', models.BigIntegerField(default=1, verbose_name='first month of the fiscal year')),
                    ('prices_include_tax', models.BooleanField(default=False, verbose_name='prices include tax')),
                    ('tax_rounding', models.TextField(choices=[('document', 'per document'), ('line', 'per line')], default='document', verbose_name='tax is rounded')),
                    ('allow_negative_stock', models.BooleanField(default=False, verbose_name='allow negative stock')),
                ],
                options={
                    'verbose_name': 'company',
                    'verbose_name_plural': 'companies',
                    'constraints': [models.CheckConstraint(condition=models.Q(('fiscal_year_start_month__gte', 1), ('fiscal_year_start_month__lte', 12)), name='fiscal_year_starts_in_a_month'), models.UniqueConstraint(fields=('id', 'currency'), name='company_keeps_books_in_currency')],
                },
            ), migrations.CreateModel(
                name='ExchangeRate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='base currency')),
                    ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('on', models.DateField(verbose_name='from')),
                    ('rate', models.DecimalField(decimal_places=10, max_digits=20, verbose_name='rate')),
                ],
                options={
                    'verbose_name': 'exchange rate',
                    'verbose_name_plural': 'exchange rates',
                    'constraints': [models.UniqueConstraint(fields=('base', 'currency', 'on'), name='exchange_rate_once_a_day'), models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='exchange_rate_positive')],
                },
            )],
        ),
    ]
