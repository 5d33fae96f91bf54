import datetime
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('crm', '0001_initial'),
        ('inventory', '0001_initial'),
        ('parties', '0001_initial'),
        ('tax', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('contact', models.TextField(blank=True, verbose_name='contact')),
                ('reference', models.TextField(blank=True, verbose_name="customer's reference")),
                ('on', models.DateField(default=datetime.date.today, verbose_name='date')),
                ('prices_include_tax', models.BooleanField(default=False, verbose_name='prices include tax')),
                ('shipping_address', models.TextField(blank=True, verbose_name='ship to')),
                ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                ('gross', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='total')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('sent', 'sent'), ('accepted', 'accepted'), ('declined', 'declined'), ('expired', 'expired'), ('replaced', 'replaced')], default='draft', editable=False, verbose_name='state')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until')),
                ('version_number', models.BigIntegerField(default=1, editable=False, verbose_name='version')),
                ('sent_at', models.DateTimeField(editable=False, null=True, verbose_name='sent at')),
                ('sent_to', models.TextField(blank=True, editable=False, verbose_name='sent to')),
                ('link_seed', models.TextField(blank=True, editable=False)),
                ('link_hash', models.TextField(editable=False, null=True)),
                ('accepted_at', models.DateTimeField(editable=False, null=True, verbose_name='accepted at')),
                ('accepted_by', models.TextField(blank=True, editable=False, verbose_name='accepted by')),
                ('accepted_address', models.TextField(blank=True, editable=False, verbose_name='accepted from (IP)')),
                ('accepted_agent', models.TextField(blank=True, editable=False, verbose_name='accepted with')),
                ('accepted_content', models.TextField(blank=True, editable=False, verbose_name='fingerprint of what was accepted')),
                ('accepted_reason', models.TextField(blank=True, editable=False, verbose_name='how the clerk knows of the acceptance')),
                ('declined_at', models.DateTimeField(editable=False, null=True, verbose_name='declined at')),
                ('declined_reason', models.TextField(blank=True, editable=False, verbose_name='why it was declined')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                ('opportunity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.opportunity', verbose_name='opportunity')),
                ('replaces', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='sales.quote', verbose_name='replaces')),
                ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
            ],
            options={
                'verbose_name': 'quote',
                'verbose_name_plural': 'quotes',
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                ('contact', models.TextField(blank=True, verbose_name='contact')),
                ('reference', models.TextField(blank=True, verbose_name="customer's reference")),
                ('on', models.DateField(default=datetime.date.today, verbose_name='date')),
                ('prices_include_tax', models.BooleanField(default=False, verbose_name='prices include tax')),
                ('shipping_address', models.TextField(blank=True, verbose_name='ship to')),
                ('conditions', models.TextField(blank=True, verbose_name='conditions')),
                ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                ('gross', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='total')),
                ('state', models.TextField(choices=[('draft', 'draft'), ('confirmed', 'confirmed'), ('closed', 'closed'), ('cancelled', 'cancelled')], default='draft', editable=False, verbose_name='state')),
                ('requested_on', models.DateField(blank=True, null=True, verbose_name='requested for')),
                ('promise', models.TextField(blank=True, verbose_name='promised')),
                ('reserve_partly', models.BooleanField(default=False, verbose_name='confirm with what is there')),
                ('confirmed_on', models.DateField(editable=False, null=True, verbose_name='confirmed on')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                ('warehouse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.warehouse', verbose_name='warehouse')),
                ('quote', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order', to='sales.quote', verbose_name='quote')),
            ],
            options={
                'verbose_name': 'order',
                'verbose_name_plural': 'orders',
            },
        ),
        migrations.CreateModel(
            name='QuoteLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                ('unit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='unit price')),
                ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='discount %')),
                ('tax_rate', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=7, verbose_name='tax %')),
                ('tax_explanation', models.TextField(blank=True, editable=False, verbose_name='why this tax')),
                ('price_explanation', models.JSONField(blank=True, default=dict, editable=False, verbose_name='why this price')),
                ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                ('quote', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sales.quote')),
                ('tax_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0, verbose_name='line')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                ('unit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True, verbose_name='unit price')),
                ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='discount %')),
                ('tax_rate', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=7, verbose_name='tax %')),
                ('tax_explanation', models.TextField(blank=True, editable=False, verbose_name='why this tax')),
                ('price_explanation', models.JSONField(blank=True, default=dict, editable=False, verbose_name='why this price')),
                ('net', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='net')),
                ('tax', models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name='tax')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sales.order')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                ('tax_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tax.taxcode', verbose_name='tax code')),
                ('quote_line', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='order_line', to='sales.quoteline')),
            ],
            options={
                'verbose_name': 'line',
                'verbose_name_plural': 'lines',
            },
        ),
        migrations.AddIndex(
            model_name='quote',
            index=models.Index(fields=['company', '-on', '-id'], name='quote_by_date'),
        ),
        migrations.AddIndex(
            model_name='quote',
            index=models.Index(fields=['customer', '-on'], name='quote_of_customer'),
        ),
        migrations.AddIndex(
            model_name='quote',
            index=models.Index(condition=models.Q(('state', 'sent')), fields=['valid_until'], name='quote_waiting'),
        ),
        migrations.AddIndex(
            model_name='quote',
            index=models.Index(fields=['opportunity'], name='quote_of_opportunity'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(fields=('company', 'number', 'version_number'), name='quote_version_once'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(fields=('link_hash',), name='quote_link_once'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='quote_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('on')), _connector='OR'), name='quote_valid_from_its_date'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'replaced']), models.Q(('number__isnull', False), ('valid_until__isnull', False)), _connector='OR'), name='quote_sent_has_number_and_date'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), models.Q(('accepted_at__isnull', False), models.Q(('accepted_by', ''), _negated=True), models.Q(('accepted_content', ''), _negated=True)), _connector='OR'), name='quote_accepted_says_by_whom'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['company', '-on', '-id'], name='order_by_date'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['customer', '-on'], name='order_of_customer'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'confirmed')), fields=['company', 'requested_on'], name='order_open'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('company', 'number'), name='order_number_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='order_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled']), models.Q(('confirmed_on__isnull', False), ('number__isnull', False)), _connector='OR'), name='order_confirmed_has_number_and_date'),
        ),
        migrations.AddConstraint(
            model_name='quoteline',
            constraint=models.CheckConstraint(condition=models.Q(('discount_percent__gte', 0), ('discount_percent__lte', 100)), name='quote_line_discount'),
        ),
        migrations.AddConstraint(
            model_name='quoteline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='quote_line_quantity'),
        ),
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(fields=['product'], name='order_line_product'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('discount_percent__gte', 0), ('discount_percent__lte', 100)), name='order_line_discount'),
        ),
        migrations.AddConstraint(
            model_name='orderline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='order_line_quantity'),
        ),
    ]
