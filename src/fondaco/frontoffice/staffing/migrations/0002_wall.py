from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [
        ("staffing", "0001_initial"),
        ("sla", "0002_laws"),
        ("routing", "0002_guards"),
        ("telephony", "0002_laws"),
        ("audit", "0002_history"),
    ]
    operations = [run_file(__file__, "wall.sql")]
