from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("value", "0001_initial"),
        ("audit", "0002_history"),
        ("ledger", "0002_laws"),
        ("invoicing", "0002_guards"),
        ("inventory", "0002_laws"),
    ]
    operations = [run_file(__file__, "margins.sql")]
