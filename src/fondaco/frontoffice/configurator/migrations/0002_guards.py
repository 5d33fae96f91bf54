from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("configurator", "0001_initial"), ("audit", "0002_history"), ("documents", "0002_amending")]
    operations = [run_file(__file__, "guards.sql")]
