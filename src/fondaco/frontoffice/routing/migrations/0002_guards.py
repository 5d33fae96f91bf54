from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial"), ("sla", "0002_laws"), ("documents", "0002_amending"), ("audit", "0002_history")]
    operations = [run_file(__file__, "guards.sql")]
