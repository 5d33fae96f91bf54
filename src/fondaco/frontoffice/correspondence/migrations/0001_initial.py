import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='CalendarAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='whose it is')),
                    ('url', models.TextField(verbose_name='address of the calendar (CalDAV)')),
                    ('username', models.TextField(verbose_name='user name at the server')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('sealed_password', models.TextField(default='', editable=False)),
                ],
                options={
                    'verbose_name': 'calendar account',
                    'verbose_name_plural': 'calendar accounts',
                    'constraints': [models.UniqueConstraint(fields=('user', 'url'), name='calendar_account_once'), models.CheckConstraint(condition=models.Q(('url__regex', '^https?://[^/\\s@]+/')), name='calendar_account_url')],
                },
            ), migrations.CreateModel(
                name='CalendarFeed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='whose it is')),
                    ('name', models.TextField(verbose_name='name')),
                    ('digest', models.TextField(editable=False, null=True, unique=True)),
                    ('read_on', models.DateField(editable=False, null=True, verbose_name='last read on')),
                ],
                options={
                    'verbose_name': 'calendar feed',
                    'verbose_name_plural': 'calendar feeds',
                    'constraints': [models.UniqueConstraint(fields=('user', 'name'), name='calendar_feed_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='calendar_feed_has_a_name')],
                },
            ), migrations.CreateModel(
                name='CalendarItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='correspondence.calendaraccount', verbose_name='calendar account')),
                    ('path', models.TextField(verbose_name='address')),
                    ('etag', models.TextField(default='')),
                    ('recurrence', models.TextField(default='')),
                    ('entry_uid', models.TextField(default='')),
                    ('entry_sequence', models.BigIntegerField(default=0)),
                ],
                options={
                    'verbose_name': 'entry of a calendar account',
                    'verbose_name_plural': 'entries of calendar accounts',
                    'constraints': [models.UniqueConstraint(fields=('account', 'path', 'recurrence'), name='calendar_item_once'), models.UniqueConstraint(condition=models.Q(('entry_uid', ''), _negated=True), fields=('account', 'entry_uid'), name='calendar_entry_once')],
                },
            ), migrations.CreateModel(
                name='CalendarStanding',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='standing', to='correspondence.calendaraccount', verbose_name='calendar account')),
                    ('tried_at', models.DateTimeField(null=True, verbose_name='last tried')),
                    ('succeeded_at', models.DateTimeField(null=True, verbose_name='last success')),
                    ('next_at', models.DateTimeField(null=True, verbose_name='next attempt')),
                    ('brought', models.BigIntegerField(default=0, verbose_name='changes brought')),
                    ('sent', models.BigIntegerField(default=0, verbose_name='changes sent')),
                    ('conflicts', models.BigIntegerField(default=0, verbose_name='changed on both sides')),
                    ('refused', models.BigIntegerField(default=0, verbose_name='entries not taken')),
                    ('behind', models.BigIntegerField(default=0, verbose_name='still to bring')),
                    ('failures', models.BigIntegerField(default=0, verbose_name='failures in a row')),
                    ('problem', models.TextField(default='', verbose_name='problem')),
                    ('detail', models.TextField(default='', verbose_name='what the server said')),
                    ('last_conflict', models.TextField(default='', verbose_name='last changed on both sides')),
                    ('sync_token', models.TextField(default='')),
                ],
                options={
                    'verbose_name': 'state of a calendar account',
                    'verbose_name_plural': 'states of calendar accounts',
                },
            ), migrations.CreateModel(
                name='MailAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('address', models.EmailField(max_length=320, verbose_name='address')),
                    ('name', models.TextField(blank=True, verbose_name='sender name')),
                    ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='whose it is')),
                    ('username', models.TextField(blank=True, verbose_name='user name at the server')),
                    ('sign_in', models.TextField(choices=[('password', 'password'), ('google', 'Google'), ('microsoft', 'Microsoft'), ('oauth', 'consent at another server (OAuth 2.0)')], default='password', verbose_name='signs in by')),
                    ('imap_host', models.TextField(blank=True, help_text='Empty for Google and Microsoft: theirs.', verbose_name='incoming server (IMAP)')),
                    ('imap_port', models.BigIntegerField(default=993, verbose_name='incoming port')),
                    ('imap_security', models.TextField(choices=[('tls', 'TLS'), ('starttls', 'STARTTLS'), ('plain', 'none, on this machine only')], default='tls', verbose_name='incoming encryption')),
                    ('smtp_host', models.TextField(blank=True, verbose_name='outgoing server (SMTP)')),
                    ('smtp_port', models.BigIntegerField(default=465, verbose_name='outgoing port')),
                    ('smtp_security', models.TextField(choices=[('tls', 'TLS'), ('starttls', 'STARTTLS'), ('plain', 'none, on this machine only')], default='tls', verbose_name='outgoing encryption')),
                    ('since', models.DateField(default=django.utils.timezone.localdate, verbose_name='bring mail since')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('makes_leads', models.BooleanField(default=False, help_text='Who writes to this shared address becomes a lead; not where it is the address of a service mailbox', verbose_name='makes leads')),
                    ('sealed_password', models.TextField(default='', editable=False)),
                ],
                options={
                    'verbose_name': 'mail account',
                    'verbose_name_plural': 'mail accounts',
                    'indexes': [models.Index(fields=['user'], name='mail_account_of_user')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('address',), name='mail_account_once'), models.CheckConstraint(condition=models.Q(('address', django.db.models.functions.text.Lower('address'))), name='mail_account_is_lower_case'), models.CheckConstraint(condition=models.Q(('makes_leads', False), ('user__isnull', True), _connector='OR'), name='mail_account_of_leads_is_shared'), models.CheckConstraint(condition=models.Q(('imap_host', ''), _negated=True), name='mail_account_has_a_server'), models.CheckConstraint(condition=models.Q(('sign_in__in', ['password', 'google', 'microsoft', 'oauth'])), name='mail_account_signs_in'), models.CheckConstraint(condition=models.Q(('imap_port__range', (1, 65535)), ('smtp_port__range', (1, 65535))), name='mail_account_ports')],
                },
            ), migrations.CreateModel(
                name='MailFolder',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='folders', to='correspondence.mailaccount', verbose_name='mail account')),
                    ('name', models.TextField(verbose_name='folder')),
                    ('uid_validity', models.BigIntegerField(verbose_name='generation of numbers')),
                    ('last_uid', models.BigIntegerField(default=0, verbose_name='read up to number')),
                    ('brought', models.BigIntegerField(default=0, verbose_name='mails read')),
                    ('behind', models.BigIntegerField(default=0, verbose_name='still to bring')),
                    ('read_at', models.DateTimeField(null=True, verbose_name='last read')),
                ],
                options={
                    'verbose_name': 'folder of a mail account',
                    'verbose_name_plural': 'folders of mail accounts',
                    'constraints': [models.UniqueConstraint(fields=('account', 'name'), name='mail_folder_once')],
                },
            ), migrations.CreateModel(
                name='MailMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='correspondence.mailaccount', verbose_name='mail account')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('direction', models.TextField(choices=[('in', 'received'), ('out', 'sent')], verbose_name='direction')),
                    ('sender', models.TextField(verbose_name='sender')),
                    ('sender_name', models.TextField(blank=True, verbose_name="sender's name")),
                    ('recipients', models.JSONField(default=list, verbose_name='recipients')),
                    ('subject', models.TextField(blank=True, verbose_name='subject')),
                    ('body', models.TextField(blank=True, verbose_name='text')),
                    ('body_html', models.TextField(blank=True, verbose_name='formatted text')),
                    ('message_id', models.TextField(verbose_name='Message-ID')),
                    ('in_reply_to', models.TextField(blank=True, verbose_name='in reply to')),
                    ('thread', models.TextField(verbose_name='conversation')),
                    ('folder', models.TextField(blank=True, verbose_name='folder')),
                    ('is_private', models.BooleanField(default=False, verbose_name='private')),
                ],
                options={
                    'verbose_name': 'mail',
                    'verbose_name_plural': 'mails',
                    'indexes': [models.Index(fields=['company', 'thread', 'at'], name='mail_of_thread'), models.Index(fields=['party', '-at'], name='mail_of_party'), models.Index(fields=['account', '-id'], name='mail_of_account')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'message_id'), name='mail_once'), models.CheckConstraint(condition=models.Q(('direction__in', ['in', 'out'])), name='mail_goes_in_or_out')],
                },
            ), migrations.CreateModel(
                name='MailParty',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('mail', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parties', to='correspondence.mailmessage', verbose_name='mail')),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='party')),
                ],
                options={
                    'verbose_name': 'party of a mail',
                    'verbose_name_plural': 'parties of mails',
                    'constraints': [models.UniqueConstraint(fields=('mail', 'party'), name='mail_party_once')],
                },
            ), migrations.CreateModel(
                name='MailStanding',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='standing', to='correspondence.mailaccount', verbose_name='mail account')),
                    ('tried_at', models.DateTimeField(null=True, verbose_name='last tried')),
                    ('succeeded_at', models.DateTimeField(null=True, verbose_name='last success')),
                    ('next_at', models.DateTimeField(null=True, verbose_name='next attempt')),
                    ('brought', models.BigIntegerField(default=0, verbose_name='mails read')),
                    ('kept', models.BigIntegerField(default=0, verbose_name='mails kept')),
                    ('held', models.BigIntegerField(default=0, verbose_name='held back')),
                    ('behind', models.BigIntegerField(default=0, verbose_name='still to bring')),
                    ('failures', models.BigIntegerField(default=0, verbose_name='failures in a row')),
                    ('problem', models.TextField(default='', verbose_name='problem')),
                    ('detail', models.TextField(default='', verbose_name='what the server said')),
                ],
                options={
                    'verbose_name': 'state of a mail account',
                    'verbose_name_plural': 'states of mail accounts',
                },
            ), migrations.CreateModel(
                name='QuarantinedMail',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='correspondence.mailaccount', verbose_name='mail account')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('reason', models.TextField(choices=[('too_large', 'too large'), ('header_too_large', 'headers too large'), ('too_many_headers', 'too many headers'), ('too_many_parts', 'too many parts'), ('too_deep', 'parts nested too deeply'), ('nul', 'holds a character that cannot be stored'), ('broken', 'cannot be read'), ('too_costly', 'takes too long to read'), ('automatic', 'sent by a machine'), ('own_address', 'sent from our own address'), ('flood', 'too many messages from one sender'), ('no_sender', 'no sender'), ('no_mailbox', 'to no mailbox of ours'), ('refused', 'could not be filed')], verbose_name='reason')),
                    ('explanation', models.TextField(blank=True, verbose_name='explanation')),
                    ('sender', models.TextField(blank=True, verbose_name='sender')),
                    ('subject', models.TextField(blank=True, verbose_name='subject')),
                    ('digest', models.TextField(unique=True, verbose_name='fingerprint')),
                    ('size', models.BigIntegerField(verbose_name='size in bytes')),
                    ('raw', models.BinaryField()),
                    ('reviewed_at', models.DateTimeField(null=True, verbose_name='reviewed at')),
                    ('reviewed_by', models.TextField(blank=True, verbose_name='reviewed by')),
                ],
                options={
                    'verbose_name': 'quarantined mail',
                    'verbose_name_plural': 'quarantined mail',
                    'indexes': [models.Index(condition=models.Q(('reviewed_at__isnull', True)), fields=['-at'], name='quarantine_to_review')],
                },
            )],
        ),
    ]
