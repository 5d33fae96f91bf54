from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("audit", "0002_history"), ("database", "0002_one"), ("companies", "0001_initial")]
    operations = [run_file(__file__, "laws.sql")]
