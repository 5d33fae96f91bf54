from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("onlinepayments", "0001_initial"),
        ("payments", "0002_guards"),
        ("banking", "0002_laws"),
        ("audit", "0002_history"),
        ("ledger", "0002_laws"),
    ]
    operations = [run_file(__file__, "laws.sql")]
