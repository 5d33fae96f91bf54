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
        ('access', '0001_initial'),
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('invoicing', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='CreditRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('priority', models.BigIntegerField(default=0, verbose_name='priority')),
                    ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.party', verbose_name='customer')),
                    ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('country', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.category', verbose_name='category')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'credit rule',
                    'verbose_name_plural': 'credit rules',
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='credit_rule_runs_forward'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='credit_rule_has_a_name'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), ('priority', '='), (django.db.models.functions.comparison.Coalesce(models.F('customer'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('salesperson'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('country'), models.Value('')), '='), (django.db.models.functions.comparison.Coalesce(models.F('category'), 0), '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='credit_rule_once_a_day')],
                },
            ), migrations.CreateModel(
                name='CreditShare',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='crediting.creditrule')),
                    ('position', models.BigIntegerField(default=0)),
                    ('salesperson', models.ForeignKey(blank=True, help_text='Empty: the salesperson of the invoice', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('percent', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='share %')),
                    ('on_top', models.BooleanField(default=False, verbose_name='on top')),
                ],
                options={
                    'verbose_name': 'share',
                    'verbose_name_plural': 'shares',
                    'constraints': [models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='credit_share_percent'), models.UniqueConstraint(fields=('rule', 'salesperson', 'on_top'), name='credit_share_once', nulls_distinct=False)],
                },
            ), migrations.CreateModel(
                name='SalesCredit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoice', verbose_name='invoice')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoiceline', verbose_name='line')),
                    ('on', models.DateField(verbose_name='date')),
                    ('salesperson', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('percent', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='share %')),
                    ('on_top', models.BooleanField(default=False, verbose_name='on top')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='credited amount')),
                    ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crediting.creditrule', verbose_name='credit rule')),
                    ('takes_back', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back_by', to='crediting.salescredit', verbose_name='takes back')),
                ],
                options={
                    'verbose_name': 'sales credit',
                    'verbose_name_plural': 'sales credits',
                    'indexes': [models.Index(fields=['line'], name='sales_credit_of_line'), models.Index(fields=['invoice'], name='sales_credit_of_invoice'), models.Index(fields=['company', 'salesperson', 'on'], name='sales_credit_of_person')],
                },
            )],
        ),
    ]
