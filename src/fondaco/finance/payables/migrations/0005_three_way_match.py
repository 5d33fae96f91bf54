import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import fondaco.platform.database.rows


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0002_membership"),
        ("invoicing", "0004_discount_steps"),
        ("ledger", "0003_locks"),
        ("parties", "0002_iban"),
        ("payables", "0004_last_edited_by"),
        ("tax", "0003_entries_equal_ledger"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillMatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                ("order_table", models.TextField()),
                ("order_line", models.BigIntegerField(verbose_name="order line")),
                ("quantity", models.DecimalField(decimal_places=6, max_digits=20, verbose_name="quantity")),
            ],
            options={
                "verbose_name": "match",
                "verbose_name_plural": "matches",
            },
        ),
        migrations.CreateModel(
            name="PaymentBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.BigIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                (
                    "kind",
                    models.TextField(
                        choices=[("price", "price"), ("quantity", "quantity"), ("not_ordered", "not ordered")], verbose_name="kind"
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("release_reason", models.TextField(blank=True, verbose_name="why it was released")),
            ],
            options={
                "verbose_name": "payment block",
                "verbose_name_plural": "payment blocks",
            },
        ),
        migrations.AddField(
            model_name="billrules",
            name="price_tolerance_percent",
            field=models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name="tolerance in price, %"),
        ),
        migrations.AddField(
            model_name="billrules",
            name="quantity_tolerance_percent",
            field=models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name="tolerance in quantity, %"),
        ),
        migrations.AddField(
            model_name="vendorterms",
            name="needs_order",
            field=models.BooleanField(default=False, verbose_name="every line must be ordered"),
        ),
        migrations.AddField(
            model_name="vendorterms",
            name="price_tolerance_percent",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="tolerance in price, %"),
        ),
        migrations.AddField(
            model_name="vendorterms",
            name="quantity_tolerance_percent",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="tolerance in quantity, %"),
        ),
        migrations.AddConstraint(
            model_name="billrules",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_tolerance_percent__gte", 0), ("price_tolerance_percent__lte", 100)),
                name="bill_rules_price_tolerance",
            ),
        ),
        migrations.AddConstraint(
            model_name="billrules",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity_tolerance_percent__gte", 0), ("quantity_tolerance_percent__lte", 100)),
                name="bill_rules_quantity_tolerance",
            ),
        ),
        migrations.AddConstraint(
            model_name="vendorterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("price_tolerance_percent__gte", 0), ("price_tolerance_percent__lte", 100)),
                    ("price_tolerance_percent__isnull", True),
                    _connector="OR",
                ),
                name="vendor_terms_price_tolerance",
            ),
        ),
        migrations.AddConstraint(
            model_name="vendorterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("quantity_tolerance_percent__gte", 0), ("quantity_tolerance_percent__lte", 100)),
                    ("quantity_tolerance_percent__isnull", True),
                    _connector="OR",
                ),
                name="vendor_terms_quantity_tolerance",
            ),
        ),
        migrations.AddField(
            model_name="billmatch",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="matches", to="payables.billline", verbose_name="line"
            ),
        ),
        migrations.AddField(
            model_name="paymentblock",
            name="bill",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="blocks", to="payables.bill", verbose_name="bill"
            ),
        ),
        migrations.AddField(
            model_name="paymentblock",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payables.billline", verbose_name="line"
            ),
        ),
        migrations.AddIndex(
            model_name="billmatch",
            index=models.Index(fields=["order_table", "order_line"], name="bill_match_of_order"),
        ),
        migrations.AddConstraint(
            model_name="billmatch",
            constraint=models.UniqueConstraint(fields=("line", "order_table", "order_line"), name="bill_match_once"),
        ),
        migrations.AddConstraint(
            model_name="billmatch",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="bill_match_quantity"),
        ),
        migrations.AddIndex(
            model_name="paymentblock",
            index=models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["bill"], name="payment_block_open"),
        ),
        migrations.AddConstraint(
            model_name="paymentblock",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("line", "kind"), name="payment_block_once"
            ),
        ),
    ]
