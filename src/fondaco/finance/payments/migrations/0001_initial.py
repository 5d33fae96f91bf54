import django.db.models.deletion
import django.db.models.functions.datetime
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
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('kind', models.TextField(choices=[('received', 'received'), ('refund', 'refund')], default='received', verbose_name='kind')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('posted', 'posted'), ('reversed', 'reversed')], default='draft', editable=False, verbose_name='state')),
                ('on', models.DateField(verbose_name='date')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                ('reference', models.TextField(blank=True, verbose_name='reference')),
                ('memo', models.TextField(blank=True, verbose_name='memo')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='bank or cash account')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                ('entry', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='journal entry')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
            },
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('settlement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.settlement')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='payments.payment')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.openitem', verbose_name='open item')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='allocations', to='payments.payment')),
            ],
            options={
                'verbose_name': 'allocation',
                'verbose_name_plural': 'allocations',
            },
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['party', '-on'], name='payment_of_party'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['company', '-on', '-id'], name='payment_by_date'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_positive'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('entry__isnull', False), ('number__isnull', False)), _connector='OR'), name='posted_payment_has_number_and_entry'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='payment_number_once'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='allocation_positive'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(fields=('payment', 'item'), name='allocation_once'),
        ),
    ]
