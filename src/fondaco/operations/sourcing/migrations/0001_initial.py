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
        ('inventory', '0001_initial'),
        ('ledger', '0001_initial'),
        ('parties', '0001_initial'),
        ('purchasing', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Invitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company')),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='sourcing.quoterequest', verbose_name='request for quotation')),
                    ('position', models.BigIntegerField(default=0)),
                    ('state', models.TextField(choices=[('asked', 'asked'), ('answered', 'answered'), ('declined', 'declined')], default='asked', editable=False, verbose_name='state')),
                    ('vendor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
                    ('email', models.TextField(blank=True, verbose_name='email')),
                    ('duty_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='duty %')),
                    ('link_seed', models.TextField(blank=True, editable=False)),
                    ('link_hash', models.TextField(blank=True, editable=False)),
                    ('sent_at', models.DateTimeField(editable=False, null=True, verbose_name='sent at')),
                    ('declined_reason', models.TextField(blank=True, editable=False, verbose_name='reason')),
                ],
                options={
                    'verbose_name': 'asked vendor',
                    'verbose_name_plural': 'asked vendors',
                    'constraints': [models.UniqueConstraint(fields=('request', 'vendor'), name='vendor_asked_once'), models.UniqueConstraint(condition=models.Q(('link_hash', ''), _negated=True), fields=('link_hash',), name='invitation_link_once'), models.CheckConstraint(condition=models.Q(('duty_percent__gte', 0), ('duty_percent__lte', 1000)), name='invitation_duty')],
                },
            ), migrations.CreateModel(
                name='Offer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('invitation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='sourcing.invitation', verbose_name='asked vendor')),
                    ('place', models.BigIntegerField(verbose_name='answer')),
                    ('currency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('freight', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='freight')),
                    ('valid_until', models.DateField(null=True, verbose_name='valid until')),
                    ('note', models.TextField(blank=True, verbose_name='note')),
                    ('by', models.TextField(blank=True, verbose_name='by')),
                    ('source', models.TextField(choices=[('link', 'by his link'), ('buyer', 'entered by us')], verbose_name='how')),
                    ('address', models.TextField(blank=True, verbose_name='address')),
                ],
                options={
                    'verbose_name': "vendor's answer",
                    'verbose_name_plural': "vendors' answers",
                    'constraints': [models.UniqueConstraint(fields=('invitation', 'place'), name='offer_place_once'), models.CheckConstraint(condition=models.Q(('freight__gte', 0)), name='offer_freight')],
                },
            ), migrations.CreateModel(
                name='OfferLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='sourcing.offer', verbose_name="vendor's answer")),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='sourcing.quoterequestline', verbose_name='line')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('unit_price', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='unit price')),
                    ('lead_days', models.BigIntegerField(null=True, verbose_name='days to delivery')),
                ],
                options={
                    'verbose_name': 'offered line',
                    'verbose_name_plural': 'offered lines',
                    'constraints': [models.UniqueConstraint(fields=('offer', 'line'), name='offer_line_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('unit_price__gte', 0), models.Q(('lead_days__isnull', True), models.Q(('lead_days__gte', 0), ('lead_days__lte', 3660)), _connector='OR')), name='offer_line_figures')],
                },
            ), migrations.CreateModel(
                name='Award',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('offered', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='sourcing.offerline', verbose_name='offered line')),
                    ('order_line', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='award', to='purchasing.purchaseorderline', verbose_name='order line')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                ],
                options={
                    'verbose_name': 'award',
                    'verbose_name_plural': 'awards',
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='award_quantity')],
                },
            ), migrations.CreateModel(
                name='PurchaseBudget',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                    ('dimension_value', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dimensionvalue', verbose_name='cost centre')),
                    ('starts_on', models.DateField(verbose_name='from')),
                    ('ends_on', models.DateField(verbose_name='to')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount')),
                ],
                options={
                    'verbose_name': 'purchase budget',
                    'verbose_name_plural': 'purchase budgets',
                    'indexes': [models.Index(fields=['company', 'starts_on', 'ends_on'], name='purchase_budget_by_days')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='purchase_budget_days'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='purchase_budget_amount'), models.CheckConstraint(condition=models.Q(('account__isnull', False), ('dimension_value__isnull', False), _connector='OR'), name='purchase_budget_of_what')],
                },
            ), migrations.CreateModel(
                name='QuoteRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('sent', 'sent'), ('awarded', 'awarded'), ('cancelled', 'cancelled')], default='draft', editable=False, verbose_name='state')),
                    ('subject', models.TextField(verbose_name='subject')),
                    ('on', models.DateField(verbose_name='date')),
                    ('answer_by', models.DateField(verbose_name='answer by')),
                    ('warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse')),
                    ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                    ('memo', models.TextField(blank=True, verbose_name='memo')),
                ],
                options={
                    'verbose_name': 'request for quotation',
                    'verbose_name_plural': 'requests for quotation',
                    'indexes': [models.Index(fields=['company', '-on', '-id'], name='quote_request_by_date')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='quote_request_number_once'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('number__isnull', False), _connector='OR'), name='quote_request_has_number'), models.CheckConstraint(condition=models.Q(('answer_by__gte', models.F('on'))), name='quote_request_days')],
                },
            ), migrations.CreateModel(
                name='QuoteRequestLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sourcing.quoterequest')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('needed_on', models.DateField(blank=True, null=True, verbose_name='needed on')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='quote_request_quantity'), models.CheckConstraint(condition=models.Q(('product__isnull', False), models.Q(('description', ''), _negated=True), _connector='OR'), name='quote_request_says_what')],
                },
            ), migrations.CreateModel(
                name='Requisition',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('submitted', 'submitted'), ('ordered', 'ordered'), ('cancelled', 'cancelled')], default='draft', editable=False, verbose_name='state')),
                    ('requester', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='requested by')),
                    ('purpose', models.TextField(verbose_name='what for')),
                    ('on', models.DateField(verbose_name='date')),
                    ('needed_on', models.DateField(blank=True, null=True, verbose_name='needed on')),
                    ('warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse')),
                    ('budget', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sourcing.purchasebudget', verbose_name='charged to')),
                    ('account', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account', verbose_name='account')),
                    ('dimension_value', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.dimensionvalue', verbose_name='cost centre')),
                    ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                    ('last_edited_by', models.TextField(blank=True, editable=False, verbose_name='last edited by')),
                    ('allowed_net', models.DecimalField(decimal_places=4, editable=False, max_digits=20, null=True, verbose_name='allowed over budget up to')),
                    ('allowed_by', models.TextField(blank=True, editable=False, verbose_name='allowed by')),
                    ('allowed_reason', models.TextField(blank=True, editable=False, verbose_name='allowed because')),
                ],
                options={
                    'verbose_name': 'requisition',
                    'verbose_name_plural': 'requisitions',
                    'indexes': [models.Index(fields=['company', '-on', '-id'], name='requisition_by_date'), models.Index(fields=['requester', '-on'], name='requisition_of_person'), models.Index(condition=models.Q(('state__in', ['submitted', 'ordered'])), fields=['account', 'on'], name='requisition_on_account'), models.Index(condition=models.Q(('state__in', ['submitted', 'ordered'])), fields=['dimension_value', 'on'], name='requisition_on_centre')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='requisition_number_once'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), ('number__isnull', False), _connector='OR'), name='requisition_has_number')],
                },
            ), migrations.CreateModel(
                name='RequisitionLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('requisition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sourcing.requisition', verbose_name='requisition')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('unit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='expected price')),
                    ('vendor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor')),
                    ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                    ('moved', models.DecimalField(decimal_places=6, default=0, editable=False, max_digits=20, verbose_name='from another warehouse')),
                    ('order_line', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='requisition_line', to='purchasing.purchaseorderline', verbose_name='order line')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'constraints': [models.CheckConstraint(condition=models.Q(('moved__gte', 0), ('moved__lte', models.F('quantity')), ('quantity__gt', 0)), name='requisition_quantity'), models.CheckConstraint(condition=models.Q(('unit_price__gte', 0), ('unit_price__isnull', False)), name='requisition_price'), models.CheckConstraint(condition=models.Q(('product__isnull', False), models.Q(('description', ''), _negated=True), _connector='OR'), name='requisition_says_what')],
                },
            )],
        ),
    ]
