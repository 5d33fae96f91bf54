from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("remittance", "0001_initial"), ("audit", "0002_history"), ("parties", "0003_bank_accounts")]
    operations = [run_file(__file__, "guards.sql")]
