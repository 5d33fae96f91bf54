from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("einvoicing", "0001_initial"),
        ("audit", "0002_history"),
        ("files", "0001_initial"),
        ("invoicing", "0002_guards"),
        ("payables", "0002_guards"),
    ]
    operations = [run_file(__file__, "guards.sql")]
