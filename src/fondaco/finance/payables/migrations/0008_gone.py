from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("payables", "0007_withholding"), ("approvals", "0003_gone")]
    operations = [run_file(__file__, "gone.sql")]
