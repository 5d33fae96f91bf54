from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("service", "0001_initial"), ("approvals", "0002_laws"), ("audit", "0002_history"), ("files", "0001_initial")]
    operations = [run_file(__file__, "laws.sql")]
