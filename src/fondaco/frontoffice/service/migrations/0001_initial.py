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
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Mailbox',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('address', models.EmailField(max_length=320, unique=True, verbose_name='address')),
                    ('name', models.TextField(blank=True, verbose_name='sender name')),
                    ('queue', models.TextField(blank=True, verbose_name='queue')),
                ],
                options={
                    'verbose_name': 'mailbox',
                    'verbose_name_plural': 'mailboxes',
                    'constraints': [models.CheckConstraint(condition=models.Q(('address', django.db.models.functions.text.Lower('address'))), name='mailbox_address_is_lower_case')],
                },
            ), migrations.CreateModel(
                name='Ticket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, editable=False, verbose_name='opened on')),
                    ('party', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('contact_name', models.TextField(blank=True, verbose_name='contact')),
                    ('contact_email', models.EmailField(blank=True, max_length=320, verbose_name="contact's e-mail")),
                    ('subject', models.TextField(verbose_name='subject')),
                    ('channel', models.TextField(choices=[('web', 'web'), ('email', 'e-mail'), ('phone', 'phone'), ('chat', 'chat'), ('message', 'message'), ('portal', 'portal')], default='web', verbose_name='channel')),
                    ('priority', models.TextField(choices=[('low', 'low'), ('normal', 'normal'), ('high', 'high'), ('urgent', 'urgent')], default='normal', verbose_name='priority')),
                    ('state', models.TextField(choices=[('new', 'new'), ('open', 'open'), ('waiting', 'waiting'), ('solved', 'solved'), ('closed', 'closed')], default='new', editable=False, verbose_name='state')),
                    ('queue', models.TextField(blank=True, verbose_name='queue')),
                    ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='assigned to')),
                    ('mailbox', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.mailbox', verbose_name='mailbox')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('serial', models.TextField(blank=True, verbose_name='serial number')),
                    ('answer_due_at', models.DateTimeField(blank=True, null=True, verbose_name='answer due')),
                    ('first_answer_at', models.DateTimeField(editable=False, null=True, verbose_name='first answered')),
                    ('solved_at', models.DateTimeField(editable=False, null=True, verbose_name='solved at')),
                    ('resolution', models.TextField(blank=True, editable=False, verbose_name='resolution')),
                ],
                options={
                    'verbose_name': 'ticket',
                    'verbose_name_plural': 'tickets',
                    'indexes': [models.Index(fields=['company', 'state', '-id'], name='ticket_by_state'), models.Index(fields=['party', '-id'], name='ticket_of_party'), models.Index(fields=['assignee', 'state'], name='ticket_of_assignee'), models.Index(fields=['contact_email'], name='ticket_of_contact'), models.Index(fields=['number'], name='ticket_number'), models.Index(condition=models.Q(('first_answer_at__isnull', True)), fields=['answer_due_at'], name='ticket_answer_due')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='ticket_number_once'), models.CheckConstraint(condition=models.Q(('contact_email', django.db.models.functions.text.Lower('contact_email'))), name='ticket_contact_email_is_lower_case'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'solved'), _negated=True), ('solved_at__isnull', False), _connector='OR'), name='solved_ticket_has_a_moment')],
                },
            ), migrations.CreateModel(
                name='TicketMessage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='service.ticket', verbose_name='ticket')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('direction', models.TextField(choices=[('in', 'received'), ('out', 'sent'), ('internal', 'internal note')], verbose_name='direction')),
                    ('author', models.TextField(verbose_name='author')),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='user')),
                    ('body', models.TextField(verbose_name='text')),
                    ('body_html', models.TextField(blank=True, verbose_name='formatted text')),
                    ('message_id', models.TextField(blank=True, verbose_name='Message-ID')),
                    ('in_reply_to', models.TextField(blank=True, verbose_name='in reply to')),
                ],
                options={
                    'verbose_name': 'message',
                    'verbose_name_plural': 'messages',
                    'indexes': [models.Index(fields=['ticket', 'at'], name='message_of_ticket')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('message_id', ''), _negated=True), fields=('message_id',), name='message_once')],
                },
            ), migrations.CreateModel(
                name='TicketSource',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sources', to='service.ticket', verbose_name='ticket')),
                    ('source_table', models.TextField(verbose_name='kind of document')),
                    ('source_id', models.BigIntegerField(verbose_name='document')),
                    ('label', models.TextField(blank=True, verbose_name='reference')),
                ],
                options={
                    'verbose_name': 'concerned document',
                    'verbose_name_plural': 'concerned documents',
                    'indexes': [models.Index(fields=['source_table', 'source_id'], name='ticket_source_document')],
                    'constraints': [models.UniqueConstraint(fields=('ticket', 'source_table', 'source_id'), name='ticket_source_once')],
                },
            )],
        ),
    ]
