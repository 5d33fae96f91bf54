from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("companies", "0001_initial"), ("access", "0001_initial")]
    operations = [run_file(__file__, "membership.sql")]
