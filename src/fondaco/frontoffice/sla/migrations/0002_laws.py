from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0001_initial"),
        ("documents", "0002_amending"),
        ("audit", "0002_history"),
        ("service", "0001_initial"),
        ("subscriptions", "0001_initial"),
    ]
    operations = [run_file(__file__, "guards.sql"), run_file(__file__, "clocks.sql")]
