from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("payables", "0005_three_way_match"), ("audit", "0002_history")]
    operations = [run_file(__file__, "match_laws.sql")]
