from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("database", "0002_one")]
    operations = [run_file(__file__, "folded.sql")]
