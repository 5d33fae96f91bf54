from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_laws")]
    operations = [run_file(__file__, "gone.sql")]
