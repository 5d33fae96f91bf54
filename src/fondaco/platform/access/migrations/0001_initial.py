import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
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
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('username', models.TextField(unique=True, verbose_name='username')),
                ('name', models.TextField(verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email')),
                ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                ('theme', models.TextField(choices=[('auto', 'as the device'), ('light', 'light'), ('dark', 'dark')], default='auto', verbose_name='theme')),
                ('density', models.TextField(choices=[('comfortable', 'comfortable'), ('dense', 'dense')], default='comfortable', verbose_name='density')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('session_epoch', models.BigIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('username__regex', '^[a-z][a-z0-9._-]{1,60}$')), name='username_is_lower_case_word')],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('name', models.TextField(verbose_name='name')),
                ('prefix', models.TextField(editable=False, unique=True)),
                ('digest', models.TextField(editable=False)),
                ('scopes', models.JSONField(default=list, help_text='Permission patterns, such as invoicing.*', verbose_name='scopes')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='access.user')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
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
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('name', models.TextField(unique=True, verbose_name='name')),
                ('members', models.ManyToManyField(related_name='teams', to='access.user', verbose_name='members')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('company_id', models.BigIntegerField(blank=True, db_index=True, null=True, verbose_name='company')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='access.user')),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.role')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'role', 'company_id'), name='membership_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='RolePermission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ('pattern', models.TextField(verbose_name='permission')),
                ('scope', models.TextField(choices=[('own', 'own records'), ('team', 'records of the team'), ('company', 'all records of the company')], default='company', verbose_name='scope')),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='permissions', to='access.role')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('role', 'pattern'), name='role_names_permission_once'), models.CheckConstraint(condition=models.Q(('scope__in', ['own', 'team', 'company'])), name='role_permission_scope')],
            },
        ),
    ]
