from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0001_initial"),
        ("audit", "0002_history"),
        ("documents", "0002_amending"),
        ("parties", "0001_initial"),
        ("sales", "0001_initial"),
        ("value", "0001_initial"),
        ("receivables", "0001_initial"),
    ]
    operations = [run_file(__file__, "guards.sql"), run_file(__file__, "scores.sql")]
