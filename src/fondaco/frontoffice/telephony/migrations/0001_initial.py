import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('companies', '0001_initial'),
        ('files', '0001_initial'),
        ('parties', '0001_initial'),
        ('service', '0001_initial'),
        ('sla', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Call',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telephony.phoneline', verbose_name='telephone line')),
                    ('external_id', models.TextField(verbose_name='key of the telephone system')),
                    ('direction', models.TextField(choices=[('in', 'incoming'), ('out', 'outgoing')], default='in', verbose_name='direction')),
                    ('caller', models.TextField(blank=True, default='', verbose_name='caller')),
                    ('called', models.TextField(blank=True, default='', verbose_name='called number')),
                    ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('ticket', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticket', verbose_name='ticket')),
                    ('agent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='agent')),
                    ('state', models.TextField(choices=[('ringing', 'ringing'), ('answered', 'answered'), ('held', 'on hold'), ('ended', 'ended'), ('missed', 'missed'), ('abandoned', 'abandoned')], default='ringing', verbose_name='state')),
                    ('consent', models.TextField(blank=True, choices=[('', 'not asked'), ('given', 'given'), ('refused', 'refused')], default='', verbose_name='consent to recording')),
                    ('started_at', models.DateTimeField(verbose_name='began')),
                    ('answered_at', models.DateTimeField(null=True, verbose_name='answered at')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ],
                options={
                    'verbose_name': 'call',
                    'verbose_name_plural': 'calls',
                    'indexes': [models.Index(condition=models.Q(('state__in', ['ringing', 'answered', 'held'])), fields=['company'], name='call_going_on'), models.Index(condition=models.Q(('caller', ''), _negated=True), fields=['company', 'caller', '-id'], name='call_of_number'), models.Index(fields=['company', '-started_at'], name='call_by_time'), models.Index(fields=['ticket'], name='call_of_ticket'), models.Index(fields=['party', '-id'], name='call_of_party')],
                    'constraints': [models.UniqueConstraint(fields=('line', 'external_id'), name='call_once'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ['ringing', 'answered', 'held'])), models.Q(('ended_at__isnull', False), ('state__in', ['ended', 'missed', 'abandoned'])), _connector='OR'), name='call_state'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', False), ('state__in', ['answered', 'held', 'ended'])), models.Q(('answered_at__isnull', True), ('state__in', ['ringing', 'missed', 'abandoned'])), _connector='OR'), name='call_answered'), models.CheckConstraint(condition=models.Q(('consent__in', ['', 'given', 'refused'])), name='call_consent'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='call_runs_forward')],
                },
            ), migrations.CreateModel(
                name='CallBack',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('call', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='callback', to='telephony.call', verbose_name='call')),
                    ('ticket', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticket', verbose_name='ticket')),
                    ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='customer')),
                    ('number', models.TextField(verbose_name='number')),
                    ('state', models.TextField(choices=[('open', 'to call'), ('done', 'reached'), ('given_up', 'given up'), ('not_needed', 'not needed')], default='open', verbose_name='state')),
                    ('due_at', models.DateTimeField(verbose_name='call by')),
                    ('attempts', models.BigIntegerField(default=0, verbose_name='tries')),
                    ('outcome', models.TextField(blank=True, choices=[('', 'none yet'), ('reached', 'reached'), ('no_answer', 'no answer'), ('busy', 'busy'), ('wrong_number', 'wrong number')], default='', verbose_name='outcome')),
                    ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='assigned to')),
                ],
                options={
                    'verbose_name': 'call-back',
                    'verbose_name_plural': 'call-backs',
                    'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['company', 'due_at'], name='callback_due')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state', 'open'), ('state', 'not_needed'), models.Q(('outcome', 'reached'), ('state', 'done')), models.Q(('outcome__in', ['no_answer', 'busy', 'wrong_number']), ('state', 'given_up')), _connector='OR'), name='callback_state'), models.CheckConstraint(condition=models.Q(models.Q(('number', ''), _negated=True), ('attempts__gte', 0)), name='callback_has_a_number')],
                },
            ), migrations.CreateModel(
                name='CallBackTry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('callback', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tries', to='telephony.callback', verbose_name='call-back')),
                    ('outcome', models.TextField(choices=[('reached', 'reached'), ('no_answer', 'no answer'), ('busy', 'busy'), ('wrong_number', 'wrong number')], verbose_name='outcome')),
                    ('note', models.TextField(blank=True, default='', verbose_name='note')),
                ],
                options={
                    'verbose_name': 'try',
                    'verbose_name_plural': 'tries',
                },
            ), migrations.CreateModel(
                name='CallRecording',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('call', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recordings', to='telephony.call', verbose_name='call')),
                    ('kind', models.TextField(choices=[('recording', 'recording'), ('voicemail', 'voicemail')], verbose_name='kind')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('seconds', models.BigIntegerField(null=True, verbose_name='seconds')),
                    ('transcript', models.TextField(blank=True, default='', verbose_name='transcript')),
                    ('attachment', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.attachment', verbose_name='file')),
                    ('delete_on', models.DateField(verbose_name='audio is deleted on')),
                    ('deleted_at', models.DateTimeField(null=True, verbose_name='audio deleted at')),
                ],
                options={
                    'verbose_name': 'recording',
                    'verbose_name_plural': 'recordings',
                    'indexes': [models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['delete_on'], name='recording_to_delete')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('deleted_at__isnull', True), ('attachment__isnull', True), _connector='OR'), name='deleted_recording_has_no_file')],
                },
            ), migrations.CreateModel(
                name='Extension',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='user')),
                    ('extension', models.TextField(verbose_name='extension')),
                ],
                options={
                    'verbose_name': 'extension',
                    'verbose_name_plural': 'extensions',
                    'constraints': [models.UniqueConstraint(fields=('company', 'extension'), name='extension_once'), models.UniqueConstraint(fields=('company', 'user'), name='extension_of_a_user_once'), models.CheckConstraint(condition=models.Q(('extension__regex', '^[A-Za-z0-9+@._:-]{1,100}$')), name='extension_is_one')],
                },
            ), migrations.CreateModel(
                name='PhoneLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('number', models.TextField(unique=True, verbose_name='number')),
                    ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                    ('queue', models.TextField(blank=True, default='', verbose_name='queue')),
                    ('topic', models.TextField(blank=True, default='', verbose_name='topic')),
                    ('greeting', models.TextField(blank=True, default='', verbose_name='greeting')),
                    ('calendar', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='answered by the calendar')),
                    ('ring_seconds', models.BigIntegerField(default=20, verbose_name='rings at an agent, seconds')),
                    ('longest_wait_seconds', models.BigIntegerField(default=180, verbose_name='offers a call-back after, seconds')),
                    ('takes_voicemail', models.BooleanField(default=True, verbose_name='takes voicemail')),
                    ('records', models.BooleanField(default=False, verbose_name='asks whether calls may be recorded')),
                    ('retention_days', models.BigIntegerField(default=30, verbose_name='audio is kept, days')),
                    ('callback_minutes', models.BigIntegerField(default=30, verbose_name='called back within, minutes')),
                    ('callback_attempts', models.BigIntegerField(default=3, verbose_name='tries to call back')),
                    ('callback_pause_minutes', models.BigIntegerField(default=60, verbose_name='minutes between tries')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('account', models.TextField(blank=True, default='', verbose_name='account at Twilio')),
                    ('sealed_secret', models.TextField(default='', editable=False)),
                    ('sealed_token', models.TextField(default='', editable=False)),
                ],
                options={
                    'verbose_name': 'telephone line',
                    'verbose_name_plural': 'telephone lines',
                    'constraints': [models.CheckConstraint(condition=models.Q(('number__regex', '^\\+[0-9]{4,15}$')), name='phone_line_number'), models.CheckConstraint(condition=models.Q(('account', ''), ('account__regex', '^AC[0-9a-f]{32}$'), _connector='OR'), name='phone_line_account'), models.CheckConstraint(condition=models.Q(('longest_wait_seconds__gte', 10), ('longest_wait_seconds__lte', 3600), ('ring_seconds__gte', 5), ('ring_seconds__lte', 120), ('callback_minutes__gte', 0), ('callback_minutes__lte', 10080), ('retention_days__gte', 1), ('retention_days__lte', 3650), ('callback_attempts__gte', 1), ('callback_attempts__lte', 20), ('callback_pause_minutes__gte', 1), ('callback_pause_minutes__lte', 10080)), name='phone_line_figures')],
                },
            ), migrations.CreateModel(
                name='CallNotice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telephony.phoneline', verbose_name='telephone line')),
                    ('received_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='received at')),
                    ('events', models.JSONField(verbose_name='what was told')),
                    ('trouble', models.TextField(blank=True, default='', verbose_name='why it was not taken')),
                    ('reviewed_at', models.DateTimeField(null=True, verbose_name='reviewed at')),
                    ('reviewed_by', models.TextField(blank=True, default='', verbose_name='reviewed by')),
                ],
                options={
                    'verbose_name': 'notice of calls',
                    'verbose_name_plural': 'notices of calls',
                    'indexes': [models.Index(condition=models.Q(('trouble', '')), fields=['id'], name='notice_waiting')],
                },
            ), migrations.CreateModel(
                name='CallEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telephony.phoneline', verbose_name='telephone line')),
                    ('call', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='telephony.call', verbose_name='call')),
                    ('event_id', models.TextField(verbose_name='event')),
                    ('kind', models.TextField(choices=[('ringing', 'rings'), ('answered', 'answered'), ('held', 'put on hold'), ('resumed', 'taken up again'), ('transferred', 'transferred'), ('unanswered', 'not taken by the agent'), ('ended', 'ended'), ('consent', 'consent to recording'), ('voicemail', 'voicemail'), ('recording', 'recording'), ('transcript', 'transcript')], verbose_name='kind')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('agent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='agent')),
                    ('data', models.JSONField(default=dict, verbose_name='what was told')),
                ],
                options={
                    'verbose_name': 'event of a call',
                    'verbose_name_plural': 'events of calls',
                    'constraints': [models.UniqueConstraint(fields=('line', 'event_id'), name='call_event_once')],
                },
            )],
        ),
    ]
