from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("sourcing", "0001_initial"),
        ("purchasing", "0002_guards"),
        ("audit", "0002_history"),
        ("approvals", "0002_laws"),
        ("users", "0002_guards"),
    ]
    operations = [run_file(__file__, "guards.sql")]
