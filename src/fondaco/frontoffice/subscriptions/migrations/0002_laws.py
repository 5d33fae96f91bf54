from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("subscriptions", "0001_initial"),
        ("audit", "0002_history"),
        ("documents", "0002_amending"),
        ("invoicing", "0002_guards"),
    ]
    operations = [run_file(__file__, "laws.sql")]
