from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("access", "0003_guards")]
    operations = [run_file(__file__, "roles.sql")]
