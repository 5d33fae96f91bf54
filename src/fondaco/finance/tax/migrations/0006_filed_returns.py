from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("tax", "0005_returns")]
    operations = [run_file(__file__, "returns.sql")]
