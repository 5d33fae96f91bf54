import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import fondaco.platform.database.rows
from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0002_iban"),
    ]

    operations = [
        migrations.CreateModel(
            name="PartyBankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                (
                    "state",
                    models.TextField(
                        choices=[("held", "on hold"), ("confirmed", "confirmed"), ("closed", "closed")],
                        default="held",
                        editable=False,
                        verbose_name="state",
                    ),
                ),
                ("iban", models.TextField(blank=True, default="", verbose_name="IBAN")),
                ("account_number", models.TextField(blank=True, default="", verbose_name="account number (where there is no IBAN)")),
                ("bic", models.TextField(blank=True, default="", verbose_name="BIC")),
                ("bank_name", models.TextField(blank=True, default="", verbose_name="bank")),
                ("holder", models.TextField(blank=True, default="", verbose_name="account holder, where it is another name")),
                ("is_default", models.BooleanField(default=False, editable=False, verbose_name="default")),
                ("changed_by", models.JSONField(default=list, editable=False, verbose_name="changed by")),
                ("confirmed_by", models.TextField(blank=True, default="", editable=False, verbose_name="confirmed by")),
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="confirmed at")),
                (
                    "channel",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("phone_call", "phone call"),
                            ("letter", "letter"),
                            ("in_person", "in person"),
                            ("bank_statement", "bank statement"),
                            ("certified_mail", "certified mail"),
                        ],
                        default="",
                        editable=False,
                        verbose_name="confirmed by way of",
                    ),
                ),
                (
                    "confirmation",
                    models.TextField(blank=True, default="", editable=False, verbose_name="whom one spoke to, or what was seen"),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bank_accounts", to="parties.party", verbose_name="party"
                    ),
                ),
            ],
            options={
                "verbose_name": "bank account of a party",
                "verbose_name_plural": "bank accounts of parties",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("iban", ""), _negated=True), models.Q(("account_number", ""), _negated=True), _connector="OR"
                        ),
                        name="party_account_has_a_number",
                    ),
                    models.CheckConstraint(condition=models.Q(("state__in", ["held", "confirmed", "closed"])), name="party_account_state"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "confirmed"), _negated=True),
                            models.Q(
                                models.Q(("confirmed_by", ""), _negated=True),
                                models.Q(("channel", ""), _negated=True),
                                ("confirmed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="party_account_confirmed_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_default", False), models.Q(("state", "closed"), _negated=True), _connector="OR"),
                        name="party_account_default_is_in_use",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=("party", "iban", "account_number"),
                        name="party_account_once",
                    ),
                    models.UniqueConstraint(condition=models.Q(("is_default", True)), fields=("party",), name="party_account_one_default"),
                ],
            },
        ),
        run_file(__file__, "bank_accounts.sql"),
    ]
