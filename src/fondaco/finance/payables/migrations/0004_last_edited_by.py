from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payables", "0003_duplicates_and_self_assessed"),
    ]

    operations = [
        migrations.AddField(
            model_name="bill",
            name="last_edited_by",
            field=models.TextField(blank=True, editable=False, verbose_name="last edited by"),
        ),
    ]
