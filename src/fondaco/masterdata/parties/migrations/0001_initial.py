import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('companies', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='CustomerGroup',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('code', models.TextField(unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                ],
                options={
                    'verbose_name': 'customer group',
                    'verbose_name_plural': 'customer groups',
                },
            ), migrations.CreateModel(
                name='Party',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('kind', models.TextField(choices=[('organisation', 'organisation'), ('person', 'person')], default='organisation', verbose_name='kind')),
                    ('code', models.TextField(blank=True, unique=True, verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('sort_name', models.TextField(default='', editable=False)),
                    ('is_customer', models.BooleanField(default=False, verbose_name='customer')),
                    ('is_vendor', models.BooleanField(default=False, verbose_name='vendor')),
                    ('is_employee', models.BooleanField(default=False, verbose_name='employee')),
                    ('is_lead', models.BooleanField(default=False, verbose_name='lead')),
                    ('is_competitor', models.BooleanField(default=False, verbose_name='competitor')),
                    ('country', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                    ('city', models.TextField(blank=True, verbose_name='city')),
                    ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                    ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                    ('vat_number', models.TextField(blank=True, verbose_name='VAT number')),
                    ('tax_code', models.TextField(blank=True, verbose_name='tax code')),
                    ('email', models.TextField(blank=True, verbose_name='email')),
                    ('phone', models.TextField(blank=True, verbose_name='phone')),
                    ('website', models.TextField(blank=True, verbose_name='website')),
                    ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
                    ('notes', models.TextField(blank=True, verbose_name='notes')),
                    ('merged_into', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='parties.party', verbose_name='merged into')),
                ],
                options={
                    'verbose_name': 'party',
                    'verbose_name_plural': 'parties',
                    'indexes': [models.Index(fields=['sort_name', 'id'], name='party_by_name'), django.contrib.postgres.indexes.GinIndex(fields=['sort_name'], name='party_name_like', opclasses=['gin_trgm_ops']), models.Index(condition=models.Q(('vat_number', ''), _negated=True), fields=['vat_number'], name='party_vat'), models.Index(condition=models.Q(('email', ''), _negated=True), fields=['email'], name='party_email'), models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='party_phone')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='party_has_a_name'), models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='party_not_merged_into_itself')],
                },
            ), migrations.CreateModel(
                name='NotTheSame',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('second', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='is not')),
                ],
                options={
                    'verbose_name': 'pair that is not the same',
                    'verbose_name_plural': 'pairs that are not the same',
                    'constraints': [models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='not_the_same_in_order'), models.UniqueConstraint(fields=('first', 'second'), name='not_the_same_once')],
                },
            ), migrations.CreateModel(
                name='Merge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='survivor')),
                    ('merged', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='merged')),
                    ('moved', models.JSONField(default=dict)),
                    ('flags', models.JSONField(default=dict)),
                    ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ],
                options={
                    'verbose_name': 'merge',
                    'verbose_name_plural': 'merges',
                },
            ), migrations.CreateModel(
                name='Interaction',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('on', models.DateField(verbose_name='date')),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded at')),
                    ('kind', models.TextField(verbose_name='kind')),
                    ('channel', models.TextField(blank=True, verbose_name='channel')),
                    ('direction', models.TextField(blank=True, verbose_name='direction')),
                    ('title', models.TextField(verbose_name='title')),
                    ('body', models.TextField(blank=True, verbose_name='text')),
                    ('source_table', models.TextField(blank=True)),
                    ('source_id', models.BigIntegerField(null=True)),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='amount')),
                    ('currency', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency')),
                    ('by', models.TextField(blank=True, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'interaction',
                    'verbose_name_plural': 'interactions',
                    'indexes': [models.Index(fields=['party', '-on', '-id'], name='timeline_of_party'), models.Index(fields=['source_table', 'source_id'], name='timeline_by_source')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('direction__in', ['', 'in', 'out', 'internal'])), name='interaction_direction'), models.UniqueConstraint(condition=models.Q(('kind', 'web')), fields=('source_table', 'source_id', 'on'), name='web_visit_once_a_day')],
                },
            ), migrations.CreateModel(
                name='CustomerGroupMember',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='parties.customergroup', verbose_name='group')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='parties.party', verbose_name='customer')),
                ],
                options={
                    'verbose_name': 'member',
                    'verbose_name_plural': 'members',
                    'constraints': [models.UniqueConstraint(fields=('party',), name='customer_in_one_group')],
                },
            ), migrations.CreateModel(
                name='ContactPoint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_points', to='parties.party')),
                    ('position', models.BigIntegerField(default=0)),
                    ('kind', models.TextField(choices=[('email', 'email'), ('phone', 'phone'), ('mobile', 'mobile'), ('web', 'web'), ('other', 'other')], default='email', verbose_name='kind')),
                    ('value', models.TextField(verbose_name='value')),
                    ('normalised', models.TextField(default='', editable=False)),
                    ('label', models.TextField(blank=True, verbose_name='label')),
                ],
                options={
                    'verbose_name': 'contact point',
                    'verbose_name_plural': 'contact points',
                    'indexes': [models.Index(fields=['normalised'], name='contact_point_lookup')],
                    'constraints': [models.UniqueConstraint(fields=('party', 'kind', 'normalised'), name='contact_point_once')],
                },
            ), migrations.CreateModel(
                name='Address',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='parties.party')),
                    ('position', models.BigIntegerField(default=0)),
                    ('kind', models.TextField(choices=[('billing', 'billing'), ('delivery', 'delivery'), ('other', 'other')], default='billing', verbose_name='kind')),
                    ('street', models.TextField(blank=True, verbose_name='street')),
                    ('postal_code', models.TextField(blank=True, verbose_name='postal code')),
                    ('city', models.TextField(blank=True, verbose_name='city')),
                    ('region', models.TextField(blank=True, verbose_name='region')),
                    ('country', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                ],
                options={
                    'verbose_name': 'address',
                    'verbose_name_plural': 'addresses',
                },
            ), migrations.CreateModel(
                name='PartyBankAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bank_accounts', to='parties.party', verbose_name='party')),
                    ('state', models.TextField(choices=[('held', 'on hold'), ('confirmed', 'confirmed'), ('closed', 'closed')], default='held', editable=False, verbose_name='state')),
                    ('iban', models.TextField(blank=True, default='', verbose_name='IBAN')),
                    ('account_number', models.TextField(blank=True, default='', verbose_name='account number (where there is no IBAN)')),
                    ('bic', models.TextField(blank=True, default='', verbose_name='BIC')),
                    ('bank_name', models.TextField(blank=True, default='', verbose_name='bank')),
                    ('holder', models.TextField(blank=True, default='', verbose_name='account holder, where it is another name')),
                    ('is_default', models.BooleanField(default=False, editable=False, verbose_name='default')),
                    ('changed_by', models.JSONField(default=list, editable=False, verbose_name='changed by')),
                    ('confirmed_by', models.TextField(blank=True, default='', editable=False, verbose_name='confirmed by')),
                    ('confirmed_at', models.DateTimeField(editable=False, null=True, verbose_name='confirmed at')),
                    ('channel', models.TextField(blank=True, choices=[('phone_call', 'phone call'), ('letter', 'letter'), ('in_person', 'in person'), ('bank_statement', 'bank statement'), ('certified_mail', 'certified mail')], default='', editable=False, verbose_name='confirmed by way of')),
                    ('confirmation', models.TextField(blank=True, default='', editable=False, verbose_name='whom one spoke to, or what was seen')),
                ],
                options={
                    'verbose_name': 'bank account of a party',
                    'verbose_name_plural': 'bank accounts of parties',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('iban', ''), _negated=True), models.Q(('account_number', ''), _negated=True), _connector='OR'), name='party_account_has_a_number'), models.CheckConstraint(condition=models.Q(('state__in', ['held', 'confirmed', 'closed'])), name='party_account_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(models.Q(('confirmed_by', ''), _negated=True), models.Q(('channel', ''), _negated=True), ('confirmed_at__isnull', False)), _connector='OR'), name='party_account_confirmed_by_somebody'), models.CheckConstraint(condition=models.Q(('is_default', False), models.Q(('state', 'closed'), _negated=True), _connector='OR'), name='party_account_default_is_in_use'), models.UniqueConstraint(condition=models.Q(('state', 'closed'), _negated=True), fields=('party', 'iban', 'account_number'), name='party_account_once'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('party',), name='party_account_one_default')],
                },
            ), migrations.CreateModel(
                name='Relationship',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='organisations', to='parties.party', verbose_name='person')),
                    ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='parties.party', verbose_name='organisation')),
                    ('role', models.TextField(blank=True, verbose_name='role')),
                ],
                options={
                    'verbose_name': 'relationship',
                    'verbose_name_plural': 'relationships',
                    'constraints': [models.UniqueConstraint(fields=('person', 'organisation'), name='relationship_once'), models.CheckConstraint(condition=models.Q(('person', models.F('organisation')), _negated=True), name='relationship_between_two')],
                },
            )],
        ),
    ]
