import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.frontoffice.forms.models
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('consent', '0001_initial'),
        ('crm', '0001_initial'),
        ('parties', '0001_initial'),
        ('service', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Form',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('token', models.TextField(default=fondaco.frontoffice.forms.models.new_token, editable=False, unique=True)),
                    ('target', models.TextField(choices=[('lead', 'lead'), ('ticket', 'ticket')], default='lead', verbose_name='makes')),
                    ('is_open', models.BooleanField(default=True, verbose_name='open')),
                    ('campaign', models.TextField(blank=True, verbose_name='campaign')),
                    ('queue', models.TextField(blank=True, help_text='Of the tickets it opens', verbose_name='queue')),
                    ('title', models.TextField(verbose_name='title')),
                    ('title_it', models.TextField(blank=True, verbose_name='Italian title')),
                    ('thanks', models.TextField(blank=True, verbose_name='what is said afterwards')),
                    ('thanks_it', models.TextField(blank=True, verbose_name='what is said afterwards, in Italian')),
                    ('privacy_url', models.URLField(blank=True, verbose_name='privacy notice (address)')),
                    ('embed_in', models.TextField(blank=True, help_text='Such as https://www.example.com, one after the other', verbose_name='sites that may show it')),
                    ('least_seconds', models.BigIntegerField(default=3, verbose_name='least time to fill it in (seconds)')),
                    ('most_an_hour', models.BigIntegerField(default=20, verbose_name='at most an hour from one network address')),
                ],
                options={
                    'verbose_name': 'form',
                    'verbose_name_plural': 'forms',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='form_name_once'), models.CheckConstraint(condition=models.Q(('target__in', ['lead', 'ticket'])), name='form_target'), models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='form_has_a_title'), models.CheckConstraint(condition=models.Q(('least_seconds__gte', 0), ('least_seconds__lte', 60), ('most_an_hour__gte', 1), ('most_an_hour__lte', 1000)), name='form_limits'), models.CheckConstraint(condition=models.Q(('embed_in', ''), ('embed_in__regex', '^https?://[A-Za-z0-9.:-]+(\\s+https?://[A-Za-z0-9.:-]+)*$'), _connector='OR'), name='form_embedded_by_origins')],
                },
            ), migrations.CreateModel(
                name='FormBlock',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('form', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='forms.form')),
                    ('position', models.BigIntegerField(default=0)),
                    ('kind', models.TextField(choices=[('heading', 'heading'), ('text', 'text'), ('point', 'point of a list'), ('picture', 'picture'), ('form', 'form')], default='text', verbose_name='kind')),
                    ('text', models.TextField(blank=True, verbose_name='text')),
                    ('text_it', models.TextField(blank=True, verbose_name='Italian text')),
                    ('picture', models.TextField(blank=True, help_text='The name of a file put on this form', verbose_name='file of the picture')),
                ],
                options={
                    'verbose_name': 'block',
                    'verbose_name_plural': 'blocks',
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['heading', 'text', 'point', 'picture', 'form'])), name='form_block_kind'), models.CheckConstraint(condition=models.Q(('kind', 'form'), models.Q(('kind', 'picture'), models.Q(('picture', ''), _negated=True)), models.Q(('kind__in', ['heading', 'text', 'point']), models.Q(models.Q(('text', ''), _negated=True), models.Q(('text_it', ''), _negated=True), _connector='OR')), _connector='OR'), name='form_block_shows_something'), models.UniqueConstraint(condition=models.Q(('kind', 'form')), fields=('form',), name='form_block_of_the_form_once')],
                },
            ), migrations.CreateModel(
                name='FormField',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('form', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fields', to='forms.form')),
                    ('position', models.BigIntegerField(default=0)),
                    ('kind', models.TextField(choices=[('name', 'name'), ('organisation', 'organisation'), ('email', 'e-mail'), ('phone', 'phone'), ('vat_number', 'VAT number'), ('postal_code', 'postal code'), ('city', 'city'), ('subject', 'subject'), ('message', 'message'), ('choice', 'choice'), ('consent', 'consent')], verbose_name='asks for')),
                    ('label', models.TextField(blank=True, verbose_name='label')),
                    ('label_it', models.TextField(blank=True, verbose_name='Italian label')),
                    ('is_required', models.BooleanField(default=False, verbose_name='must be filled in')),
                    ('options', models.TextField(blank=True, help_text='One after the other, with | between them', verbose_name='choices')),
                    ('purpose', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.purpose', verbose_name='purpose of consent')),
                    ('channel', models.TextField(blank=True, choices=[('email', 'e-mail'), ('phone', 'phone'), ('sms', 'text message'), ('message', 'messaging'), ('post', 'post')], default='', verbose_name='channel')),
                ],
                options={
                    'verbose_name': 'field',
                    'verbose_name_plural': 'fields',
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['name', 'organisation', 'email', 'phone', 'vat_number', 'postal_code', 'city', 'subject', 'message', 'choice', 'consent'])), name='form_field_kind'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'choice'), _negated=True), models.Q(models.Q(('options', ''), _negated=True), models.Q(('label', ''), _negated=True)), _connector='OR'), name='form_choice_has_choices'), models.CheckConstraint(condition=models.Q(models.Q(('is_required', False), ('kind', 'consent'), ('purpose__isnull', False), models.Q(('channel', ''), _negated=True)), models.Q(models.Q(('kind', 'consent'), _negated=True), ('purpose__isnull', True)), _connector='OR'), name='form_consent_has_a_purpose'), models.UniqueConstraint(condition=models.Q(('kind__in', ['choice', 'consent']), _negated=True), fields=('form', 'kind'), name='form_field_once'), models.UniqueConstraint(condition=models.Q(('kind', 'consent')), fields=('form', 'purpose', 'channel'), name='form_consent_once')],
                },
            ), migrations.CreateModel(
                name='FormVisits',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('form', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='forms.form')),
                    ('on', models.DateField(verbose_name='date')),
                    ('source', models.TextField(blank=True, verbose_name='source')),
                    ('campaign', models.TextField(blank=True, verbose_name='campaign')),
                    ('visits', models.BigIntegerField(default=0, verbose_name='visits')),
                ],
                options={
                    'verbose_name': 'visits of a form',
                    'verbose_name_plural': 'visits of forms',
                    'constraints': [models.UniqueConstraint(fields=('form', 'on', 'source', 'campaign'), name='form_visits_once_a_day')],
                },
            ), migrations.CreateModel(
                name='Submission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('form', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='forms.form', verbose_name='form')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('stamp', models.TextField()),
                    ('verdict', models.TextField(choices=[('taken', 'taken'), ('spam', 'spam')], verbose_name='verdict')),
                    ('contact', models.TextField(blank=True, verbose_name='contact')),
                    ('said', models.TextField(blank=True, verbose_name='what was sent')),
                    ('answers', models.JSONField(default=dict)),
                    ('language', models.TextField(blank=True, verbose_name='language')),
                    ('source', models.TextField(blank=True, verbose_name='source')),
                    ('medium', models.TextField(blank=True, verbose_name='medium')),
                    ('campaign', models.TextField(blank=True, verbose_name='campaign')),
                    ('referrer', models.TextField(blank=True, verbose_name='came from')),
                    ('remote_address', models.TextField(blank=True, verbose_name='network address')),
                    ('user_agent', models.TextField(blank=True, verbose_name='program')),
                    ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.lead', verbose_name='lead')),
                    ('ticket', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticket', verbose_name='ticket')),
                    ('after_all', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_as', to='forms.submission', verbose_name='taken in after all')),
                ],
                options={
                    'verbose_name': 'submission',
                    'verbose_name_plural': 'submissions',
                    'indexes': [models.Index(fields=['form', '-at'], name='submission_of_form'), models.Index(fields=['remote_address', '-at'], name='submission_of_address')],
                    'constraints': [models.UniqueConstraint(fields=('form', 'stamp'), name='submission_once'), models.CheckConstraint(condition=models.Q(('after_all__isnull', True), ('verdict', 'taken'), _connector='OR'), name='submission_after_all_is_taken'), models.CheckConstraint(condition=models.Q(models.Q(('lead__isnull', True), ('ticket__isnull', True), ('verdict', 'spam')), models.Q(('verdict', 'taken'), models.Q(models.Q(('lead__isnull', False), ('ticket__isnull', True)), models.Q(('lead__isnull', True), ('ticket__isnull', False)), _connector='OR')), _connector='OR'), name='submission_made_something')],
                },
            )],
        ),
    ]
