import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import fondaco.platform.database.rows
from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0002_membership"),
        ("ledger", "0003_locks"),
        ("parties", "0002_iban"),
        ("payments", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("name", models.TextField(verbose_name="name")),
                ("iban", models.TextField(blank=True, default="", verbose_name="IBAN")),
                ("account_number", models.TextField(blank=True, default="", verbose_name="account number (where there is no IBAN)")),
                ("bic", models.TextField(blank=True, default="", verbose_name="BIC")),
                ("bank_name", models.TextField(blank=True, default="", verbose_name="bank")),
                ("control", models.TextField(default="bank", editable=False)),
                ("is_default", models.BooleanField(default=False, editable=False, verbose_name="default for its currency")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("creditor_identifier", models.TextField(blank=True, default="", verbose_name="SEPA creditor identifier")),
                ("sia_code", models.TextField(blank=True, default="", verbose_name="SIA code")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.account", verbose_name="ledger account"
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="companies.company", verbose_name="company"
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="companies.currency",
                        verbose_name="currency",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank account",
                "verbose_name_plural": "bank accounts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("iban", ""), _negated=True), models.Q(("account_number", ""), _negated=True), _connector="OR"
                        ),
                        name="bank_account_has_a_number",
                    ),
                    models.CheckConstraint(condition=models.Q(("currency__isnull", False)), name="bank_account_has_a_currency"),
                    models.CheckConstraint(condition=models.Q(("control", "bank")), name="bank_account_control"),
                    models.CheckConstraint(
                        condition=models.Q(("is_default", False), ("is_active", True), _connector="OR"),
                        name="bank_account_default_is_active",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sia_code", ""), ("sia_code__regex", "^[A-Z0-9]{5}$"), _connector="OR"),
                        name="bank_account_sia_code",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("iban", ""), _negated=True),
                        fields=("company", "iban", "currency"),
                        name="bank_account_iban_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("company", "currency"), name="bank_account_one_default"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)), fields=("account",), name="bank_account_one_to_an_account"
                    ),
                ],
            },
        ),
        run_file(__file__, "bank_accounts.sql"),
    ]
