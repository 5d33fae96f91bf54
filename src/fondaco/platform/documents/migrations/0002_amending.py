from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [run_file(__file__, "amending.sql"), run_file(__file__, "freezing.sql")]
