import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ApiToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='access.user', verbose_name='user')),
                    ('name', models.TextField(verbose_name='name')),
                    ('prefix', models.TextField(editable=False, unique=True)),
                    ('digest', models.TextField(editable=False)),
                    ('scopes', models.JSONField(default=list, help_text='Permission patterns, such as invoicing.*', verbose_name='scopes')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires at')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ],
                options={
                    'verbose_name': 'API token',
                    'verbose_name_plural': 'API tokens',
                },
            ), migrations.CreateModel(
                name='Role',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('key', models.TextField(unique=True, verbose_name='key')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                ],
                options={
                    'verbose_name': 'role',
                    'verbose_name_plural': 'roles',
                },
            ), migrations.CreateModel(
                name='Team',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('name', models.TextField(unique=True, verbose_name='name')),
                    ('members', models.ManyToManyField(related_name='teams', through='access.TeamMember', to='access.user', verbose_name='members')),
                ],
                options={
                    'verbose_name': 'team',
                    'verbose_name_plural': 'teams',
                },
            ), migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('username', models.TextField(unique=True, verbose_name='user name')),
                    ('name', models.TextField(verbose_name='name')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email')),
                    ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                    ('theme', models.TextField(choices=[('auto', 'as the device'), ('light', 'light'), ('dark', 'dark')], default='auto', verbose_name='theme')),
                    ('density', models.TextField(choices=[('comfortable', 'comfortable'), ('dense', 'dense')], default='comfortable', verbose_name='density')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('session_epoch', models.BigIntegerField(default=1, editable=False, verbose_name='generation of sessions')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'constraints': [models.CheckConstraint(condition=models.Q(('username__regex', '^[a-z][a-z0-9._-]{1,60}$')), name='username_is_lower_case_word')],
                },
            ), migrations.CreateModel(
                name='TokenUse',
                fields=[
                    ('token', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='use', serialize=False, to='access.apitoken')),
                    ('at', models.DateTimeField(null=True)),
                ],
            ), migrations.CreateModel(
                name='SignInAttempt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('username', models.TextField()),
                    ('address', models.TextField()),
                    ('at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['username', '-at'], name='attempt_user'), models.Index(fields=['address', '-at'], name='attempt_address')],
                },
            ), migrations.CreateModel(
                name='TeamMember',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='colleagues', to='access.team', verbose_name='team')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='team_memberships', to='access.user', verbose_name='user')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('team', 'user'), name='team_member_once')],
                },
            ), migrations.CreateModel(
                name='OneTimeLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('purpose', models.TextField(choices=[('set_up', 'set up the installation'), ('password', 'set a password')])),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='access.user')),
                    ('digest', models.TextField(editable=False, unique=True)),
                    ('expires_at', models.DateTimeField(null=True, verbose_name='expires at')),
                    ('used_at', models.DateTimeField(null=True)),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'set_up'), ('user__isnull', True)), models.Q(('expires_at__isnull', False), ('purpose', 'password'), ('user__isnull', False)), _connector='OR'), name='link_is_for_a_user_or_the_installation')],
                },
            ), migrations.CreateModel(
                name='Membership',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='access.user', verbose_name='user')),
                    ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holders', to='access.role', verbose_name='role')),
                    ('company_id', models.BigIntegerField(blank=True, db_index=True, null=True, verbose_name='company')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'role', 'company_id'), name='membership_once', nulls_distinct=False)],
                },
            ), migrations.CreateModel(
                name='RolePermission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('role', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='permissions', to='access.role')),
                    ('pattern', models.TextField(verbose_name='permission')),
                    ('scope', models.TextField(choices=[('own', 'own records'), ('team', 'records of the team'), ('company', 'all records of the company')], default='company', verbose_name='scope')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('role', 'pattern'), name='role_names_permission_once'), models.CheckConstraint(condition=models.Q(('scope__in', ['own', 'team', 'company'])), name='role_permission_scope')],
                },
            ), migrations.CreateModel(
                name='SignIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to='access.user')),
                    ('address', models.TextField()),
                    ('at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-at'], name='sign_in_user')],
                },
            )],
        ),
    ]
