from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [run_file(__file__, "guards.sql")]
