import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import fondaco.platform.database.rows
from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0002_membership"),
        ("ledger", "0003_locks"),
        ("parties", "0003_bank_accounts"),
        ("payments", "0006_settling_rules"),
        ("remittance", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("number", models.TextField(blank=True, editable=False, null=True, verbose_name="number")),
                (
                    "state",
                    models.TextField(
                        choices=[("draft", "draft"), ("collected", "collected"), ("cancelled", "cancelled")],
                        default="draft",
                        editable=False,
                        verbose_name="state",
                    ),
                ),
                ("scheme", models.TextField(choices=[("CORE", "SEPA Core"), ("B2B", "SEPA B2B")], default="CORE", verbose_name="scheme")),
                ("on", models.DateField(verbose_name="collection date")),
                ("due_until", models.DateField(verbose_name="due until")),
                ("memo", models.TextField(blank=True, verbose_name="memo")),
                ("content", models.TextField(blank=True, default="", editable=False, verbose_name="content")),
                ("fingerprint", models.TextField(blank=True, default="", editable=False, verbose_name="fingerprint of the file (SHA-256)")),
                (
                    "bank_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.bankaccount",
                        verbose_name="bank account",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="companies.company", verbose_name="company"
                    ),
                ),
            ],
            options={
                "verbose_name": "direct debit run",
                "verbose_name_plural": "direct debit runs",
            },
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("reference", models.TextField(blank=True, verbose_name="mandate reference")),
                ("scheme", models.TextField(choices=[("CORE", "SEPA Core"), ("B2B", "SEPA B2B")], default="CORE", verbose_name="scheme")),
                ("signed_on", models.DateField(verbose_name="signed on")),
                ("is_recurrent", models.BooleanField(default=True, verbose_name="for repeated debits")),
                ("is_final", models.BooleanField(default=False, verbose_name="the next debit is the last")),
                (
                    "state",
                    models.TextField(
                        choices=[("active", "in force"), ("revoked", "revoked")], default="active", editable=False, verbose_name="state"
                    ),
                ),
                ("last_used_on", models.DateField(editable=False, null=True, verbose_name="last used on")),
                ("revoked_on", models.DateField(editable=False, null=True, verbose_name="revoked on")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.partybankaccount",
                        verbose_name="account debited",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="companies.company", verbose_name="company"
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party", verbose_name="customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "mandate",
                "verbose_name_plural": "mandates",
            },
        ),
        migrations.CreateModel(
            name="Debit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                (
                    "state",
                    models.TextField(
                        choices=[("collected", "collected"), ("returned", "returned")],
                        default="collected",
                        editable=False,
                        verbose_name="state",
                    ),
                ),
                (
                    "sequence",
                    models.TextField(
                        choices=[("FRST", "first"), ("RCUR", "repeated"), ("FNAL", "last"), ("OOFF", "one-off")], verbose_name="sequence"
                    ),
                ),
                ("name", models.TextField(verbose_name="account holder")),
                ("iban", models.TextField(verbose_name="IBAN")),
                ("bic", models.TextField(blank=True, default="", verbose_name="BIC")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount")),
                ("end_to_end", models.TextField(unique=True, verbose_name="reference for the bank")),
                ("text", models.TextField(blank=True, default="", verbose_name="text")),
                ("returned_on", models.DateField(null=True, verbose_name="returned on")),
                ("return_reason", models.TextField(blank=True, default="", verbose_name="why returned")),
                ("fee", models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name="fee of the return")),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debits",
                        to="remittance.collection",
                        verbose_name="direct debit run",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party", verbose_name="customer"
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.payment", verbose_name="payment"
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="remittance.mandate", verbose_name="mandate"
                    ),
                ),
            ],
            options={
                "verbose_name": "direct debit",
                "verbose_name_plural": "direct debits",
            },
        ),
        migrations.CreateModel(
            name="CollectionLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("position", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("proposed", "to collect"),
                            ("left_out", "left out"),
                            ("collected", "collected"),
                            ("cancelled", "cancelled"),
                        ],
                        default="proposed",
                        verbose_name="state",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="amount")),
                (
                    "reason",
                    models.TextField(
                        blank=True,
                        choices=[
                            ("ended", "the mandate was not used for 36 months"),
                            ("revoked", "the mandate is revoked"),
                            ("used", "the mandate was for one debit"),
                            ("no_iban", "the account has no IBAN"),
                            ("item_held", "on hold or in dispute"),
                            ("taken_out", "taken out by hand"),
                            ("elsewhere", "in another run"),
                        ],
                        default="",
                        verbose_name="why left out",
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="remittance.collection",
                        verbose_name="direct debit run",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.openitem", verbose_name="open item"
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party", verbose_name="customer"
                    ),
                ),
                (
                    "mandate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="remittance.mandate", verbose_name="mandate"
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a direct debit run",
                "verbose_name_plural": "lines of direct debit runs",
            },
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.UniqueConstraint(fields=("company", "number"), name="collection_number_once"),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.UniqueConstraint(fields=("company", "reference"), name="mandate_reference_once"),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("reference__regex", "^[A-Za-z0-9+?/:().,'-]{1,35}$")), name="mandate_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["active", "revoked"])), name="mandate_state"),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(condition=models.Q(("scheme__in", ["CORE", "B2B"])), name="mandate_scheme"),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_on__isnull", True), ("state", "active")),
                    models.Q(("revoked_on__isnull", False), ("state", "revoked")),
                    _connector="OR",
                ),
                name="mandate_revoked_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="debit",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0), ("fee__gte", 0)), name="debit_positive"),
        ),
        migrations.AddConstraint(
            model_name="debit",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["collected", "returned"])), name="debit_state"),
        ),
        migrations.AddConstraint(
            model_name="collectionline",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="collection_line_positive"),
        ),
        migrations.AddConstraint(
            model_name="collectionline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "left_out"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("state", "left_out"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="collection_line_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="collectionline",
            constraint=models.UniqueConstraint(fields=("collection", "item"), name="collection_line_item_once"),
        ),
        migrations.AddConstraint(
            model_name="collectionline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "proposed")), fields=("item",), name="collection_line_in_one_open_run"
            ),
        ),
        run_file(__file__, "direct_debit.sql"),
    ]
