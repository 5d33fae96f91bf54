from django.db import migrations

from fondaco.platform.database.sql import run_file


class Migration(migrations.Migration):
    dependencies = [("parties", "0001_initial")]
    operations = [run_file(__file__, "iban.sql"), run_file(__file__, "bank_accounts.sql"), run_file(__file__, "groups.sql")]
