from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("telephony", "0001_initial"), ("sla", "0002_laws")]
    operations = [run_file(__file__, "laws.sql")]
