import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='ProductModel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('model_version', models.BigIntegerField(default=1, editable=False, verbose_name='version of the model')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('released', 'released'), ('superseded', 'superseded')], default='draft', editable=False, verbose_name='state')),
                    ('notes', models.TextField(blank=True, verbose_name='notes')),
                    ('released_at', models.DateTimeField(editable=False, null=True, verbose_name='released at')),
                ],
                options={
                    'verbose_name': 'product model',
                    'verbose_name_plural': 'product models',
                    'constraints': [models.UniqueConstraint(fields=('product', 'model_version'), name='product_model_version_once'), models.UniqueConstraint(condition=models.Q(('state', 'released')), fields=('product',), name='one_released_model'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('product',), name='one_draft_model'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'released', 'superseded'])), name='product_model_state'), models.CheckConstraint(condition=models.Q(('state', 'draft'), ('released_at__isnull', False), _connector='OR'), name='released_model_says_when')],
                },
            ), migrations.CreateModel(
                name='Configuration',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='product')),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='configurations', to='configurator.productmodel', verbose_name='product model')),
                    ('choices', models.JSONField(verbose_name='choices')),
                    ('component_models', models.JSONField(default=dict, verbose_name='models of its components')),
                    ('fingerprint', models.TextField(unique=True, verbose_name='fingerprint')),
                ],
                options={
                    'verbose_name': 'configuration',
                    'verbose_name_plural': 'configurations',
                },
            ), migrations.CreateModel(
                name='AttributeValue',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='values', to='configurator.productmodel', verbose_name='product model')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('attribute', models.TextField(verbose_name='attribute')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('surcharge', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='surcharge')),
                    ('factor', models.DecimalField(decimal_places=6, default=1, max_digits=12, verbose_name='factor')),
                    ('measure', models.BigIntegerField(default=0, verbose_name='measure')),
                    ('weight_kg', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='weight kg')),
                    ('component', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.product', verbose_name='component')),
                    ('quantity', models.DecimalField(decimal_places=6, default=1, max_digits=20, verbose_name='quantity')),
                ],
                options={
                    'verbose_name': 'value',
                    'verbose_name_plural': 'values',
                    'constraints': [models.UniqueConstraint(fields=('model', 'attribute', 'code'), name='value_code_once'), models.CheckConstraint(condition=models.Q(('code__regex', '^[a-zA-Z0-9_]+$')), name='value_code_is_a_word'), models.CheckConstraint(condition=models.Q(('factor__gt', 0)), name='value_factor_positive'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='value_quantity_positive')],
                },
            ), migrations.CreateModel(
                name='Attribute',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attributes', to='configurator.productmodel', verbose_name='product model')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('code', models.TextField(verbose_name='code')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('kind', models.TextField(choices=[('choice', 'one of its values'), ('number', 'whole number'), ('component', 'component')], default='choice', verbose_name='kind')),
                    ('unit', models.TextField(blank=True, verbose_name='unit')),
                    ('least', models.BigIntegerField(blank=True, null=True, verbose_name='from')),
                    ('most', models.BigIntegerField(blank=True, null=True, verbose_name='to')),
                    ('step', models.BigIntegerField(default=1, verbose_name='in steps of')),
                    ('included', models.BigIntegerField(default=0, verbose_name='included in the price')),
                    ('surcharge', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='surcharge')),
                    ('weight_kg', models.DecimalField(decimal_places=6, default=0, max_digits=20, verbose_name='weight kg')),
                ],
                options={
                    'verbose_name': 'attribute',
                    'verbose_name_plural': 'attributes',
                    'constraints': [models.UniqueConstraint(fields=('model', 'code'), name='attribute_code_once'), models.CheckConstraint(condition=models.Q(('code__regex', '^[a-zA-Z_][a-zA-Z0-9_]*$')), name='attribute_code_is_a_word'), models.CheckConstraint(condition=models.Q(('kind__in', ['choice', 'number', 'component'])), name='attribute_kind'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'number'), _negated=True), models.Q(('least__isnull', False), ('most__gte', models.F('least')), ('most__isnull', False), ('most__lte', django.db.models.expressions.CombinedExpression(models.F('least'), '+', django.db.models.expressions.CombinedExpression(models.Value(20000), '*', models.F('step'))))), _connector='OR'), name='number_has_bounds'), models.CheckConstraint(condition=models.Q(('step__gt', 0)), name='attribute_step_positive')],
                },
            ), migrations.CreateModel(
                name='Rule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='configurator.productmodel', verbose_name='product model')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('name', models.TextField(verbose_name='what it says')),
                    ('name_it', models.TextField(blank=True, verbose_name='in Italian')),
                    ('rule', models.TextField(verbose_name='rule')),
                ],
                options={
                    'verbose_name': 'rule',
                    'verbose_name_plural': 'rules',
                },
            )],
        ),
    ]
