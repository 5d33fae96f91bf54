import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('parties', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='BillOfMaterials',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('number', models.TextField(editable=False, verbose_name='number')),
                    ('version_number', models.BigIntegerField(default=1, editable=False, verbose_name='version')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='for a quantity of')),
                    ('is_phantom', models.BooleanField(default=False, verbose_name='phantom')),
                    ('notes', models.TextField(blank=True, verbose_name='notes')),
                ],
                options={
                    'verbose_name': 'bill of materials',
                    'verbose_name_plural': 'bills of materials',
                    'constraints': [models.UniqueConstraint(fields=('company', 'product', 'version_number'), name='bom_version_once'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='bom_runs_forward'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='bom_quantity'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), ('product', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='bom_once_a_day')],
                },
            ), migrations.CreateModel(
                name='BomLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('bom', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='engineering.billofmaterials', verbose_name='bill of materials')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='item')),
                    ('chosen_at', models.TextField(blank=True, verbose_name='or what is chosen at')),
                    ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                    ('formula', models.TextField(blank=True, verbose_name='quantity reckoned as')),
                    ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.unit', verbose_name='unit')),
                    ('scrap_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='scrap %')),
                    ('condition', models.TextField(blank=True, verbose_name='only when')),
                ],
                options={
                    'verbose_name': 'part',
                    'verbose_name_plural': 'parts',
                    'indexes': [models.Index(fields=['item'], name='bom_line_used')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('chosen_at', ''), ('item__isnull', False)), models.Q(('item__isnull', True), models.Q(('chosen_at', ''), _negated=True)), _connector='OR'), name='bom_line_names_one_thing'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='bom_line_quantity'), models.CheckConstraint(condition=models.Q(('scrap_percent__gte', 0), ('scrap_percent__lte', 100)), name='bom_line_scrap'), models.CheckConstraint(condition=models.Q(('unit__isnull', True), ('item__isnull', False), _connector='OR'), name='bom_line_unit_of_its_item')],
                },
            ), migrations.CreateModel(
                name='Routing',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('number', models.TextField(editable=False, verbose_name='number')),
                    ('version_number', models.BigIntegerField(default=1, editable=False, verbose_name='version')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('notes', models.TextField(blank=True, verbose_name='notes')),
                ],
                options={
                    'verbose_name': 'routing',
                    'verbose_name_plural': 'routings',
                    'constraints': [models.UniqueConstraint(fields=('company', 'product', 'version_number'), name='routing_version_once'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='routing_runs_forward'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('company', '='), ('product', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='routing_once_a_day')],
                },
            ), migrations.CreateModel(
                name='WorkCentre',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('hours_per_day', models.DecimalField(decimal_places=2, default=8, max_digits=6, verbose_name='hours of a working day')),
                    ('efficiency', models.DecimalField(decimal_places=4, default=100, max_digits=7, verbose_name='efficiency %')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ],
                options={
                    'verbose_name': 'work centre',
                    'verbose_name_plural': 'work centres',
                    'constraints': [models.UniqueConstraint(fields=('company', 'code'), name='work_centre_code_once'), models.CheckConstraint(condition=models.Q(('hours_per_day__gt', 0), ('hours_per_day__lte', 24)), name='work_centre_hours'), models.CheckConstraint(condition=models.Q(('efficiency__gt', 0), ('efficiency__lte', 400)), name='work_centre_efficiency')],
                },
            ), migrations.CreateModel(
                name='RoutingOperation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('routing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='operations', to='engineering.routing', verbose_name='routing')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('name', models.TextField(verbose_name='operation')),
                    ('name_it', models.TextField(blank=True, verbose_name='in Italian')),
                    ('work_centre', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='engineering.workcentre', verbose_name='work centre')),
                    ('vendor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party', verbose_name='or outside at')),
                    ('setup_minutes', models.DecimalField(decimal_places=4, default=0, max_digits=12, verbose_name='minutes to set up')),
                    ('minutes', models.DecimalField(decimal_places=4, default=0, max_digits=12, verbose_name='minutes')),
                    ('per_quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='for so many pieces')),
                    ('formula', models.TextField(blank=True, verbose_name='minutes reckoned as')),
                    ('overlap_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7, verbose_name='overlap %')),
                    ('outside_price', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='outside, for a piece')),
                    ('outside_days', models.BigIntegerField(default=0, verbose_name='outside, days')),
                    ('condition', models.TextField(blank=True, verbose_name='only when')),
                ],
                options={
                    'verbose_name': 'operation',
                    'verbose_name_plural': 'operations',
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('outside_days', 0), ('outside_price', 0), ('vendor__isnull', True), ('work_centre__isnull', False)), models.Q(('formula', ''), ('minutes', 0), ('setup_minutes', 0), ('vendor__isnull', False), ('work_centre__isnull', True)), _connector='OR'), name='operation_inside_or_outside'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='operation_has_a_name'), models.CheckConstraint(condition=models.Q(('minutes__gte', 0), ('outside_price__gte', 0), ('per_quantity__gt', 0), ('setup_minutes__gte', 0), ('outside_days__gte', 0), ('outside_days__lte', 3650), ('overlap_percent__gte', 0), ('overlap_percent__lte', 100)), name='operation_figures')],
                },
            ), migrations.CreateModel(
                name='WorkCentreRate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('work_centre', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='engineering.workcentre', verbose_name='work centre')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('setup_rate', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='hour of setting up')),
                    ('labour_rate', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='hour of labour')),
                    ('machine_rate', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='hour of the machine')),
                ],
                options={
                    'verbose_name': 'hourly rate',
                    'verbose_name_plural': 'hourly rates',
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='centre_rate_runs_forward'), models.CheckConstraint(condition=models.Q(('labour_rate__gte', 0), ('machine_rate__gte', 0), ('setup_rate__gte', 0)), name='centre_rate_positive'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('work_centre', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='centre_rate_once_a_day')],
                },
            )],
        ),
    ]
