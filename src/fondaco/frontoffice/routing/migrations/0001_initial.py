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
        ('service', '0001_initial'),
        ('sla', '0001_initial'),
        ('value', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Agent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='user')),
                    ('capacity', models.BigIntegerField(default=5, verbose_name='tickets at once')),
                    ('calls_at_once', models.BigIntegerField(default=1, verbose_name='calls at once')),
                    ('chats_at_once', models.BigIntegerField(default=3, verbose_name='chats at once')),
                    ('speaks_english', models.BooleanField(default=True, verbose_name='speaks English')),
                    ('speaks_italian', models.BooleanField(default=True, verbose_name='speaks Italian')),
                    ('presence', models.TextField(choices=[('available', 'available'), ('away', 'away'), ('offline', 'offline')], default='offline', editable=False, verbose_name='presence')),
                    ('presence_since', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='since')),
                ],
                options={
                    'verbose_name': 'agent',
                    'verbose_name_plural': 'agents',
                    'constraints': [models.UniqueConstraint(fields=('company', 'user'), name='agent_once'), models.CheckConstraint(condition=models.Q(('calls_at_once__gte', 0), ('capacity__gte', 0), ('chats_at_once__gte', 0)), name='agent_capacity'), models.CheckConstraint(condition=models.Q(('presence__in', ['available', 'away', 'offline'])), name='agent_presence')],
                },
            ), migrations.CreateModel(
                name='AgentBeat',
                fields=[
                    ('agent', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='beat', serialize=False, to='routing.agent', verbose_name='agent')),
                    ('at', models.DateTimeField(verbose_name='at')),
                ],
                options={
                    'verbose_name': 'sign of life',
                    'verbose_name_plural': 'signs of life',
                },
            ), migrations.CreateModel(
                name='AgentSkill',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skills', to='routing.agent', verbose_name='agent')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('skill', models.TextField(verbose_name='skill')),
                    ('level', models.BigIntegerField(default=3, verbose_name='level, 1 to 5')),
                ],
                options={
                    'verbose_name': 'skill',
                    'verbose_name_plural': 'skills',
                    'constraints': [models.UniqueConstraint(fields=('agent', 'skill'), name='agent_skill_once'), models.CheckConstraint(condition=models.Q(('level__gte', 1), ('level__lte', 5)), name='agent_skill_level')],
                },
            ), migrations.CreateModel(
                name='RoutingPolicy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('on', models.DateField(default=django.utils.timezone.localdate, verbose_name='written on')),
                    ('calendar', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='hours of service')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('active', 'in force'), ('retired', 'no longer in force')], default='draft', editable=False, verbose_name='state')),
                    ('active_from', models.DateTimeField(editable=False, null=True, verbose_name='in force from')),
                ],
                options={
                    'verbose_name': 'routing policy',
                    'verbose_name_plural': 'routing policies',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('company',), name='one_policy_in_force'), models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('active_from__isnull', False), ('number__isnull', False)), _connector='OR'), name='policy_in_force_is_numbered')],
                },
            ), migrations.CreateModel(
                name='RoutingRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='routing.routingpolicy', verbose_name='routing policy')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('name', models.TextField(verbose_name='name')),
                    ('channel', models.TextField(blank=True, choices=[('', 'any'), ('web', 'web'), ('email', 'e-mail'), ('phone', 'phone'), ('chat', 'chat'), ('message', 'message'), ('portal', 'portal')], default='', verbose_name='channel')),
                    ('queue', models.TextField(blank=True, default='', verbose_name='came to queue')),
                    ('language', models.TextField(blank=True, choices=[('', 'any'), ('en', 'English'), ('it', 'Italiano')], default='', verbose_name="customer's language")),
                    ('level', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='value.servicelevel', verbose_name='service level')),
                    ('value_from', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='value from')),
                    ('potential_from', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='potential from')),
                    ('overdue_from', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='overdue from')),
                    ('open_tickets_from', models.BigIntegerField(blank=True, null=True, verbose_name='open tickets from')),
                    ('contract', models.TextField(blank=True, choices=[('', 'any'), ('yes', 'has a contract in force'), ('no', 'has none')], default='', verbose_name='contract')),
                    ('hours', models.TextField(blank=True, choices=[('', 'at any time'), ('open', 'within the hours of service'), ('closed', 'outside the hours of service')], default='', verbose_name='hours of service')),
                    ('topic', models.TextField(blank=True, default='', verbose_name='topic, by words of the subject')),
                    ('to_queue', models.TextField(blank=True, default='', verbose_name='to queue')),
                    ('skill', models.TextField(blank=True, default='', verbose_name='skill wanted')),
                    ('skill_level', models.BigIntegerField(default=1, verbose_name='at least at level')),
                    ('prefers', models.TextField(blank=True, choices=[('', 'nobody'), ('salesperson', "the customer's salesperson"), ('last_agent', 'who answered last')], default='', verbose_name='first asks')),
                    ('priority', models.TextField(blank=True, choices=[('', 'as it came'), ('low', 'low'), ('normal', 'normal'), ('high', 'high'), ('urgent', 'urgent')], default='', verbose_name='priority')),
                    ('overflow_after', models.BigIntegerField(blank=True, null=True, verbose_name='passed on after, seconds')),
                    ('overflow_queue', models.TextField(blank=True, default='', verbose_name='passed on to queue')),
                    ('overflow_skill', models.TextField(blank=True, default='', verbose_name='skill wanted then')),
                ],
                options={
                    'verbose_name': 'routing rule',
                    'verbose_name_plural': 'routing rules',
                    'ordering': ['position', 'id'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('skill_level__gte', 1), ('skill_level__lte', 5)), name='routing_rule_skill_level'), models.CheckConstraint(condition=models.Q(('overflow_after__isnull', True), ('overflow_after__gte', 1), _connector='OR'), name='routing_rule_overflow')],
                },
            ), migrations.CreateModel(
                name='RoutingDecision',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticket', verbose_name='ticket')),
                    ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='routing.routingpolicy', verbose_name='routing policy')),
                    ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='routing.routingrule', verbose_name='rule')),
                    ('agent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='routing.agent', verbose_name='agent')),
                    ('queue', models.TextField(blank=True, verbose_name='queue')),
                    ('priority', models.TextField(blank=True, verbose_name='priority')),
                    ('inputs', models.JSONField(verbose_name='what was known')),
                    ('agents', models.JSONField(verbose_name='who was there')),
                    ('reasons', models.JSONField(verbose_name='why')),
                ],
                options={
                    'verbose_name': 'routing decision',
                    'verbose_name_plural': 'routing decisions',
                    'indexes': [models.Index(fields=['ticket', '-id'], name='decisions_of_ticket')],
                },
            ), migrations.CreateModel(
                name='Waiting',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='service.ticket', verbose_name='ticket')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('since', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                    ('queue', models.TextField(blank=True, verbose_name='came to queue')),
                    ('priority', models.TextField(blank=True, verbose_name='came with priority')),
                    ('overflow_at', models.DateTimeField(null=True, verbose_name='passed on at')),
                ],
                options={
                    'verbose_name': 'waiting ticket',
                    'verbose_name_plural': 'waiting tickets',
                    'indexes': [models.Index(fields=['company', 'since'], name='waiting_of_company')],
                },
            )],
        ),
    ]
