import django.db.models.deletion
import django.db.models.functions.datetime
import fondaco.platform.database.creating
import fondaco.platform.database.rows
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0001_initial'),
        ('catalog', '0001_initial'),
        ('companies', '0001_initial'),
        ('service', '0001_initial'),
    ]

    operations = [
        fondaco.platform.database.creating.CreateTables(
            tables=[migrations.CreateModel(
                name='Article',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='knowledge.topic', verbose_name='topic')),
                    ('audience', models.TextField(choices=[('internal', 'colleagues'), ('customers', 'customers who sign in'), ('public', 'everybody')], default='internal', verbose_name='for')),
                    ('ticket', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticket', verbose_name='came of ticket')),
                ],
                options={
                    'verbose_name': 'article',
                    'verbose_name_plural': 'articles',
                    'indexes': [models.Index(fields=['company', 'audience'], name='article_of_company')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('audience__in', ['internal', 'customers', 'public'])), name='article_audience'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='article_has_a_name')],
                },
            ), migrations.CreateModel(
                name='ArticleVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='knowledge.article', verbose_name='article')),
                    ('language', models.TextField(choices=[('en', 'English'), ('it', 'Italiano')], default='en', verbose_name='language')),
                    ('edition', models.BigIntegerField(default=0, editable=False, verbose_name='edition')),
                    ('state', models.TextField(choices=[('draft', 'draft'), ('active', 'in force'), ('retired', 'retired')], default='draft', editable=False, verbose_name='state')),
                    ('title', models.TextField(verbose_name='title')),
                    ('body', models.TextField(verbose_name='text')),
                    ('searched', models.TextField(default='', editable=False)),
                ],
                options={
                    'verbose_name': 'version of an article',
                    'verbose_name_plural': 'versions of articles',
                    'constraints': [models.UniqueConstraint(fields=('article', 'language', 'edition'), name='article_edition_once'), models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('article', 'language'), name='article_one_in_force'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('article', 'language'), name='article_one_draft'), models.CheckConstraint(condition=models.Q(models.Q(('title', ''), _negated=True), models.Q(('body', ''), _negated=True)), name='article_version_says_something'), models.CheckConstraint(condition=models.Q(('language__in', ['en', 'it'])), name='article_version_language')],
                },
            ), migrations.CreateModel(
                name='ArticleUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('article_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='knowledge.articleversion', verbose_name='version of an article')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='service.ticket', verbose_name='ticket')),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.user', verbose_name='user')),
                    ('at', models.DateTimeField(verbose_name='at')),
                ],
                options={
                    'verbose_name': 'use of an article',
                    'verbose_name_plural': 'uses of articles',
                },
            ), migrations.CreateModel(
                name='ArticleCount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('article_version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.articleversion')),
                    ('on', models.DateField(verbose_name='date')),
                    ('audience', models.TextField(choices=[('internal', 'colleagues'), ('customers', 'customers who sign in'), ('public', 'everybody')], verbose_name='for')),
                    ('kind', models.TextField(choices=[('shown', 'shown'), ('opened', 'opened'), ('helped', 'helped'), ('not_helped', 'did not help')], verbose_name='what happened')),
                    ('count', models.BigIntegerField(default=0, verbose_name='count')),
                ],
                options={
                    'verbose_name': 'count of an article',
                    'verbose_name_plural': 'counts of articles',
                    'constraints': [models.UniqueConstraint(fields=('article_version', 'on', 'audience', 'kind'), name='article_count_once_a_day')],
                },
            ), migrations.CreateModel(
                name='KnowledgeSearch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('company', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('on', models.DateField(verbose_name='date')),
                    ('audience', models.TextField(choices=[('internal', 'colleagues'), ('customers', 'customers who sign in'), ('public', 'everybody')], verbose_name='asked by')),
                    ('language', models.TextField(verbose_name='language')),
                    ('words', models.TextField(verbose_name='words')),
                    ('found', models.BigIntegerField(default=0, verbose_name='found')),
                    ('count', models.BigIntegerField(default=0, verbose_name='times')),
                ],
                options={
                    'verbose_name': 'search in the knowledge base',
                    'verbose_name_plural': 'searches in the knowledge base',
                    'constraints': [models.UniqueConstraint(fields=('company', 'on', 'audience', 'language', 'words'), name='knowledge_search_once_a_day')],
                },
            ), migrations.CreateModel(
                name='Topic',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('company', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='companies.company', verbose_name='company')),
                    ('name', models.TextField(verbose_name='name')),
                    ('name_it', models.TextField(blank=True, verbose_name='Italian name')),
                    ('position', models.BigIntegerField(default=0, verbose_name='position')),
                ],
                options={
                    'verbose_name': 'topic',
                    'verbose_name_plural': 'topics',
                    'constraints': [models.UniqueConstraint(fields=('company', 'name'), name='topic_once')],
                },
            ), migrations.CreateModel(
                name='ArticleProduct',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('version', models.BigIntegerField(default=1, editable=False)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('created_by', models.TextField(db_default=fondaco.platform.database.rows.ActorName(), editable=False)),
                    ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='products', to='knowledge.article', verbose_name='article')),
                    ('position', models.BigIntegerField(default=0)),
                    ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.product', verbose_name='product')),
                ],
                options={
                    'verbose_name': 'product of an article',
                    'verbose_name_plural': 'products of articles',
                    'constraints': [models.UniqueConstraint(fields=('article', 'product'), name='article_product_once')],
                },
            )],
        ),
    ]
