from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("database", "0002_functions")]
    operations = [run_file(__file__, "history.sql")]
