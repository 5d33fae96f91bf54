import django.db.models.deletion
from django.db import migrations, models

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0002_membership"),
        ("ledger", "0003_locks"),
        ("parties", "0002_iban"),
        ("payments", "0003_bank_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Disbursement",
            fields=[],
            options={
                "verbose_name": "payment to a vendor",
                "verbose_name_plural": "payments to vendors",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("payments.payment",),
        ),
        migrations.AddField(
            model_name="payment",
            name="control_account",
            field=models.ForeignKey(
                editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.account"
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="kind",
            field=models.TextField(
                choices=[("received", "received"), ("refund", "refund"), ("paid", "paid"), ("refunded", "refund received")],
                default="received",
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["received", "refund", "paid", "refunded"])), name="payment_kind"
            ),
        ),
        run_file(__file__, "disbursements.sql"),
    ]
