from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("expenses", "0001_initial"), ("approvals", "0003_gone"), ("audit", "0002_history")]
    operations = [run_file(__file__, "guards.sql")]
