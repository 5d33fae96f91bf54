import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
        ('service', '0001_initial'),
        ('sla', '0001_initial'),
        ('users', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ChatLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('greeting', models.TextField(blank=True, verbose_name='greeting')),
                    ('queue', models.TextField(blank=True, verbose_name='queue')),
                    ('calendar', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='open by the calendar')),
                    ('silence_minutes', models.BigIntegerField(default=10, verbose_name='minutes of silence until mail')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('token', models.TextField(editable=False, unique=True)),
                ],
                options={
                    'verbose_name': 'chat line',
                    'verbose_name_plural': 'chat lines',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='chat_line_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='chat_line_has_a_name'), models.CheckConstraint(condition=models.Q(('silence_minutes__range', (2, 1440))), name='chat_line_silence'), models.CheckConstraint(condition=models.Q(('token__regex', '^[A-Za-z0-9_-]{22,64}$')), name='chat_line_token')],
                },
            ), migrations.CreateModel(
                name='MessageChannel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('provider', models.TextField(choices=[('signed', 'signed JSON (open form)'), ('twilio', 'Twilio (SMS, WhatsApp)'), ('messenger', 'Facebook Messenger'), ('instagram', 'Instagram'), ('whatsapp', 'WhatsApp (Meta)')], default='signed', verbose_name='provider')),
                    ('our_number', models.TextField(help_text='As the provider writes it, such as +390212345678 or whatsapp:+390212345678; at Meta the number of the page, account or telephone.', verbose_name='our number there')),
                    ('account', models.TextField(blank=True, verbose_name='account at the provider')),
                    ('url', models.TextField(blank=True, help_text='Where messages are handed over. Empty for Twilio and Meta: theirs.', verbose_name='address of the provider')),
                    ('queue', models.TextField(blank=True, verbose_name='queue')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('token', models.TextField(editable=False, unique=True)),
                    ('sealed_secret', models.TextField(default='', editable=False)),
                    ('sealed_token', models.TextField(default='', editable=False)),
                ],
                options={
                    'verbose_name': 'message channel',
                    'verbose_name_plural': 'message channels',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='message_channel_once'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('our_number', ''), _negated=True)), name='message_channel_has_name_and_number'), models.CheckConstraint(condition=models.Q(('provider__in', ['signed', 'twilio', 'messenger', 'instagram', 'whatsapp'])), name='message_channel_provider'), models.CheckConstraint(condition=models.Q(('url__regex', '^https?://[^/\\s@]+(/[^\\s]*)?$'), models.Q(('url', ''), models.Q(('provider', 'signed'), _negated=True)), _connector='OR'), name='message_channel_leads_somewhere'), models.CheckConstraint(condition=models.Q(models.Q(('provider', 'twilio'), _negated=True), ('account__regex', '^[A-Za-z0-9]{2,64}$'), _connector='OR'), name='message_channel_account'), models.CheckConstraint(condition=models.Q(('token__regex', '^[A-Za-z0-9_-]{22,64}$')), name='message_channel_token')],
                },
            ), migrations.CreateModel(
                name='Conversation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticket', verbose_name='ticket')),
                    ('line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.chatline', verbose_name='chat line')),
                    ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.messagechannel', verbose_name='message channel')),
                    ('contact', models.TextField(verbose_name='contact')),
                    ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='users.outsideuser', verbose_name='portal user')),
                    ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                    ('digest', models.TextField(editable=False, null=True, unique=True)),
                    ('address', models.TextField(default='', editable=False)),
                    ('seen_at', models.DateTimeField(null=True, verbose_name='last seen')),
                    ('read_count', models.BigIntegerField(default=0, verbose_name='messages read')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                    ('ended_by', models.TextField(blank=True, choices=[('visitor', 'the visitor'), ('agent', 'us'), ('silence', 'silence'), ('closed', 'out of hours')], default='', verbose_name='ended by')),
                ],
                options={
                    'verbose_name': 'conversation',
                    'verbose_name_plural': 'conversations',
                    'indexes': [models.Index(condition=models.Q(('channel__isnull', False)), fields=['channel', 'contact', '-id'], name='conversations_of_contact'), models.Index(condition=models.Q(('ended_at__isnull', True), ('line__isnull', False)), fields=['line', 'id'], name='chats_going_on'), models.Index(condition=models.Q(('address', ''), _negated=True), fields=['address', 'created_at'], name='chats_of_address')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('channel__isnull', True), ('digest__isnull', False), ('line__isnull', False)), models.Q(('channel__isnull', False), ('digest__isnull', True), ('ended_at__isnull', True), ('line__isnull', True), ('person__isnull', True)), _connector='OR'), name='conversation_is_chat_or_messages'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by', '')), models.Q(('ended_at__isnull', False), models.Q(('ended_by', ''), _negated=True)), _connector='OR'), name='conversation_ends_by_somebody')],
                },
            ), migrations.CreateModel(
                name='Passing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passings', to='messaging.conversation', verbose_name='conversation')),
                    ('message', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticketmessage', verbose_name='message')),
                    ('channel', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.messagechannel', verbose_name='message channel')),
                    ('provider_id', models.TextField(blank=True, default='', verbose_name='number at the provider')),
                    ('state', models.TextField(choices=[('received', 'received'), ('queued', 'to be sent'), ('sent', 'sent'), ('delivered', 'delivered'), ('read', 'read'), ('failed', 'failed')], verbose_name='state')),
                    ('state_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                    ('problem', models.TextField(blank=True, default='', verbose_name='problem')),
                ],
                options={
                    'verbose_name': 'message of a conversation',
                    'verbose_name_plural': 'messages of conversations',
                    'indexes': [models.Index(fields=['conversation', 'id'], name='passings_of_conversation')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('provider_id', ''), _negated=True), fields=('channel', 'provider_id'), name='provider_message_once'), models.CheckConstraint(condition=models.Q(('state__in', ['received', 'queued', 'sent', 'delivered', 'read', 'failed'])), name='passing_state')],
                },
            )],
        ),
    ]
