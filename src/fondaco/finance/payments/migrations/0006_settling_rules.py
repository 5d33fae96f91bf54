from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_differences"), ("ledger", "0003_locks")]
    operations = [run_file(__file__, "settling_rules.sql")]
