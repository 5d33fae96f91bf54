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
                name='ScoringModel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('number', models.TextField(blank=True, editable=False, null=True, verbose_name='number')),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('model_version', models.BigIntegerField(default=1, editable=False, verbose_name='version')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('in_force', 'in force'), ('superseded', 'superseded')], default='draft', editable=False, verbose_name='state')),
                    ('base', models.DecimalField(decimal_places=1, default=20, max_digits=7, verbose_name='points to begin with')),
                    ('notes', models.TextField(blank=True, verbose_name='notes')),
                    ('in_force_from', models.DateTimeField(editable=False, null=True, verbose_name='in force since')),
                ],
                options={
                    'verbose_name': 'scoring model',
                    'verbose_name_plural': 'scoring models',
                    'constraints': [models.UniqueConstraint(fields=('company', 'model_version'), name='scoring_model_version_once'), models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('company',), name='one_scoring_model_in_force'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('company',), name='one_scoring_model_drafted'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'in_force', 'superseded'])), name='scoring_model_state'), models.CheckConstraint(condition=models.Q(('base__gte', 0), ('base__lte', 100)), name='scoring_model_base'), models.CheckConstraint(condition=models.Q(('state', 'draft'), ('in_force_from__isnull', False), _connector='OR'), name='scoring_model_says_since_when')],
                },
            ), migrations.CreateModel(
                name='ScoringLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='scoring.scoringmodel', verbose_name='scoring model')),
                    ('position', models.BigIntegerField(default=0, verbose_name='line')),
                    ('signal', models.TextField(choices=[('answers', 'mails from them'), ('calls', 'calls'), ('meetings', 'meetings and visits'), ('enquiries', 'enquiries and questions'), ('web', 'quotes opened and visits on the web'), ('accepted', 'quotes accepted'), ('quiet_days', 'days since they were last heard of'), ('revenue', 'invoiced in a year'), ('margin', 'contribution margin of a year, in percent of the revenue'), ('days_late', 'days paid late, on average of a year'), ('disputes', 'disputes in a year'), ('trend', 'revenue of half a year, in percent of the one before')], verbose_name='signal')),
                    ('points', models.DecimalField(decimal_places=1, max_digits=7, verbose_name='points')),
                    ('low', models.DecimalField(decimal_places=4, default=0, max_digits=20, verbose_name='no points up to')),
                    ('high', models.DecimalField(decimal_places=4, max_digits=20, verbose_name='all points from')),
                    ('half_life_days', models.BigIntegerField(blank=True, null=True, verbose_name='half after days')),
                ],
                options={
                    'verbose_name': 'signal',
                    'verbose_name_plural': 'signals',
                    'constraints': [models.UniqueConstraint(fields=('model', 'signal'), name='scoring_signal_once'), models.CheckConstraint(condition=models.Q(('signal__in', ['answers', 'calls', 'meetings', 'enquiries', 'web', 'accepted', 'quiet_days', 'revenue', 'margin', 'days_late', 'disputes', 'trend'])), name='scoring_signal_known'), models.CheckConstraint(condition=models.Q(('high__gt', models.F('low'))), name='scoring_bounds_run_upwards'), models.CheckConstraint(condition=models.Q(models.Q(('points', 0), _negated=True), ('points__gte', -100), ('points__lte', 100)), name='scoring_points'), models.CheckConstraint(condition=models.Q(('half_life_days__isnull', True), models.Q(('half_life_days__gt', 0), ('half_life_days__lte', 3650), ('signal__in', ['answers', 'calls', 'meetings', 'enquiries', 'web', 'accepted'])), _connector='OR'), name='scoring_half_life_of_events')],
                },
            )],
        ),
    ]
