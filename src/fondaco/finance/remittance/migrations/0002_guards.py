from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("remittance", "0001_initial"), ("audit", "0002_history"), ("parties", "0002_laws"), ("payments", "0002_guards")]
    operations = [run_file(__file__, "guards.sql"), run_file(__file__, "direct_debit.sql"), run_file(__file__, "riba.sql")]
