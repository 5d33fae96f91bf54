from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0002_guards"), ("tax", "0003_entries_equal_ledger")]
    operations = [run_file(__file__, "bring_in_taxes.sql")]
