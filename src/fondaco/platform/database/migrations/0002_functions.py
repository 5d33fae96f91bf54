from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("database", "0001_initial")]
    run_before = [("companies", "0001_initial")]
    operations = [run_file(__file__, "one.sql"), run_file(__file__, "folded.sql")]
