import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('companies', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Peg',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('kind', models.TextField(choices=[('back_to_back', 'bought for the order'), ('direct', 'from the vendor to the customer')], verbose_name='kind')),
                    ('supply_table', models.TextField(verbose_name='kind of supply')),
                    ('supply_line', models.BigIntegerField(verbose_name='line of supply')),
                    ('demand_table', models.TextField(verbose_name='kind of demand')),
                    ('demand_line', models.BigIntegerField(verbose_name='line of demand')),
                    ('quantity', models.DecimalField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('handed_over', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='handed over')),
                ],
                options={
                    'verbose_name': 'tie of supply to demand',
                    'verbose_name_plural': 'ties of supply to demand',
                    'indexes': [models.Index(fields=['demand_table', 'demand_line'], name='peg_by_demand')],
                    'constraints': [models.UniqueConstraint(fields=('supply_table', 'supply_line', 'demand_table', 'demand_line'), name='peg_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='peg_quantity'), models.CheckConstraint(condition=models.Q(('handed_over__gte', 0), ('handed_over__lte', models.F('quantity'))), name='peg_handed_over'), models.CheckConstraint(condition=models.Q(('kind__in', ['back_to_back', 'direct'])), name='peg_kind')],
                },
            )],
        ),
    ]
