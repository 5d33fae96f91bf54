import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import fondaco.platform.database.rows


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="apitoken",
            options={"verbose_name": "API token", "verbose_name_plural": "API tokens"},
        ),
        migrations.AlterModelOptions(
            name="role",
            options={"verbose_name": "role", "verbose_name_plural": "roles"},
        ),
        migrations.AlterModelOptions(
            name="team",
            options={"verbose_name": "team", "verbose_name_plural": "teams"},
        ),
        migrations.AlterModelOptions(
            name="user",
            options={"verbose_name": "user", "verbose_name_plural": "users"},
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="access.user", verbose_name="user"
            ),
        ),
        migrations.CreateModel(
            name="TokenUse",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="use",
                        serialize=False,
                        to="access.apitoken",
                    ),
                ),
                ("at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL("insert into access_tokenuse (token_id) select id from access_apitoken", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="OneTimeLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("purpose", models.TextField(choices=[("set_up", "set up the installation"), ("password", "set a password")])),
                ("digest", models.TextField(editable=False, unique=True)),
                ("expires_at", models.DateTimeField(null=True, verbose_name="expires at")),
                ("used_at", models.DateTimeField(null=True)),
                ("user", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="access.user")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("purpose", "set_up"), ("user__isnull", True)),
                            models.Q(("expires_at__isnull", False), ("purpose", "password"), ("user__isnull", False)),
                            _connector="OR",
                        ),
                        name="link_is_for_a_user_or_the_installation",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.TextField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="sign_ins", to="access.user")),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-at"], name="sign_in_user")],
            },
        ),
        migrations.AlterField(
            model_name="user",
            name="username",
            field=models.TextField(unique=True, verbose_name="user name"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="holders", to="access.role", verbose_name="role"
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="access.user", verbose_name="user"
            ),
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="colleagues", to="access.team", verbose_name="team"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="team_memberships", to="access.user", verbose_name="user"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("team", "user"), name="team_member_once")]},
        ),
        # The automatic table of members gives way to one with a history.
        migrations.RunSQL(
            "insert into access_teammember (team_id, user_id, version, created_by) select team_id, user_id, 1, 'program.migrate' from access_team_members",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveField(model_name="team", name="members"),
        migrations.AddField(
            model_name="team",
            name="members",
            field=models.ManyToManyField(related_name="teams", through="access.TeamMember", to="access.user", verbose_name="members"),
        ),
    ]
