import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import fondaco.platform.database.rows


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0002_membership"),
        ("ledger", "0003_locks"),
        ("parties", "0002_iban"),
        ("payables", "0006_match_laws"),
    ]

    operations = [
        migrations.AddField(
            model_name="bill",
            name="withheld",
            field=models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name="withheld"),
        ),
        migrations.AddField(
            model_name="billline",
            name="is_withheld_from",
            field=models.BooleanField(default=True, verbose_name="withhold"),
        ),
        migrations.CreateModel(
            name="WithholdingKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("code", models.TextField(verbose_name="code")),
                ("name", models.TextField(verbose_name="name")),
                ("name_it", models.TextField(blank=True, verbose_name="Italian name")),
                ("rate", models.DecimalField(decimal_places=4, max_digits=7, verbose_name="rate %")),
                (
                    "base_percent",
                    models.DecimalField(decimal_places=4, default=100, max_digits=7, verbose_name="on so much of the net, in %"),
                ),
                ("authority_code", models.TextField(blank=True, verbose_name="authority's code")),
                ("certificate_reason", models.TextField(blank=True, verbose_name="reason on the certificate")),
                (
                    "due",
                    models.TextField(choices=[("payment", "when paid"), ("bill", "when booked")], default="payment", verbose_name="due"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="companies.company", verbose_name="company"
                    ),
                ),
            ],
            options={
                "verbose_name": "kind of withholding",
                "verbose_name_plural": "kinds of withholding",
            },
        ),
        migrations.CreateModel(
            name="BillWithholding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("rate", models.DecimalField(decimal_places=4, max_digits=7, verbose_name="rate %")),
                ("net", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="net")),
                ("base", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="subject to withholding")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="withheld")),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withholdings", to="payables.bill", verbose_name="bill"
                    ),
                ),
                (
                    "kind",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payables.withholdingkind",
                        verbose_name="withholding",
                    ),
                ),
            ],
            options={
                "verbose_name": "withholding of a bill",
                "verbose_name_plural": "withholdings of a bill",
            },
        ),
        migrations.AddField(
            model_name="billline",
            name="withholding",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payables.withholdingkind",
                verbose_name="withholding",
            ),
        ),
        migrations.AddField(
            model_name="vendorterms",
            name="withholding",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payables.withholdingkind",
                verbose_name="usual withholding",
            ),
        ),
        migrations.CreateModel(
            name="Withheld",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("on", models.DateField(verbose_name="date")),
                ("net", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="net")),
                ("base", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="subject to withholding")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="withheld")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.journalentry",
                        verbose_name="journal entry",
                    ),
                ),
                (
                    "withholding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="due",
                        to="payables.billwithholding",
                        verbose_name="withholding",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax withheld",
                "verbose_name_plural": "taxes withheld",
                "indexes": [models.Index(fields=["on"], name="withheld_by_day")],
            },
        ),
        migrations.CreateModel(
            name="WithholdingCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("year", models.BigIntegerField(verbose_name="year")),
                ("net", models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name="fees paid")),
                (
                    "base",
                    models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name="subject to withholding"),
                ),
                ("amount", models.DecimalField(decimal_places=4, default=0, editable=False, max_digits=20, verbose_name="withheld")),
                ("figures", models.JSONField(default=list, editable=False)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="companies.company", verbose_name="company"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.party", verbose_name="vendor"
                    ),
                ),
            ],
            options={
                "verbose_name": "withholding certificate",
                "verbose_name_plural": "withholding certificates",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "vendor", "year"), name="withholding_certificate_once"),
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 1990), ("year__lte", 2200)), name="withholding_certificate_year"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="withholdingkind",
            constraint=models.UniqueConstraint(fields=("company", "code"), name="withholding_kind_once"),
        ),
        migrations.AddConstraint(
            model_name="withholdingkind",
            constraint=models.CheckConstraint(
                condition=models.Q(("base_percent__gt", 0), ("base_percent__lte", 100), ("rate__gt", 0), ("rate__lte", 100)),
                name="withholding_kind_percents",
            ),
        ),
        migrations.AddConstraint(
            model_name="withholdingkind",
            constraint=models.CheckConstraint(condition=models.Q(("due__in", ["payment", "bill"])), name="withholding_kind_due"),
        ),
        migrations.AddConstraint(
            model_name="billwithholding",
            constraint=models.UniqueConstraint(fields=("bill", "kind"), name="bill_withholding_once"),
        ),
    ]
