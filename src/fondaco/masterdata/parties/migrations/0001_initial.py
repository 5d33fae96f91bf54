import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('companies', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
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
                ('city', models.TextField(blank=True, verbose_name='city')),
                ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                ('vat_number', models.TextField(blank=True, verbose_name='VAT number')),
                ('tax_code', models.TextField(blank=True, verbose_name='tax code')),
                ('email', models.TextField(blank=True, verbose_name='email')),
                ('phone', models.TextField(blank=True, verbose_name='phone')),
                ('website', models.TextField(blank=True, verbose_name='website')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('country', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                ('currency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency', verbose_name='currency')),
                ('merged_into', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='parties.party', verbose_name='merged into')),
                ('salesperson', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='salesperson')),
            ],
            options={
                'verbose_name': 'party',
                'verbose_name_plural': 'parties',
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('moved', models.JSONField(default=dict)),
                ('flags', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ('merged', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='merged')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='survivor')),
            ],
            options={
                'verbose_name': 'merge',
                'verbose_name_plural': 'merges',
            },
        ),
        migrations.CreateModel(
            name='Interaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
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
                ('by', models.TextField(blank=True, verbose_name='by')),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                ('currency', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.currency')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
            ],
            options={
                'verbose_name': 'interaction',
                'verbose_name_plural': 'interactions',
            },
        ),
        migrations.CreateModel(
            name='ContactPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0)),
                ('kind', models.TextField(choices=[('email', 'email'), ('phone', 'phone'), ('mobile', 'mobile'), ('web', 'web'), ('other', 'other')], default='email', verbose_name='kind')),
                ('value', models.TextField(verbose_name='value')),
                ('normalised', models.TextField(default='', editable=False)),
                ('label', models.TextField(blank=True, verbose_name='label')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_points', to='parties.party')),
            ],
            options={
                'verbose_name': 'contact point',
                'verbose_name_plural': 'contact points',
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('position', models.BigIntegerField(default=0)),
                ('kind', models.TextField(choices=[('billing', 'billing'), ('delivery', 'delivery'), ('other', 'other')], default='billing', verbose_name='kind')),
                ('street', models.TextField(blank=True, verbose_name='street')),
                ('postal_code', models.TextField(blank=True, verbose_name='postal code')),
                ('city', models.TextField(blank=True, verbose_name='city')),
                ('region', models.TextField(blank=True, verbose_name='region')),
                ('country', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.country', verbose_name='country')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='parties.party')),
            ],
            options={
                'verbose_name': 'address',
                'verbose_name_plural': 'addresses',
            },
        ),
        migrations.CreateModel(
            name='Relationship',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('role', models.TextField(blank=True, verbose_name='role')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='parties.party', verbose_name='organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='organisations', to='parties.party', verbose_name='person')),
            ],
            options={
                'verbose_name': 'relationship',
                'verbose_name_plural': 'relationships',
            },
        ),
        migrations.AddIndex(
            model_name='party',
            index=models.Index(fields=['sort_name', 'id'], name='party_by_name'),
        ),
        migrations.AddIndex(
            model_name='party',
            index=django.contrib.postgres.indexes.GinIndex(fields=['sort_name'], name='party_name_like', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddIndex(
            model_name='party',
            index=models.Index(condition=models.Q(('vat_number', ''), _negated=True), fields=['vat_number'], name='party_vat'),
        ),
        migrations.AddIndex(
            model_name='party',
            index=models.Index(condition=models.Q(('email', ''), _negated=True), fields=['email'], name='party_email'),
        ),
        migrations.AddIndex(
            model_name='party',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='party_phone'),
        ),
        migrations.AddConstraint(
            model_name='party',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='party_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='party',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='party_not_merged_into_itself'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(fields=['party', '-on', '-id'], name='timeline_of_party'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(fields=['source_table', 'source_id'], name='timeline_by_source'),
        ),
        migrations.AddConstraint(
            model_name='interaction',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['', 'in', 'out', 'internal'])), name='interaction_direction'),
        ),
        migrations.AddIndex(
            model_name='contactpoint',
            index=models.Index(fields=['normalised'], name='contact_point_lookup'),
        ),
        migrations.AddConstraint(
            model_name='contactpoint',
            constraint=models.UniqueConstraint(fields=('party', 'kind', 'normalised'), name='contact_point_once'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.UniqueConstraint(fields=('person', 'organisation'), name='relationship_once'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('organisation')), _negated=True), name='relationship_between_two'),
        ),
    ]
