from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0001_initial"),
        ("audit", "0002_history"),
        ("documents", "0002_amending"),
        ("supply", "0002_laws"),
        ("approvals", "0002_laws"),
    ]
    operations = [
        run_file(__file__, "guards.sql"),
        run_file(__file__, "holds.sql"),
        run_file(__file__, "returns.sql"),
        run_file(__file__, "blankets.sql"),
        run_file(__file__, "ties.sql"),
        run_file(__file__, "approvals.sql"),
    ]
