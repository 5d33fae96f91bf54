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
        ('invoicing', '0001_initial'),
        ('parties', '0001_initial'),
        ('sales', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='AnswerTemplate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('queue', models.TextField(blank=True, verbose_name='only in queue')),
                    ('body_en', models.TextField(blank=True, verbose_name='English text')),
                    ('body_it', models.TextField(blank=True, verbose_name='Italian text')),
                ],
                options={
                    'verbose_name': 'answer template',
                    'verbose_name_plural': 'answer templates',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='answer_template_once'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('body_en', ''), ('body_it', ''), _negated=True)), name='answer_template_says')],
                },
            ), migrations.CreateModel(
                name='AuthorityLimit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('role', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.role', verbose_name='whoever has the role')),
                    ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='or the user')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='on one ticket')),
                    ('total', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='altogether')),
                    ('days', models.BigIntegerField(blank=True, null=True, verbose_name='within days')),
                ],
                options={
                    'verbose_name': 'limit of authority',
                    'verbose_name_plural': 'limits of authority',
                    'constraints': [models.UniqueConstraint(fields=('company', 'role', 'user'), name='authority_limit_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('role__isnull', True), ('user__isnull', False)), models.Q(('role__isnull', False), ('user__isnull', True)), _connector='OR'), name='authority_limit_of_one'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='authority_limit_amount'), models.CheckConstraint(condition=models.Q(models.Q(('days__isnull', True), ('total__isnull', True)), models.Q(('days__gte', 1), ('days__isnull', False), ('days__lte', 366), ('total__gte', 0), ('total__isnull', False)), _connector='OR'), name='authority_limit_total')],
                },
            ), migrations.CreateModel(
                name='Concession',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='concessions', to='service.ticket', verbose_name='ticket')),
                    ('kind', models.TextField(choices=[('credit', 'credit note'), ('replacement', 'replacement')], verbose_name='kind')),
                    ('state', models.TextField(choices=[('proposed', 'proposed'), ('granted', 'granted'), ('withdrawn', 'withdrawn')], default='proposed', editable=False, verbose_name='state')),
                    ('on', models.DateField(verbose_name='date')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('reason_code', models.TextField(blank=True, verbose_name='why they come back')),
                    ('invoice', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoice', verbose_name='invoice')),
                    ('order', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sales.order', verbose_name='order')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount without tax')),
                    ('limit', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.authoritylimit', verbose_name='limit of authority')),
                    ('granted_at', models.DateTimeField(editable=False, null=True, verbose_name='granted at')),
                    ('granted_by', models.TextField(blank=True, editable=False, verbose_name='granted by')),
                    ('credit_note', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoice', verbose_name='credit note')),
                    ('authorisation', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sales.returnauthorisation', verbose_name='return authorisation')),
                ],
                options={
                    'verbose_name': 'concession',
                    'verbose_name_plural': 'concessions',
                    'indexes': [models.Index(fields=['ticket'], name='concession_of_ticket'), models.Index(condition=models.Q(('state', 'granted')), fields=['limit', 'granted_at'], name='concession_by_limit')],
                    'constraints': [models.UniqueConstraint(fields=('company', 'number'), name='concession_number_once'), models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'granted', 'withdrawn'])), name='concession_state'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='concession_says_why'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='concession_amount'), models.CheckConstraint(condition=models.Q(models.Q(('authorisation__isnull', True), ('invoice__isnull', False), ('kind', 'credit'), ('order__isnull', True), ('reason_code', '')), models.Q(('credit_note__isnull', True), ('invoice__isnull', True), ('kind', 'replacement'), ('order__isnull', False), ('reason_code__in', ['defective', 'damaged', 'wrong', 'unwanted', 'late', 'other'])), _connector='OR'), name='concession_is_about_its_document'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'granted'), _negated=True), models.Q(('granted_at__isnull', False), ('number__isnull', False), models.Q(('granted_by', ''), _negated=True), models.Q(('credit_note__isnull', False), ('authorisation__isnull', False), _connector='OR')), _connector='OR'), name='granted_concession_was_carried_out')],
                },
            ), migrations.CreateModel(
                name='ConcessionLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('concession', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='service.concession', verbose_name='concession')),
                    ('invoice_line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoicing.invoiceline', verbose_name='line of invoice')),
                    ('order_line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sales.orderline', verbose_name='order line')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('net', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='net')),
                    ('amount', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='amount without tax')),
                ],
                options={
                    'verbose_name': 'line',
                    'verbose_name_plural': 'lines',
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('net__gte', 0), ('quantity__gt', 0)), name='concession_line_quantity'), models.UniqueConstraint(fields=('concession', 'invoice_line', 'order_line'), name='concession_line_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('invoice_line__isnull', False), ('order_line__isnull', True)), models.Q(('invoice_line__isnull', True), ('order_line__isnull', False)), _connector='OR'), name='concession_line_of_one')],
                },
            ), migrations.CreateModel(
                name='Macro',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('queue', models.TextField(blank=True, verbose_name='to queue')),
                    ('priority', models.TextField(blank=True, choices=[('', 'as it is'), ('low', 'low'), ('normal', 'normal'), ('high', 'high'), ('urgent', 'urgent')], default='', verbose_name='priority')),
                    ('assignee', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='assigned to')),
                    ('to_me', models.BooleanField(default=False, verbose_name='to whoever uses it')),
                    ('note', models.TextField(blank=True, verbose_name='internal note')),
                    ('template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.answertemplate', verbose_name='answer template')),
                    ('becomes', models.TextField(blank=True, choices=[('', 'as it is'), ('waiting', 'waiting'), ('solved', 'solved')], default='', verbose_name='becomes')),
                ],
                options={
                    'verbose_name': 'macro',
                    'verbose_name_plural': 'macros',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='macro_once'), models.CheckConstraint(condition=models.Q(('priority__in', ['', 'low', 'normal', 'high', 'urgent'])), name='macro_priority'), models.CheckConstraint(condition=models.Q(('becomes__in', ['', 'waiting', 'solved'])), name='macro_becomes'), models.CheckConstraint(condition=models.Q(('to_me', False), ('assignee__isnull', True), _connector='OR'), name='macro_gives_to_one'), models.CheckConstraint(condition=models.Q(('assignee__isnull', True), ('becomes', ''), ('note', ''), ('priority', ''), ('queue', ''), ('template__isnull', True), ('to_me', False), _negated=True), name='macro_does_something')],
                },
            ), migrations.CreateModel(
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
                    ('merged_into', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='service.ticket', verbose_name='merged into')),
                ],
                options={
                    'verbose_name': 'ticket',
                    'verbose_name_plural': 'tickets',
                    'indexes': [models.Index(fields=['company', 'state', '-id'], name='ticket_by_state'), models.Index(fields=['party', '-id'], name='ticket_of_party'), models.Index(fields=['assignee', 'state'], name='ticket_of_assignee'), models.Index(fields=['contact_email'], name='ticket_of_contact'), models.Index(fields=['number'], name='ticket_number'), models.Index(condition=models.Q(('first_answer_at__isnull', True)), fields=['answer_due_at'], name='ticket_answer_due')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), ('state', 'closed'), _connector='OR'), name='merged_ticket_is_closed'), models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='ticket_not_merged_into_itself'), models.UniqueConstraint(fields=('company', 'number'), name='ticket_number_once'), models.CheckConstraint(condition=models.Q(('contact_email', django.db.models.functions.text.Lower('contact_email'))), name='ticket_contact_email_is_lower_case'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'solved'), _negated=True), ('solved_at__isnull', False), _connector='OR'), name='solved_ticket_has_a_moment')],
                },
            ), migrations.CreateModel(
                name='Remedy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remedies', to='service.ticket', verbose_name='ticket')),
                    ('kind', models.TextField(choices=[('return', 'return'), ('visit', 'visit'), ('dispute', 'dispute'), ('concession', 'concession')], verbose_name='kind')),
                    ('source_table', models.TextField(verbose_name='kind of document')),
                    ('source_id', models.BigIntegerField(verbose_name='document')),
                    ('label', models.TextField(verbose_name='reference')),
                ],
                options={
                    'verbose_name': 'remedy',
                    'verbose_name_plural': 'remedies',
                    'indexes': [models.Index(fields=['ticket'], name='remedy_of_ticket')],
                    'constraints': [models.UniqueConstraint(fields=('source_table', 'source_id'), name='remedy_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['return', 'visit', 'dispute', 'concession'])), name='remedy_kind')],
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
                name='TicketPresence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='service.ticket')),
                    ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='access.user')),
                    ('seen_at', models.DateTimeField()),
                    ('is_writing', models.BooleanField(default=False)),
                ],
                options={
                    'verbose_name': 'open ticket',
                    'verbose_name_plural': 'open tickets',
                    'constraints': [models.UniqueConstraint(fields=('user', 'ticket'), name='presence_once')],
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
            ), migrations.CreateModel(
                name='WarrantyTerm',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('months', models.BigIntegerField(verbose_name='months from delivery')),
                ],
                options={
                    'verbose_name': 'warranty term',
                    'verbose_name_plural': 'warranty terms',
                    'constraints': [models.UniqueConstraint(fields=('company', 'product'), name='warranty_term_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 600)), name='warranty_term_months')],
                },
            )],
        ),
    ]
