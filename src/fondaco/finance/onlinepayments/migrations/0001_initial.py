import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import fondaco.finance.onlinepayments.models
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
        ('payments', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='PaymentProvider',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('kind', models.TextField(choices=[('test', 'test provider (no money moves)'), ('stripe', 'Stripe')], verbose_name='provider')),
                    ('bank_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.bankaccount', verbose_name='account with the provider')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'payment provider',
                    'verbose_name_plural': 'payment providers',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('company',), name='one_active_provider'), models.CheckConstraint(condition=models.Q(('kind__in', ['test', 'stripe'])), name='provider_kind')],
                },
            ), migrations.CreateModel(
                name='OnlinePayment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='onlinepayments.paymentprovider', verbose_name='provider')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('state', models.TextField(choices=[('open', 'begun'), ('paid', 'paid, not booked yet'), ('booked', 'booked'), ('failed', 'failed'), ('expired', 'not paid'), ('differs', 'other amount came'), ('closed', 'closed by hand')], default='open', editable=False, verbose_name='state')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, verbose_name='date')),
                    ('reference', models.TextField(default=fondaco.finance.onlinepayments.models.own_reference, unique=True, verbose_name='our reference')),
                    ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('by', models.TextField(blank=True, verbose_name='by')),
                    ('intent', models.TextField(blank=True, verbose_name="provider's name of it")),
                    ('page', models.TextField(blank=True, verbose_name='page to pay on')),
                    ('paid_at', models.DateTimeField(null=True, verbose_name='paid at')),
                    ('fee', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='fee')),
                    ('excess', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='more than was open')),
                    ('payment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment', verbose_name='receipt')),
                    ('fee_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.journalentry', verbose_name='entry of the fee')),
                    ('said', models.TextField(blank=True, verbose_name='what is to be looked at')),
                ],
                options={
                    'verbose_name': 'online payment',
                    'verbose_name_plural': 'online payments',
                    'indexes': [models.Index(fields=['party', '-id'], name='online_payment_of_party'), models.Index(fields=['company', 'state', '-id'], name='online_payment_by_state')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'paid', 'booked', 'failed', 'expired', 'differs', 'closed'])), name='online_payment_state'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='online_payment_positive'), models.CheckConstraint(condition=models.Q(('reference__regex', '^[0-9a-f]{32}$')), name='online_payment_reference'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'booked'), _negated=True), ('payment__isnull', False), _connector='OR'), name='booked_has_a_receipt'), models.CheckConstraint(condition=models.Q(('state', 'booked'), ('payment__isnull', True), _connector='OR'), name='receipt_when_booked'), models.CheckConstraint(condition=models.Q(('excess__gte', 0), ('excess__lte', models.F('amount'))), name='online_excess_within'), models.CheckConstraint(condition=models.Q(('fee__isnull', True), ('fee__gte', 0), _connector='OR'), name='online_fee_not_negative'), models.UniqueConstraint(fields=('company', 'number'), name='online_payment_number_once')],
                },
            ), migrations.CreateModel(
                name='ProviderEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('provider_kind', models.TextField(choices=[('test', 'test provider (no money moves)'), ('stripe', 'Stripe')], verbose_name='provider')),
                    ('event', models.TextField(verbose_name="provider's name of it")),
                    ('kind', models.TextField(choices=[('paid', 'paid'), ('failed', 'failed'), ('expired', 'not paid'), ('refunded', 'given back'), ('refund_failed', 'refund refused'), ('fee', 'fee'), ('other', 'other')], verbose_name='what')),
                    ('online_payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='onlinepayments.onlinepayment', verbose_name='online payment')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='amount')),
                    ('currency', models.TextField(blank=True, verbose_name='currency')),
                    ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='told at')),
                    ('problem', models.TextField(blank=True, verbose_name='what is to be looked at')),
                    ('content', models.TextField(verbose_name='content')),
                ],
                options={
                    'verbose_name': "provider's notice",
                    'verbose_name_plural': "providers' notices",
                    'constraints': [models.UniqueConstraint(fields=('provider_kind', 'event'), name='provider_event_once'), models.CheckConstraint(condition=models.Q(('event', ''), _negated=True), name='provider_event_named')],
                },
            ), migrations.CreateModel(
                name='OnlinePaymentPart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('online_payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='onlinepayments.onlinepayment', verbose_name='online payment')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.openitem', verbose_name='open item')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                ],
                options={
                    'verbose_name': 'paid item',
                    'verbose_name_plural': 'paid items',
                    'constraints': [models.UniqueConstraint(fields=('online_payment', 'item'), name='online_part_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='online_part_positive')],
                },
            ), migrations.CreateModel(
                name='OnlineRefund',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('online_payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='onlinepayments.onlinepayment', verbose_name='online payment')),
                    ('state', models.TextField(choices=[('asked', 'asked for'), ('done', 'given back'), ('refused', 'refused by the provider')], default='asked', editable=False, verbose_name='state')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, verbose_name='date')),
                    ('reference', models.TextField(default=fondaco.finance.onlinepayments.models.own_reference, unique=True, verbose_name='our reference')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                    ('given_back', models.TextField(blank=True, verbose_name="provider's name of it")),
                    ('payment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment', verbose_name='refund')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('said', models.TextField(blank=True, verbose_name="provider's words")),
                ],
                options={
                    'verbose_name': 'online refund',
                    'verbose_name_plural': 'online refunds',
                    'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'done', 'refused'])), name='online_refund_state'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='online_refund_positive'), models.CheckConstraint(condition=models.Q(('reference__regex', '^[0-9a-f]{32}$')), name='online_refund_reference'), models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('payment__isnull', True)), _connector='OR'), name='refund_done_is_booked'), models.UniqueConstraint(condition=models.Q(('given_back', ''), _negated=True), fields=('online_payment', 'given_back'), name='online_refund_once'), models.UniqueConstraint(fields=('company', 'number'), name='online_refund_number_once')],
                },
            )],
        ),
    ]
