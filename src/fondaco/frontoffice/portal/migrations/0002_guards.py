from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial"), ("users", "0001_initial"), ("sales", "0002_guards"), ("audit", "0002_history")]
    operations = [run_file(__file__, "guards.sql")]
