import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

import fondaco.platform.database.rows


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0002_membership"),
        ("invoicing", "0004_discount_steps"),
        ("ledger", "0003_locks"),
        ("parties", "0002_iban"),
        ("payables", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("duplicate_days", models.BigIntegerField(default=30, verbose_name="days within which the same total is suspect")),
            ],
            options={
                "verbose_name": "rules for bills",
                "verbose_name_plural": "rules for bills",
            },
        ),
        migrations.RemoveConstraint(
            model_name="bill",
            name="bill_adds_up",
        ),
        migrations.AddField(
            model_name="bill",
            name="duplicate_reason",
            field=models.TextField(blank=True, verbose_name="why it is no duplicate"),
        ),
        migrations.AddField(
            model_name="bill",
            name="is_other_document",
            field=models.BooleanField(default=False, verbose_name="another document with the same number"),
        ),
        migrations.AddField(
            model_name="bill",
            name="self_assessed",
            field=models.DecimalField(
                decimal_places=4, default=0, editable=False, max_digits=20, verbose_name="tax that we account for ourselves"
            ),
        ),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(fields=["vendor", "gross", "vendor_date"], name="bill_of_vendor_by_amount"),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "gross",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax")),
                            "-",
                            models.F("self_assessed"),
                        ),
                    )
                ),
                name="bill_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_other_document", False), models.Q(("duplicate_reason", ""), _negated=True), _connector="OR"),
                name="other_document_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("is_other_document", False), ("state", "posted"), models.Q(("vendor_number_compared", ""), _negated=True)
                ),
                fields=("company", "vendor", "kind", "vendor_number_compared"),
                name="vendor_number_posted_once",
            ),
        ),
        migrations.AddField(
            model_name="billrules",
            name="company",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="companies.company", verbose_name="company"
            ),
        ),
        migrations.AddConstraint(
            model_name="billrules",
            constraint=models.CheckConstraint(
                condition=models.Q(("duplicate_days__gte", 0), ("duplicate_days__lte", 366)), name="bill_rules_days"
            ),
        ),
    ]
