from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("banking", "0001_initial"), ("audit", "0002_history"), ("payments", "0002_guards")]
    operations = [run_file(__file__, "laws.sql")]
