import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='OutsideUser',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='vendor or customer')),
                    ('email', models.TextField(unique=True, verbose_name='email')),
                    ('name', models.TextField(verbose_name='name')),
                    ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                    ('theme', models.TextField(choices=[('auto', 'as the device'), ('light', 'light'), ('dark', 'dark')], default='auto', verbose_name='theme')),
                    ('password', models.TextField(default='!', editable=False)),
                    ('is_active', models.BooleanField(default=True, editable=False, verbose_name='active')),
                    ('session_epoch', models.BigIntegerField(default=1, editable=False, verbose_name='generation of sessions')),
                ],
                options={
                    'verbose_name': 'portal user',
                    'verbose_name_plural': 'portal users',
                    'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower(models.F('email'))), ('email__regex', '^[^\\s@]+@[^\\s@]+$')), name='outside_email_is_an_address'), models.UniqueConstraint(fields=('id', 'party'), name='outside_user_of_party')],
                },
            ), migrations.CreateModel(
                name='OutsideSignIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to='users.outsideuser')),
                    ('address', models.TextField()),
                    ('at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-at'], name='outside_sign_in')],
                },
            ), migrations.CreateModel(
                name='OutsideLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='users.outsideuser')),
                    ('digest', models.TextField(editable=False, unique=True)),
                    ('expires_at', models.DateTimeField(verbose_name='expires at')),
                    ('used_at', models.DateTimeField(null=True)),
                ],
                options={
                    'verbose_name': 'link of a portal user',
                    'verbose_name_plural': 'links of portal users',
                },
            )],
        ),
    ]
