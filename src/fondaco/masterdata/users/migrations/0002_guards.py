from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial"), ("access", "0002_guards")]
    operations = [run_file(__file__, "guards.sql")]
