from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("tax", "0002_taxentry"), ("ledger", "0003_locks")]
    operations = [run_file(__file__, "entries.sql")]
