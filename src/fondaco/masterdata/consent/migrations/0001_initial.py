import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Purpose',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.SlugField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('basis', models.TextField(choices=[('consent', 'consent'), ('interest', 'legitimate interest'), ('contract', 'contract'), ('law', 'legal obligation')], default='consent', verbose_name='legal basis')),
                    ('by_email', models.BooleanField(default=True, verbose_name='by e-mail')),
                    ('by_phone', models.BooleanField(default=False, verbose_name='by phone')),
                    ('by_sms', models.BooleanField(default=False, verbose_name='by SMS')),
                    ('by_message', models.BooleanField(default=False, verbose_name='by messaging')),
                    ('by_post', models.BooleanField(default=False, verbose_name='by post')),
                    ('double_opt_in', models.BooleanField(default=False, help_text='What comes by a form counts after its link was followed', verbose_name='confirmed by link')),
                    ('valid_months', models.BigIntegerField(blank=True, help_text='Empty: until it is withdrawn', null=True, verbose_name='holds for months')),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ],
                options={
                    'verbose_name': 'purpose of consent',
                    'verbose_name_plural': 'purposes of consent',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='purpose_code_once'), models.CheckConstraint(condition=models.Q(('by_email', True), ('by_phone', True), ('by_sms', True), ('by_message', True), ('by_post', True), _connector='OR'), name='purpose_has_a_channel'), models.CheckConstraint(condition=models.Q(('valid_months__isnull', True), ('valid_months__gt', 0), _connector='OR'), name='purpose_holds_for_some_time')],
                },
            ), migrations.CreateModel(
                name='PurposeText',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('purpose', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='consent.purpose', verbose_name='purpose of consent')),
                    ('edition', models.BigIntegerField(verbose_name='edition')),
                    ('text', models.TextField(verbose_name='text')),
                    ('text_it', models.TextField(verbose_name='Italian text')),
                ],
                options={
                    'verbose_name': 'text of consent',
                    'verbose_name_plural': 'texts of consent',
                    'constraints': [models.UniqueConstraint(fields=('purpose', 'edition'), name='purpose_text_edition_once'), models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('text_it', ''), _negated=True)), name='purpose_text_says_something')],
                },
            ), migrations.CreateModel(
                name='ConsentEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('purpose', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.purpose', verbose_name='purpose of consent')),
                    ('channel', models.TextField(choices=[('email', 'e-mail'), ('phone', 'phone'), ('sms', 'text message'), ('message', 'messaging'), ('post', 'post')], verbose_name='channel')),
                    ('kind', models.TextField(choices=[('given', 'given'), ('withdrawn', 'revoked'), ('expired', 'run out'), ('asked', 'confirmation asked for'), ('confirmed', 'confirmed by link')], verbose_name='what happened')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('party', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='person')),
                    ('address', models.TextField(blank=True, default='', verbose_name='address')),
                    ('text', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.purposetext', verbose_name='edition of the text')),
                    ('language', models.TextField(blank=True, default='', verbose_name='language')),
                    ('until', models.DateField(null=True, verbose_name='holds until')),
                    ('source', models.TextField(verbose_name='came by')),
                    ('evidence', models.TextField(blank=True, default='', verbose_name='proof')),
                    ('remote_address', models.TextField(blank=True, default='', verbose_name='network address')),
                    ('user_agent', models.TextField(blank=True, default='', verbose_name='program')),
                    ('answers', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answered_by', to='consent.consentevent', verbose_name='confirms')),
                    ('merge', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.merge', verbose_name='merge')),
                    ('carries', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consentevent', verbose_name='carries over')),
                ],
                options={
                    'verbose_name': 'consent',
                    'verbose_name_plural': 'consents',
                    'indexes': [models.Index(fields=['party', 'purpose', 'channel'], name='consent_of_party'), models.Index(condition=models.Q(('address', ''), _negated=True), fields=['address', 'purpose', 'channel'], name='consent_of_address'), models.Index(fields=['purpose', '-at'], name='consent_of_purpose'), models.Index(condition=models.Q(('until__isnull', False)), fields=['until'], name='consent_that_ends')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('party__isnull', False), models.Q(('address', ''), _negated=True), _connector='OR'), name='consent_of_somebody'), models.CheckConstraint(condition=models.Q(('kind__in', ['given', 'withdrawn', 'expired', 'asked', 'confirmed'])), name='consent_kind'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'phone', 'sms', 'message', 'post'])), name='consent_channel'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='consent_came_by_something'), models.CheckConstraint(condition=models.Q(models.Q(('answers__isnull', False), ('kind', 'confirmed')), models.Q(models.Q(('kind', 'confirmed'), _negated=True), ('answers__isnull', True)), _connector='OR'), name='consent_confirmed_answers'), models.CheckConstraint(condition=models.Q(models.Q(('carries__isnull', True), ('merge__isnull', True)), models.Q(('carries__isnull', False), ('merge__isnull', False)), _connector='OR'), name='consent_carried_by_a_merge')],
                },
            )],
        ),
    ]
