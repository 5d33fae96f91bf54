from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("intrastat", "0001_initial"), ("tax", "0002_laws"), ("inventory", "0002_laws"), ("audit", "0002_history")]
    operations = [run_file(__file__, "guards.sql")]
