from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("tax", "0001_initial"), ("ledger", "0002_laws")]
    operations = [run_file(__file__, "entries.sql"), run_file(__file__, "returns.sql"), run_file(__file__, "totals.sql")]
