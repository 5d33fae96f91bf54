from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("expenses", "0001_initial"), ("audit", "0002_history"), ("approvals", "0002_laws")]
    operations = [run_file(__file__, "guards.sql")]
