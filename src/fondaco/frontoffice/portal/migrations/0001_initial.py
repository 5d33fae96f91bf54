import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
        ('sales', '0001_initial'),
        ('users', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='CustomerAccess',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('open', 'open'), ('closed', 'closed')], default='draft', editable=False, verbose_name='state')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('person', models.TextField(verbose_name='person who signs in')),
                    ('email', models.TextField(verbose_name='email')),
                    ('user', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='users.outsideuser', verbose_name='portal user')),
                    ('is_buyer', models.BooleanField(default=True, verbose_name='buys')),
                    ('is_approver', models.BooleanField(default=False, verbose_name='approves orders')),
                    ('is_accounts', models.BooleanField(default=False, verbose_name='sees and pays invoices')),
                    ('is_administrator', models.BooleanField(default=False, verbose_name='administers colleagues')),
                    ('order_limit', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='orders alone up to')),
                    ('on', models.DateField(verbose_name='date')),
                    ('expires_on', models.DateField(blank=True, null=True, verbose_name='open until')),
                    ('sent_at', models.DateTimeField(editable=False, null=True, verbose_name='sent at')),
                    ('invited_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.customeraccess', verbose_name="invited by the customer's")),
                ],
                options={
                    'verbose_name': "customer's access",
                    'verbose_name_plural': "customers' accesses",
                    'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['user'], name='customer_access_of_user'), models.Index(fields=['customer', 'company'], name='customer_access_of_customer')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('company', 'user'), name='customer_person_once'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'open', 'closed'])), name='customer_access_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), _negated=True), ('user__isnull', False), _connector='OR'), name='open_access_has_a_user'), models.CheckConstraint(condition=models.Q(('is_buyer', True), ('is_approver', True), ('is_accounts', True), ('is_administrator', True), _connector='OR'), name='customer_access_has_a_role'), models.CheckConstraint(condition=models.Q(('order_limit__isnull', True), ('order_limit__gte', 0), _connector='OR'), name='order_limit_not_negative')],
                },
            ), migrations.CreateModel(
                name='DeliveryAddress',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('label', models.TextField(verbose_name='called')),
                    ('street', models.TextField(verbose_name='street')),
                    ('postal_code', models.TextField(blank=True, verbose_name='postal code')),
                    ('city', models.TextField(verbose_name='city')),
                    ('country', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'delivery address of the portal',
                    'verbose_name_plural': 'delivery addresses of the portal',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('company', 'customer', 'label'), name='delivery_address_once')],
                },
            ), migrations.CreateModel(
                name='PortalOrder',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('state', models.TextField(choices=[('waiting', "waits for the customer's approver"), ('placed', 'placed'), ('rejected', 'rejected by the customer')], default='waiting', editable=False, verbose_name='state')),
                    ('order', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='placed_in_portal', to='sales.order', verbose_name='order')),
                    ('access', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='portal.customeraccess', verbose_name='placed by')),
                    ('on', models.DateField(verbose_name='date')),
                    ('base_gross', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='total in company currency')),
                    ('approver', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decided', to='portal.customeraccess', verbose_name='decided by')),
                    ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='decided at')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('note', models.TextField(blank=True, verbose_name='what stood against confirming it')),
                ],
                options={
                    'verbose_name': 'order of the portal',
                    'verbose_name_plural': 'orders of the portal',
                    'indexes': [models.Index(fields=['access', 'state'], name='portal_order_of_access')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'placed', 'rejected'])), name='portal_order_state'), models.CheckConstraint(condition=models.Q(('approver__isnull', True), models.Q(('approver', models.F('access')), _negated=True), _connector='OR'), name='nobody_approves_his_own_order'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'waiting'), _negated=True), ('approver__isnull', True), _connector='OR'), name='waiting_order_is_undecided'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'rejected'), _negated=True), ('approver__isnull', False), _connector='OR'), name='rejected_by_somebody')],
                },
            ), migrations.CreateModel(
                name='PortalRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company', verbose_name='company')),
                    ('shows_stock', models.TextField(choices=[('figures', 'as figures'), ('words', 'in words'), ('nothing', 'not at all')], default='words', verbose_name='shows stock')),
                    ('few_below', models.DecimalField(decimal_places=6, default=10, max_digits=20, verbose_name='“few” below')),
                    ('channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.saleschannel', verbose_name='sales channel of its orders')),
                ],
                options={
                    'verbose_name': 'portal rule',
                    'verbose_name_plural': 'portal rules',
                    'constraints': [models.CheckConstraint(condition=models.Q(('shows_stock__in', ['figures', 'words', 'nothing'])), name='portal_shows_stock'), models.CheckConstraint(condition=models.Q(('few_below__gte', 0)), name='portal_rule_figures')],
                },
            )],
        ),
    ]
